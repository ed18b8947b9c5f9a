import type { Box } from '../../core/imaging/box.ts';
import type { LabelDelta, PaintedRuns } from '../../core/labelling/index.ts';
import type { Triple } from '../scene/index.ts';

/** A mask in the smallest box that holds it. */
export interface MaskBox {
  readonly box: Box;
  /** 1 in the mask, i fastest. */
  readonly voxels: Uint8Array;
  /** Its voxels in the grid. */
  readonly runs: PaintedRuns;
}

/** The mask that a change from an empty label map paints; undefined for none. */
export function maskBox([nx, ny]: Triple, { runs }: LabelDelta): MaskBox | undefined {
  const rows: [number, number][] = [];
  for (let r = 0; r < runs.length; r += 4) {
    let start = runs[r] as number;
    const end = start + (runs[r + 1] as number);
    // A run may go on in the next row.
    while (start < end) {
      const stop = Math.min(end, (Math.floor(start / nx) + 1) * nx);
      rows.push([start, stop - start]);
      start = stop;
    }
  }
  if (rows.length === 0) return undefined;
  const low = [Infinity, Infinity, Infinity] as [number, number, number];
  const high = [-1, -1, -1] as [number, number, number];
  const placeOf = (voxel: number): Triple => [voxel % nx, Math.floor(voxel / nx) % ny, Math.floor(voxel / (nx * ny))];
  for (const [start, length] of rows) {
    const [i, j, k] = placeOf(start);
    [low[0], low[1], low[2]] = [Math.min(low[0], i), Math.min(low[1], j), Math.min(low[2], k)];
    [high[0], high[1], high[2]] = [Math.max(high[0], i + length - 1), Math.max(high[1], j), Math.max(high[2], k)];
  }
  const size: Triple = [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1];
  const voxels = new Uint8Array(size[0] * size[1] * size[2]);
  for (const [start, length] of rows) {
    const [i, j, k] = placeOf(start);
    const at = i - low[0] + size[0] * (j - low[1] + size[1] * (k - low[2]));
    voxels.fill(1, at, at + length);
  }
  return { box: { start: low, size }, voxels, runs: rows };
}
