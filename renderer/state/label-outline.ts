import type { PointLPS } from '../scene/index.ts';

/** A polygon or lasso on its way, in a slice across a voxel axis. */
export interface LabelOutline {
  readonly axis: 0 | 1 | 2;
  readonly slice: number;
  readonly points: readonly PointLPS[];
}
