import type { LabelArray } from '../../../core/labelling/index.ts';
import type { Triple } from '../../../core/imaging/volume.ts';

/** A label map of single digits, drawn as its slices along k: lines are rows of j, characters voxels along i, a dot is background. */
export function drawn(...slices: string[]): { labels: Uint8Array; dims: Triple } {
  const rows = slices.map((slice) => slice.trim().split(/\s+/));
  const dims: Triple = [rows[0]?.[0]?.length ?? 0, rows[0]?.length ?? 0, slices.length];
  const labels = Uint8Array.from(rows.flat().join('').replaceAll('.', '0'), Number);
  if (labels.length !== dims[0] * dims[1] * dims[2]) throw new Error('the rows of a drawing differ in length');
  return { labels, dims };
}

/** The slices of a label map, drawn as {@link drawn} reads them. */
export function drawing(labels: LabelArray, [nx, ny, nz]: Triple): string[] {
  const row = (j: number, k: number): string =>
    [...labels.subarray(nx * (j + ny * k), nx * (j + 1 + ny * k))].join('').replaceAll('0', '.');
  return Array.from({ length: nz }, (_, k) => Array.from({ length: ny }, (__, j) => row(j, k)).join(' '));
}

/** A label map by a rule for each voxel. */
export function made(dims: Triple, value: (i: number, j: number, k: number) => number): Uint8Array {
  const [nx, ny] = dims;
  return Uint8Array.from({ length: nx * ny * dims[2] }, (_, v) => value(v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))));
}

/** The voxels in reverse order along the axes that are named. */
export function flipped<T extends LabelArray | Float32Array | Int16Array>(voxels: T, [nx, ny, nz]: Triple, axes: readonly boolean[]): T {
  const out = voxels.slice() as T;
  for (let k = 0, v = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, v++) {
        const [x, y, z] = [axes[0] === true ? nx - 1 - i : i, axes[1] === true ? ny - 1 - j : j, axes[2] === true ? nz - 1 - k : k];
        out[x + nx * (y + ny * z)] = voxels[v] as number;
      }
  return out;
}

export function countOf(labels: LabelArray, value: number): number {
  let count = 0;
  for (const label of labels) if (label === value) count++;
  return count;
}
