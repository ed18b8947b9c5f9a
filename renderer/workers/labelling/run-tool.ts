import {
  fillBetween,
  fillHoles,
  growMargin,
  hollow,
  keepLargestIsland,
  move,
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
  type PaintRules,
  type ScanValues,
} from '../../../core/labelling/index.ts';

/** What a tool does to the segment of the rules. */
export type SegmentJob =
  | { readonly tool: 'largest' | 'holes' }
  | { readonly tool: 'small'; readonly millilitres: number }
  | { readonly tool: 'split'; readonly newValues: readonly number[] }
  | { readonly tool: 'grow' | 'shrink' | 'hollow' | 'median' | 'gaussian'; readonly millimetres: number }
  | { readonly tool: 'joint'; readonly millimetres: number; readonly values: readonly number[] }
  | { readonly tool: 'between'; readonly across: Axis; readonly follow?: ScanValues }
  | { readonly tool: 'mirror'; readonly axis: Axis };

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
    case 'mirror':
      return move(labels, grid, rules, { kind: 'mirror', axis: job.axis });
  }
}
