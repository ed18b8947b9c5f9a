import { TesseraError } from '../base/errors.ts';
import { boxDelta } from './box-delta.ts';
import { isEmptyDelta, type LabelArray, type LabelDelta } from './label-delta.ts';
import { checkGrid, checkRules, type Grid, type PaintRules } from './rules.ts';

/** A segment of this label map, or of another layer on the same grid. */
export interface Operand {
  readonly labels: LabelArray;
  readonly value: number;
}

/** What becomes of segment T (the value of the rules), given a segment S. */
export type Combination =
  /** T becomes S, T or S, T without S, T and S. */
  | { readonly operation: 'copy' | 'add' | 'subtract' | 'intersect'; readonly other: Operand }
  /** T becomes all that it is not, nothing, all voxels. */
  | { readonly operation: 'invert' | 'clear' | 'fill' };

/**
 * Logical operations between segments. A voxel has one value in a layer: what T gains from a segment of its own layer, that one loses. T grows
 * only over what the rules let be painted over, and loses voxels to the background.
 * @throws TesseraError as checkRules; `bad-labels` when the rules' value is 0, the other segment is empty, or nothing may or would change
 */
export function combine(labels: LabelArray, grid: Grid, rules: PaintRules, combination: Combination): LabelDelta {
  checkRules(labels, grid, rules);
  if (rules.value === 0) throw new TesseraError('bad-labels', 'The background is no segment.', { advice: 'Choose the segment to change.' });
  const { value } = rules;
  const belongs = membership(combination, grid);
  const all = { start: [0, 0, 0], size: grid.dims } as const;
  const delta = boxDelta(labels, grid, rules, all, (voxel, present) => {
    if (belongs(voxel, present === value)) return value;
    return present === value ? 0 : present;
  });
  if (isEmptyDelta(delta)) throw new TesseraError('bad-labels', 'The segment would stay as it is.');
  return delta;
}

/** Whether a voxel belongs to T afterwards. */
function membership(combination: Combination, grid: Grid): (voxel: number, isIn: boolean) => boolean {
  switch (combination.operation) {
    case 'invert':
      return (_, isIn) => !isIn;
    case 'clear':
      return () => false;
    case 'fill':
      return () => true;
    case 'copy':
    case 'add':
    case 'subtract':
    case 'intersect':
      return withOther(combination.operation, combination.other, grid);
  }
}

function withOther(
  operation: 'copy' | 'add' | 'subtract' | 'intersect',
  { labels: other, value }: Operand,
  grid: Grid,
): (voxel: number, isIn: boolean) => boolean {
  checkGrid(other, grid);
  if (!other.includes(value))
    throw new TesseraError('bad-labels', `Segment ${value} has no voxels.`, { advice: 'Choose another segment.' });
  switch (operation) {
    case 'copy':
      return (voxel) => other[voxel] === value;
    case 'add':
      return (voxel, isIn) => isIn || other[voxel] === value;
    case 'subtract':
      return (voxel, isIn) => isIn && other[voxel] !== value;
    case 'intersect':
      return (voxel, isIn) => isIn && other[voxel] === value;
  }
}
