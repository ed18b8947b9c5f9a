import { type Triple } from '../imaging/volume.ts';
import { planeAxes } from './index-space.ts';
import { Squares } from './marching-squares.ts';
import { ToolRefusal } from './refusal.ts';
import { type Axis, type Grid, type ScanValues } from './rules.ts';
import { sliceValues, type SliceValues } from './slice-values.ts';

/** Level tracing in one slice, which is looked at once: fit for every move of the pointer. */
export class LevelTracer {
  readonly #axis: Axis;
  readonly #plane: SliceValues;

  /** @throws TesseraError `grid-mismatch` for a scan of other voxels; `bad-setting` for a slice that the grid has not */
  constructor(values: ScanValues, grid: Grid, axis: Axis, slice: number) {
    this.#axis = axis;
    this.#plane = sliceValues(values, grid, axis, slice);
  }

  /**
   * The closed line through a point along which the scan has the same value as there, linear between voxels. Where it meets the border of the
   * slice it goes on along the border, round the larger values.
   * @param point continuous voxel position; only the two coordinates along the slice count
   * @returns its corners as continuous voxel positions, for fillPolygon
   * @throws TesseraError `bad-setting` for a point outside the slice; `bad-labels` where no line goes through or it encloses nothing
   */
  trace(point: Triple): Triple[] {
    const plane = this.#plane;
    const [u, v] = planeAxes(this.#axis);
    const [x, y] = [point[u], point[v]];
    if (!(x >= 0 && y >= 0 && x <= plane.width - 1 && y <= plane.height - 1)) {
      throw new ToolRefusal({ code: 'outsideScan' });
    }
    const squares = new Squares(plane, valueAt(plane, x, y));
    const side = squares.nearestSide(x, y);
    const line = side === undefined ? [] : squares.trace(side);
    if (line.length < 3) {
      throw new ToolRefusal({ code: 'noLine' });
    }
    return line.map(([px, py]) => plane.toVoxel(px, py));
  }
}

/** The closed line through a point of a slice. For a pointer that moves, keep a {@link LevelTracer}. */
export function levelTrace(values: ScanValues, grid: Grid, axis: Axis, slice: number, point: Triple): Triple[] {
  return new LevelTracer(values, grid, axis, slice).trace(point);
}

function valueAt({ width, height, values }: SliceValues, x: number, y: number): number {
  const [x0, y0] = [Math.min(Math.floor(x), Math.max(0, width - 2)), Math.min(Math.floor(y), Math.max(0, height - 2))];
  const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
  const at = (i: number, j: number): number => values[i + width * j] as number;
  const row = (j: number): number => at(x0, j) + (at(x1, j) - at(x0, j)) * (x - x0);
  return row(y0) + (row(y1) - row(y0)) * (y - y0);
}
