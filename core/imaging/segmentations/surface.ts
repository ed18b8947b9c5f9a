import { applyAffine } from '../affine.ts';
import { affineLPS, isLeftHanded } from '../geometry.ts';
import type { Geometry, Triple } from '../volume.ts';

/** A closed surface of triangles that face outwards. */
export interface Surface {
  /** x, y, z of each vertex, LPS millimetres. */
  readonly vertices: Float32Array;
  /** Three vertices a triangle, counter-clockwise seen from outside. */
  readonly triangles: Uint32Array;
}

/**
 * The surface of the voxels that have a value, by surface nets (Gibson, MICCAI 1998): one vertex in each cube of eight voxel centres that
 * lie on both sides, in the middle of where the surface crosses its edges. It runs half-way between voxel centres, is closed at the border
 * of the scan too, and is right for oblique and sheared grids.
 * @param smoothing times that vertices are drawn towards the mean of their neighbours, never leaving their cube (half a voxel); 0 unless given
 * @returns no triangles when no voxel has the value
 */
export function surfaceOf(labels: ArrayLike<number>, geometry: Geometry, value: number, smoothing = 0): Surface {
  const box = boxOf(labels, geometry.dims, value);
  if (box === undefined) return { vertices: new Float32Array(0), triangles: new Uint32Array(0) };
  const net = new Net(labels, geometry.dims, value, box);
  for (let i = 0; i < smoothing; i++) net.relax();
  return { vertices: net.inMillimetres(geometry), triangles: net.triangles(isLeftHanded(geometry)) };
}

type Box = readonly [low: Triple, high: Triple];

function boxOf(labels: ArrayLike<number>, [nx, ny, nz]: Triple, value: number): Box | undefined {
  const low: [number, number, number] = [nx, ny, nz];
  const high: [number, number, number] = [-1, -1, -1];
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (labels[at] !== value) continue;
        if (x < low[0]) low[0] = x;
        if (x > high[0]) high[0] = x;
        if (y < low[1]) low[1] = y;
        if (y > high[1]) high[1] = y;
        if (z < low[2]) low[2] = z;
        if (z > high[2]) high[2] = z;
      }
    }
  }
  return high[0] < 0 ? undefined : [low, high];
}

/** The box of a value with one voxel of background all around: 1 where the value is. `origin` is its first voxel. */
function paddedMask(
  labels: ArrayLike<number>,
  [nx, ny]: Triple,
  value: number,
  [low, high]: Box,
): { mask: Uint8Array; size: Triple; origin: Triple } {
  const size: Triple = [high[0] - low[0] + 3, high[1] - low[1] + 3, high[2] - low[2] + 3];
  const mask = new Uint8Array(size[0] * size[1] * size[2]);
  for (let z = low[2]; z <= high[2]; z++) {
    for (let y = low[1]; y <= high[1]; y++) {
      const to = 1 - low[0] + size[0] * (y - low[1] + 1 + size[1] * (z - low[2] + 1));
      const from = nx * (y + ny * z);
      for (let x = low[0]; x <= high[0]; x++) if (labels[from + x] === value) mask[to + x] = 1;
    }
  }
  return { mask, size, origin: [low[0] - 1, low[1] - 1, low[2] - 1] };
}

/** Grows with its content. */
class Numbers {
  private items = new Float64Array(3072);
  length = 0;

  push(...values: readonly number[]): void {
    if (this.length + values.length > this.items.length) {
      const larger = new Float64Array(2 * this.items.length);
      larger.set(this.items);
      this.items = larger;
    }
    for (const value of values) this.items[this.length++] = value;
  }

  view(): Float64Array {
    return this.items.subarray(0, this.length);
  }
}

/** Vertices in voxel coordinates, and the quads between them. */
class Net {
  private readonly points: Float64Array;
  private readonly cells: Float64Array;
  private readonly quads: Float64Array;

  constructor(labels: ArrayLike<number>, dims: Triple, value: number, box: Box) {
    const { mask, size, origin } = paddedMask(labels, dims, value, box);
    const [row, slice] = [size[0], size[0] * size[1]];
    const corners = CORNERS.map(([x, y, z]) => x + row * y + slice * z);
    const sides = SIDES.map(({ step, around }) => ({
      step: step[0] + row * step[1] + slice * step[2],
      around: around.map(([x, y, z]) => x + row * y + slice * z),
    }));
    // A cube is named by its lowest corner.
    const vertexOf = new Int32Array(mask.length).fill(-1);
    const [points, cells, quads] = [new Numbers(), new Numbers(), new Numbers()];
    for (let z = 0; z < size[2] - 1; z++) {
      for (let y = 0; y < size[1] - 1; y++) {
        for (let x = 0, at = row * y + slice * z; x < size[0] - 1; x++, at++) {
          let set = 0;
          for (let c = 0; c < 8; c++) set |= (mask[at + (corners[c] as number)] as number) << c;
          if (set === 0 || set === 255) continue;
          const centre = crossing(set);
          const cell: Triple = [origin[0] + x, origin[1] + y, origin[2] + z];
          vertexOf[at] = points.length / 3;
          points.push(cell[0] + centre[0], cell[1] + centre[1], cell[2] + centre[2]);
          cells.push(...cell);
        }
      }
    }
    for (let at = 0; at < mask.length; at++) {
      if (mask[at] === 0) continue;
      for (const { step, around } of sides)
        if (mask[at + step] === 0) quads.push(...around.map((offset) => vertexOf[at + offset] as number));
    }
    this.points = points.view();
    this.cells = cells.view();
    this.quads = quads.view();
  }

