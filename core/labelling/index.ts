// What other rooms, and the page, use of this one. Nothing here needs Node.
export {
  applyDelta,
  deltaBetween,
  fitsDelta,
  inverseDelta,
  isEmptyDelta,
  paintedDelta,
  type LabelArray,
  type LabelDelta,
  type PaintedRuns,
} from './label-delta.ts';
export { decodeDelta, encodeDelta } from './delta-bytes.ts';
export { decodeEdit, EDIT_TYPE, encodeEdit, type Edit } from './edit-frame.ts';
export { type Axis, checkGrid, checkRules, checkScan, type Grid, mayPaint, type PaintRules, type ScanValues } from './rules.ts';
export { type Brush, Stroke } from './stroke.ts';
export { growMargin, hollow, type ShellSurface, shrinkMargin } from './margin.ts';
export {
  type IslandConnectivity,
  islandSizes,
  keepIsland,
  keepLargestIsland,
  removeIsland,
  removeSmallIslands,
  type SmallIsland,
  splitIslands,
} from './islands.ts';
export { fillHoles } from './fill-holes.ts';
export { smoothGaussian, smoothJoint, smoothMedian } from './smooth.ts';
export { SegmentVolumes } from './segment-volumes.ts';
