import { TesseraError } from '../base/errors.ts';
import { type Triple, type VoxelArray } from '../imaging/volume.ts';
import { type LabelArray } from './label-delta.ts';
import { ToolRefusal } from './refusal.ts';

/** The grid of a label map: voxels along i, j, k (i fastest) and millimetres between their centres. */
export interface Grid {
  readonly dims: Triple;
  readonly spacing: Triple;
}

/** An index axis, or the slices across it: 0 = i, 1 = j, 2 = k. */
export type Axis = 0 | 1 | 2;

/** The scan's values on the same grid, for tools that look at them: value = stored · slope + intercept. */
export interface ScanValues {
  readonly voxels: VoxelArray;
  readonly slope: number;
  readonly intercept: number;
}

/** What an edit may touch. */
export interface PaintRules {
  /** The segment to paint; 0 erases. */
  readonly value: number;
  /** Which values may be painted over. It holds for erasing, too: an eraser of one segment has that segment here. */
  readonly over: 'everything' | 'background' | readonly number[];
  /** Segments that never change: they neither lose nor gain a voxel. */
  readonly locked: ReadonlySet<number>;
  /** Only voxels whose scan value lies in this range, both ends included. */
  readonly within?: { readonly values: ScanValues; readonly range: readonly [low: number, high: number] };
}

/** Whether the rules let a voxel that now has the value `present` be painted; false, too, when it has the painted value already. */
export function mayPaint(rules: PaintRules, present: number): boolean {
  return verdict(rules, present) === 'paint';
}

/** What the rules say of a voxel with the value `present`, its scan value aside. */
export type Verdict = 'paint' | 'same' | 'locked' | 'kept';

export function verdict({ value, over, locked }: PaintRules, present: number): Verdict {
  if (present === value) return 'same';
  if (locked.has(present) || locked.has(value)) return 'locked';
  const allowed = over === 'everything' || (over === 'background' ? present === 0 : over.includes(present));
  return allowed ? 'paint' : 'kept';
}

/**
 * @throws TesseraError `bad-labels` when labels and grid do not fit, when the layer cannot hold the value, or when the segment to paint is
 * locked; `grid-mismatch` when the scan has other voxels; `bad-setting` for a range that is none
 */
export function checkRules(labels: LabelArray, grid: Grid, rules: PaintRules): void {
  checkGrid(labels, grid);
  const { value, locked, within } = rules;
  const largest = labels instanceof Uint8Array ? 255 : 65535;
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw new ToolRefusal({ code: 'numberTooLarge', value, largest });
  }
  if (locked.has(value)) {
    throw new ToolRefusal({ code: value === 0 ? 'backgroundLocked' : 'segmentLocked' });
  }
  if (within === undefined) return;
  checkScan(within.values, grid);
  const [low, high] = within.range;
  if (!(low <= high)) throw new ToolRefusal({ code: 'emptyRange', low, high });
}

/** @throws TesseraError `bad-labels` when a label map has not the voxels of its grid; `bad-setting` for a spacing that is none */
export function checkGrid(labels: LabelArray, { dims, spacing }: Grid): void {
  if (labels.length !== dims[0] * dims[1] * dims[2]) {
    throw new TesseraError('bad-labels', `The label map has ${labels.length} voxels, its grid ${dims.join(' x ')}.`);
  }
  if (!spacing.every((mm) => mm > 0 && Number.isFinite(mm))) {
    throw new TesseraError('bad-setting', `The spacing ${spacing.join(' x ')} mm is none.`);
  }
}

/** @throws TesseraError `grid-mismatch` when a scan has not the voxels of the label map's grid */
export function checkScan({ voxels }: ScanValues, { dims }: Grid): void {
  if (voxels.length === dims[0] * dims[1] * dims[2]) return;
  throw new TesseraError('grid-mismatch', `The scan has ${voxels.length} voxels, the label map's grid ${dims.join(' x ')}.`);
}
