import { type Box } from '../imaging/box.ts';
import { boxDelta } from './box-delta.ts';
import { boxOfValue, hull, maskInBox } from './label-box.ts';
import { isEmptyDelta, type LabelArray, type LabelDelta } from './label-delta.ts';
import { ToolRefusal } from './refusal.ts';
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
  if (rules.value === 0) throw new ToolRefusal({ code: 'backgroundChosen' });
  const { value } = rules;
  const { operation } = combination;
  const other = 'other' in combination ? otherBox(combination.other, grid) : undefined;
  const box = operation === 'invert' || operation === 'fill' ? whole(grid) : hullOf(boxOfValue(labels, grid.dims, value), other);
  if (box === undefined) throw new ToolRefusal({ code: 'emptyAlready' });
  const isInOther = 'other' in combination ? maskInBox(combination.other.labels, grid.dims, box, combination.other.value) : undefined;
  const delta = boxDelta(labels, grid, rules, box, (n, present) => {
    if (belongs(operation, present === value, isInOther?.[n] === 1)) return value;
    return present === value ? 0 : present;
  });
  if (isEmptyDelta(delta)) throw new ToolRefusal({ code: 'unchanged' });
  return delta;
}

/** Whether a voxel belongs to T afterwards. */
function belongs(operation: Combination['operation'], isIn: boolean, isInOther: boolean): boolean {
  switch (operation) {
    case 'copy':
      return isInOther;
    case 'add':
      return isIn || isInOther;
    case 'subtract':
      return isIn && !isInOther;
    case 'intersect':
      return isIn && isInOther;
    case 'invert':
      return !isIn;
    case 'clear':
      return false;
    case 'fill':
      return true;
  }
}

function otherBox({ labels, value }: Operand, grid: Grid): Box {
  checkGrid(labels, grid);
  const box = boxOfValue(labels, grid.dims, value);
  if (box === undefined) throw new ToolRefusal({ code: 'noVoxels', value });
  return box;
}

function hullOf(a: Box | undefined, b: Box | undefined): Box | undefined {
  return a === undefined ? b : b === undefined ? a : hull(a, b);
}

function whole({ dims }: Grid): Box {
  return { start: [0, 0, 0], size: dims };
}
