import { percentiles } from '../imaging/percentile.ts';
import { type Triple } from '../imaging/volume.ts';
import { eachCapsuleRun } from './capsule.ts';
import { ToolRefusal } from './refusal.ts';
import { checkScan, type Axis, type Grid, type ScanValues } from './rules.ts';

/**
 * The range of scan values of the tissue under a brush: the quartiles of what the brush covers, widened by one and a half times their distance
 * (Tukey's fences, 1977). For normally distributed values that is all but 0.7 % of them, and a quarter of the brush may lie on something else.
 * @param point continuous voxel position
 * @param radius of the brush, in millimetres
 * @param axis only the slice across this axis (a circle); all around (a sphere) when left out
 * @throws TesseraError `grid-mismatch` for a scan of other voxels; `bad-labels` when the brush covers no value
 */
export function rangeAround(values: ScanValues, grid: Grid, point: Triple, radius: number, axis?: Axis): [low: number, high: number] {
  checkScan(values, grid);
  const found = new Map<number, number>();
  const slice = axis === undefined ? undefined : { axis, index: Math.round(point[axis]) };
  const flat: Triple =
    slice === undefined ? point : ([0, 1, 2].map((a) => (a === axis ? slice.index : point[a as Axis])) as unknown as Triple);
  if (slice === undefined || (slice.index >= 0 && slice.index < grid.dims[slice.axis])) {
    const dab = { point: flat, radius };
    eachCapsuleRun(grid, dab, dab, slice, (i, j, k, length) => {
      const row = i + grid.dims[0] * (j + grid.dims[1] * k);
      for (let v = row; v < row + length; v++) found.set(v, (values.voxels[v] as number) * values.slope + values.intercept);
    });
  }
  const [lower = NaN, upper = NaN] = percentiles(Float32Array.from(found.values()), [25, 75]);
  if (Number.isNaN(lower)) throw new ToolRefusal({ code: 'noScanValue' });
  const reach = 1.5 * (upper - lower);
  return [lower - reach, upper + reach];
}
