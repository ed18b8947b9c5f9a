import type { LabelDelta } from '../../core/labelling/index.ts';
import type { LabelImage, VoxelChange } from '../scene/index.ts';

/** Where a change of labels lies, and which drawn segments it touches. */
export function voxelChange(image: LabelImage, { runs }: LabelDelta): VoxelChange {
  const [nx, ny] = image.geometry.dims;
  const low = [Infinity, Infinity, Infinity] as [number, number, number];
  const high = [-1, -1, -1] as [number, number, number];
  const values = new Set<number>();
  for (let r = 0; r < runs.length; r += 4) {
    const first = runs[r] as number;
    const last = first + (runs[r + 1] as number) - 1;
    const [row, end] = [Math.floor(first / nx), Math.floor(last / nx)];
    // A run that goes on in the next row touches all columns.
    const [i0, i1] = row === end ? [first - row * nx, last - row * nx] : [0, nx - 1];
    const [k0, k1] = [Math.floor(row / ny), Math.floor(end / ny)];
    const [j0, j1] = k0 === k1 ? [row - k0 * ny, end - k0 * ny] : [0, ny - 1];
    [low[0], low[1], low[2]] = [Math.min(low[0], i0), Math.min(low[1], j0), Math.min(low[2], k0)];
    [high[0], high[1], high[2]] = [Math.max(high[0], i1), Math.max(high[1], j1), Math.max(high[2], k1)];
    values.add(image.drawn(runs[r + 2] as number)).add(image.drawn(runs[r + 3] as number));
  }
  values.delete(0);
  if (runs.length === 0) return { values };
  return { box: { start: low, size: [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] }, values };
}
