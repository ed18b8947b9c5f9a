import type { Box } from './box.ts';
import type { Triple, VoxelArray } from './volume.ts';

/**
 * The smallest box that holds every voxel above the threshold; undefined when there is none.
 * For the crop of method 9.3 pass the windowed values with threshold 0.
 */
export function foregroundBox(values: VoxelArray, dims: Triple, threshold = 0): Box | undefined {
  const low = [Infinity, Infinity, Infinity];
  const high = [-1, -1, -1];
  const widen = (axis: number, from: number, to: number): void => {
    low[axis] = Math.min(low[axis] as number, from);
    high[axis] = Math.max(high[axis] as number, to);
  };
  const [nx, ny, nz] = dims;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = nx * (j + ny * k);
      let first = 0;
      while (first < nx && !((values[row + first] as number) > threshold)) first++;
      if (first === nx) continue;
      let last = nx - 1;
      while (!((values[row + last] as number) > threshold)) last--;
      widen(0, first, last);
      widen(1, j, j);
      widen(2, k, k);
    }
  }
  if ((high[0] as number) < 0) return undefined;
  const start = low as [number, number, number];
  const size = (axis: 0 | 1 | 2): number => (high[axis] as number) - start[axis] + 1;
  return { start, size: [size(0), size(1), size(2)] };
}
