import type { Box } from '../../../core/imaging/box.ts';
import { pointNormals } from './mesh-measures.ts';
import { SegmentBoxes, type Extent } from './segment-boxes.ts';
import { smoothMesh } from './smooth-mesh.ts';
import { surfaceNets, type Mesh } from './surface-nets.ts';
import { thinMesh } from './thin-mesh.ts';

type Triple = readonly [number, number, number];

export interface PlacedLabels {
  /** A label map, already thinned, i fastest. */
  readonly voxels: Uint8Array;
  readonly dims: Triple;
  /** Where voxel (0, 0, 0) lies, and the steps to the next along i, j, k: LPS mm. */
  readonly origin: Triple;
  readonly steps: readonly [Triple, Triple, Triple];
}

export interface OrganSurface extends Mesh {
  readonly value: number;
  readonly normals: Float32Array;
}

const SMOOTHING_PASSES = 10;

/** A label map whose surfaces are made, all of them at first and those of edited segments again. */
export class OrganSurfaces {
  readonly #labels: PlacedLabels;
  readonly #boxes: SegmentBoxes;

  constructor(labels: PlacedLabels) {
    this.#labels = labels;
    this.#boxes = new SegmentBoxes(labels.voxels, labels.dims);
  }

  /** Voxels of a box were written. @param voxels of the box, i fastest */
  write({ start, size }: Box, voxels: Uint8Array): void {
    const { dims, voxels: own } = this.#labels;
    for (let k = 0; k < size[2]; k++)
      for (let j = 0; j < size[1]; j++) {
        const from = size[0] * (j + size[1] * k);
        own.set(voxels.subarray(from, from + size[0]), start[0] + dims[0] * (start[1] + j + dims[1] * (start[2] + k)));
      }
    this.#boxes.written(voxels, { start, size });
  }

  /**
   * Extracts, smooths and thins the surfaces of some segments, in this order; one that has no voxels is left out. Points are LPS mm.
   * @param budget triangles of all of them together
   */
  async *surfaces(values: readonly number[], budget: number): AsyncGenerator<OrganSurface, void, undefined> {
    const meshes = new Map<number, Mesh>();
    for (const value of values) {
      const box = this.#boxes.of(value);
      const mesh = box && surfaceNets(maskOf(this.#labels, value, box), paddedDims(box));
      if (box === undefined || mesh === undefined || mesh.triangles.length === 0) continue;
      smoothMesh(mesh, SMOOTHING_PASSES);
      place(mesh.points, this.#labels, box);
      meshes.set(value, mesh);
    }
    const total = [...meshes.values()].reduce((sum, { triangles }) => sum + triangles.length / 3, 0);
    // Left-handed axes turn every triangle inside out.
    const inward = determinant(this.#labels.steps) < 0;
    for (const [value, mesh] of meshes) {
      const thin = total <= budget ? mesh : await thinMesh(mesh, budget / total);
      if (inward) turnAround(thin.triangles);
      yield { value, ...thin, normals: pointNormals(thin) };
    }
  }
}

/** A margin of one voxel closes surfaces that reach the edge of the scan. */
const paddedDims = ({ first, last }: Extent): Triple => [last[0] - first[0] + 3, last[1] - first[1] + 3, last[2] - first[2] + 3];

function maskOf({ voxels, dims }: PlacedLabels, value: number, box: Extent): Uint8Array {
  const [width, height, depth] = paddedDims(box);
  const mask = new Uint8Array(width * height * depth);
  for (let z = box.first[2]; z <= box.last[2]; z++)
    for (let y = box.first[1]; y <= box.last[1]; y++) {
      let from = box.first[0] + dims[0] * (y + dims[1] * z);
      let to = 1 + width * (y - box.first[1] + 1 + height * (z - box.first[2] + 1));
      for (let x = box.first[0]; x <= box.last[0]; x++, from++, to++) if (voxels[from] === value) mask[to] = 1;
    }
  return mask;
}

/** From voxels of a mask to LPS mm. */
function place(points: Float32Array, { origin, steps: [i, j, k] }: PlacedLabels, { first }: Extent): void {
  for (let at = 0; at < points.length; at += 3) {
    const x = (points[at] as number) + first[0] - 1;
    const y = (points[at + 1] as number) + first[1] - 1;
    const z = (points[at + 2] as number) + first[2] - 1;
    points[at] = origin[0] + x * i[0] + y * j[0] + z * k[0];
    points[at + 1] = origin[1] + x * i[1] + y * j[1] + z * k[1];
    points[at + 2] = origin[2] + x * i[2] + y * j[2] + z * k[2];
  }
}

function determinant([a, b, c]: readonly [Triple, Triple, Triple]): number {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}

function turnAround(triangles: Uint32Array): void {
  for (let at = 0; at < triangles.length; at += 3) {
    const second = triangles[at + 1] as number;
    triangles[at + 1] = triangles[at + 2] as number;
    triangles[at + 2] = second;
  }
}
