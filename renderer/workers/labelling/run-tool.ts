import {
  combine,
  fillBetween,
  fillHoles,
  growMargin,
  hollow,
  keepIsland,
  keepLargestIsland,
  move,
  removeIsland,
  removeSmallIslands,
  shrinkMargin,
  smoothGaussian,
  smoothJoint,
  smoothMedian,
  splitIslands,
  type Axis,
  type Grid,
  type LabelArray,
  type LabelDelta,
  type Operand,
  type PaintRules,
  type Placement,
  type ScanValues,
} from '../../../core/labelling/index.ts';
import type { Triple } from '../../../core/imaging/volume.ts';

/** What a tool does to the segment of the rules. */
export type SegmentJob =
  | { readonly tool: 'largest' | 'holes' }
  | { readonly tool: 'small'; readonly millilitres: number }
  | { readonly tool: 'split'; readonly newValues: readonly number[] }
  | { readonly tool: 'grow' | 'shrink' | 'hollow' | 'median' | 'gaussian'; readonly millimetres: number }
  | { readonly tool: 'joint'; readonly millimetres: number; readonly values: readonly number[] }
  | { readonly tool: 'between'; readonly across: Axis; readonly follow?: ScanValues }
  /** The island at a voxel. */
  | { readonly tool: 'keepIsland' | 'removeIsland'; readonly voxel: Triple }
  | { readonly tool: 'add' | 'subtract' | 'intersect' | 'copy'; readonly other: Operand }
  | { readonly tool: 'invert' }
  /** All voxels with a scan value in the range. */
  | { readonly tool: 'values'; readonly within: NonNullable<PaintRules['within']> }
  | { readonly tool: 'shift' | 'turn' | 'mirror'; readonly placement: Placement; readonly keep: boolean };

export interface LabelJob {
  readonly labels: LabelArray;
  readonly grid: Grid;
  readonly rules: PaintRules;
  readonly job: SegmentJob;
}

/** What the job would change. @throws TesseraError that says why the tool cannot act */
export function runTool({ labels, grid, rules, job }: LabelJob): LabelDelta {
  switch (job.tool) {
    case 'largest':
      return keepLargestIsland(labels, grid, rules);
    case 'holes':
      return fillHoles(labels, grid, rules);
    case 'small':
      return removeSmallIslands(labels, grid, rules, { ml: job.millilitres });
    case 'split':
      return splitIslands(labels, grid, rules, job.newValues);
    case 'grow':
      return growMargin(labels, grid, rules, job.millimetres);
    case 'shrink':
      return shrinkMargin(labels, grid, rules, job.millimetres);
    case 'hollow':
      return hollow(labels, grid, rules, job.millimetres);
    case 'median':
      return smoothMedian(labels, grid, rules, job.millimetres);
    case 'gaussian':
      return smoothGaussian(labels, grid, rules, job.millimetres);
    case 'joint':
      return smoothJoint(labels, grid, rules, job.values, job.millimetres);
    case 'between':
      return fillBetween(labels, grid, rules, job.across, job.follow && { values: job.follow });
    case 'keepIsland':
      return keepIsland(labels, grid, rules, job.voxel);
    case 'removeIsland':
      return removeIsland(labels, grid, rules, job.voxel);
    case 'add':
    case 'subtract':
    case 'intersect':
    case 'copy':
      return combine(labels, grid, rules, { operation: job.tool, other: job.other });
    case 'invert':
      return combine(labels, grid, rules, { operation: 'invert' });
    case 'values':
      return combine(labels, grid, { ...rules, within: job.within }, { operation: 'fill' });
    case 'shift':
    case 'turn':
    case 'mirror':
      return move(labels, grid, rules, job.placement, { keep: job.keep });
  }
}