  relax(): void {
    const { points, cells, quads } = this;
    const sums = new Float64Array(points.length);
    const counts = new Uint32Array(points.length / 3);
    const link = (a: number, b: number): void => {
      counts[a] = (counts[a] as number) + 1;
      for (let c = 0; c < 3; c++) sums[3 * a + c] = (sums[3 * a + c] as number) + (points[3 * b + c] as number);
    };
    for (let q = 0; q < quads.length; q += 4) {
      for (let e = 0; e < 4; e++) {
        const [a, b] = [quads[q + e] as number, quads[q + ((e + 1) % 4)] as number];
        link(a, b);
        link(b, a);
      }
    }
    for (let i = 0; i < points.length; i++) {
      const low = cells[i] as number;
      const mean = (sums[i] as number) / (counts[Math.floor(i / 3)] as number);
      points[i] = Math.min(low + 1, Math.max(low, ((points[i] as number) + mean) / 2));
    }
  }

  inMillimetres(geometry: Geometry): Float32Array {
    const affine = affineLPS(geometry);
    const vertices = new Float32Array(this.points.length);
    for (let i = 0; i < vertices.length; i += 3)
      vertices.set(applyAffine(affine, [this.points[i] as number, this.points[i + 1] as number, this.points[i + 2] as number]), i);
    return vertices;
  }

  /** @param turned a left-handed grid shows everything mirrored */
  triangles(turned: boolean): Uint32Array {
    const { quads } = this;
    const triangles = new Uint32Array((quads.length / 4) * 6);
    const order = turned ? [0, 2, 1, 0, 3, 2] : [0, 1, 2, 0, 2, 3];
    for (let q = 0; q < quads.length / 4; q++) order.forEach((corner, i) => (triangles[6 * q + i] = quads[4 * q + corner] as number));
    return triangles;
  }
}

/** The six sides of a voxel, and the four cubes around each, counter-clockwise seen from outside in a right-handed grid. */
const SIDES: readonly { readonly step: Triple; readonly around: readonly Triple[] }[] = [0, 1, 2].flatMap((axis) =>
  [1, -1].map((sign) => {
    const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
    const cube = (du: number, dv: number): Triple => {
      const offset: [number, number, number] = [0, 0, 0];
      offset[axis] = sign > 0 ? 0 : -1;
      offset[u] = du;
      offset[v] = dv;
      return offset;
    };
    const step: [number, number, number] = [0, 0, 0];
    step[axis] = sign;
    const ring = [cube(-1, -1), cube(0, -1), cube(0, 0), cube(-1, 0)];
    return { step, around: sign > 0 ? ring : ring.reverse() };
  }),
);

const CORNERS: readonly Triple[] = [0, 1, 2, 3, 4, 5, 6, 7].map((c): Triple => [c & 1, (c >> 1) & 1, (c >> 2) & 1]);
const EDGES = CORNERS.flatMap((_, a) => [1, 2, 4].filter((bit) => (a & bit) === 0).map((bit) => [a, a | bit] as const));

/** The mean of the middles of a cube's edges whose ends differ. @param set a bit for each corner */
function crossing(set: number): Triple {
  const sum: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (const [a, b] of EDGES) {
    if (((set >> a) & 1) === ((set >> b) & 1)) continue;
    count++;
    for (const c of [0, 1, 2] as const) sum[c] += ((CORNERS[a]?.[c] ?? 0) + (CORNERS[b]?.[c] ?? 0)) / 2;
  }
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

/** The volume that a closed surface encloses, mm³. */
export function enclosedVolume({ vertices, triangles }: Surface): number {
  let six = 0;
  const at = (corner: number, c: number): number => vertices[3 * (triangles[corner] as number) + c] as number;
  for (let t = 0; t < triangles.length; t += 3) {
    const [ax, ay, az] = [at(t, 0), at(t, 1), at(t, 2)];
    const [bx, by, bz] = [at(t + 1, 0), at(t + 1, 1), at(t + 1, 2)];
    const [cx, cy, cz] = [at(t + 2, 0), at(t + 2, 1), at(t + 2, 2)];
    six += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  }
  return six / 6;
}
