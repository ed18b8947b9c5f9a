import { pointNormals } from './mesh-measures.ts';
import { smoothMesh } from './smooth-mesh.ts';
import { surfaceNets, type Mesh } from './surface-nets.ts';
import { thinMesh } from './thin-mesh.ts';

type Triple = readonly [number, number, number];

export interface SurfaceJob {
  /** A label map, already thinned. */
  readonly voxels: Uint8Array;
  readonly dims: Triple;
  /** Segments to extract, in this order. */
  readonly values: readonly number[];
  /** Where voxel (0, 0, 0) lies, and the steps to the next along i, j, k: LPS mm. */
  readonly origin: Triple;
  readonly steps: readonly [Triple, Triple, Triple];
  /** Triangles of all surfaces together. */
  readonly budget: number;
}

export interface OrganSurface extends Mesh {
  readonly value: number;
  readonly normals: Float32Array;
}

const SMOOTHING_PASSES = 10;

/** Extracts, smooths and thins the surface of each segment; one that has no voxels is left out. Points are LPS mm. */
export async function* organSurfaces(job: SurfaceJob): AsyncGenerator<OrganSurface, void, undefined> {
  const boxes = boxesOf(job.voxels, job.dims);
  const meshes = new Map<number, Mesh>();
  for (const value of job.values) {
    const box = boxes.get(value);
    if (box === undefined) continue;
    const mesh = surfaceNets(maskOf(job, value, box), paddedDims(box));
    smoothMesh(mesh, SMOOTHING_PASSES);
    place(mesh.points, job, box);
    meshes.set(value, mesh);
  }
  const total = [...meshes.values()].reduce((sum, { triangles }) => sum + triangles.length / 3, 0);
  // Left-handed axes turn every triangle inside out.
  const inward = determinant(job.steps) < 0;
  for (const [value, mesh] of meshes) {
    const thin = total <= job.budget ? mesh : await thinMesh(mesh, job.budget / total);
    if (inward) turnAround(thin.triangles);
    yield { value, ...thin, normals: pointNormals(thin) };
  }
}

interface Box {
  readonly first: [number, number, number];
  readonly last: [number, number, number];
}

/** The box around each segment, in one pass. */
function boxesOf(voxels: Uint8Array, [nx, ny, nz]: Triple): ReadonlyMap<number, Box> {
  const boxes: (Box | undefined)[] = [];
  for (let z = 0, at = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) {
        const value = voxels[at] as number;
        if (value === 0) continue;
        const box = (boxes[value] ??= { first: [x, y, z], last: [x, y, z] });
        if (x < box.first[0]) box.first[0] = x;
        if (x > box.last[0]) box.last[0] = x;
        if (y < box.first[1]) box.first[1] = y;
        if (y > box.last[1]) box.last[1] = y;
        box.last[2] = z;
      }
  return new Map(boxes.flatMap((box, value) => (box === undefined ? [] : [[value, box] as const])));
}

/** A margin of one voxel closes surfaces that reach the edge of the scan. */
const paddedDims = ({ first, last }: Box): Triple => [last[0] - first[0] + 3, last[1] - first[1] + 3, last[2] - first[2] + 3];

function maskOf({ voxels, dims }: SurfaceJob, value: number, box: Box): Uint8Array {
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
function place(points: Float32Array, { origin, steps: [i, j, k] }: SurfaceJob, { first }: Box): void {
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
