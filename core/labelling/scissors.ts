import { TesseraError } from '../base/errors.ts';
import { type Triple } from '../imaging/volume.ts';
import { checkSlice } from './index-space.ts';
import { RunList, type LabelArray, type LabelDelta } from './label-delta.ts';
import { PaintGate } from './paint-gate.ts';
import { polygonMask } from './polygon.ts';
import { type Axis, type Grid, type PaintRules } from './rules.ts';

/** A polygon drawn in a slice, pushed through slices along the axis across it. */
export interface Cut {
  readonly axis: Axis;
  /** Continuous voxel positions; only the two coordinates along the slice count. */
  readonly points: readonly Triple[];
  /** What to paint (or erase, when the rules' value is 0): within the polygon, or everything else in these slices. */
  readonly side: 'inside' | 'outside';
  /** First and last slice; all slices when left out. */
  readonly slices?: readonly [first: number, last: number];
}

/**
 * Paints or erases what lies inside (or outside) a polygon, through a slab of slices or the whole volume. Polygon rules: see polygonMask.
 * @throws TesseraError as checkRules and polygonMask; `bad-setting` for slices that the grid has not; `bad-labels`, saying why, when nothing
 * there may change
 */
export function scissors(labels: LabelArray, grid: Grid, rules: PaintRules, cut: Cut): LabelDelta {
  const { axis, points, side } = cut;
  const { dims } = grid;
  const gate = new PaintGate(labels, grid, rules);
  const [first, last] = cut.slices ?? [0, dims[axis] - 1];
  checkSlice(grid, axis, first);
  checkSlice(grid, axis, last);
  if (first > last) throw new TesseraError('bad-setting', `The slices from ${first} to ${last} are none.`);

  const { inside, width } = polygonMask(grid, axis, points);
  const wanted = side === 'inside' ? 1 : 0;
  // Where voxel (i, j, k) lies in the mask: the axis across the slices does not matter.
  const [di, dj, dk] = ([[0, 1, width], [1, 0, width], [1, width, 0]] as const)[axis]; // prettier-ignore
  const range = (a: Axis): readonly [number, number] => (a === axis ? [first, last] : [0, dims[a] - 1]);
  const [[i0, i1], [j0, j1], [k0, k1]] = [range(0), range(1), range(2)];
  const runs = new RunList();
  for (let k = k0; k <= k1; k++)
    for (let j = j0; j <= j1; j++) {
      const row = dims[0] * (j + dims[1] * k);
      for (let i = i0, at = i0 * di + j * dj + k * dk; i <= i1; i++, at += di) {
        if (inside[at] !== wanted || !gate.allows(row + i)) continue;
        runs.add(row + i, labels[row + i] as number, gate.value);
      }
    }
  gate.checkPainted();
  return runs.delta();
}

/** Paints or erases a polygon (or a lasso: one with many points) in one slice. @throws TesseraError as {@link scissors} */
export function fillPolygon(
  labels: LabelArray,
  grid: Grid,
  rules: PaintRules,
  polygon: { readonly axis: Axis; readonly slice: number; readonly points: readonly Triple[] },
): LabelDelta {
  const { axis, slice, points } = polygon;
  return scissors(labels, grid, rules, { axis, points, side: 'inside', slices: [slice, slice] });
}
