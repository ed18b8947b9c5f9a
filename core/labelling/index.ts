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
export { combine, type Combination, type Operand } from './combine.ts';
export { floodFill, type Flood } from './flood-fill.ts';
export { levelTrace, LevelTracer } from './level-trace.ts';
export { LiveWire, liveWire } from './live-wire.ts';
export { move, type MoveOptions } from './move.ts';
export { type Placement } from './placement.ts';
export { pick, type Picked } from './pick.ts';
export { rangeAround } from './range-around.ts';
export { isPlainRefusal, type LeftAlone, type PlainRefusal, type Refusal, ToolRefusal } from './refusal.ts';
export { type Cut, fillPolygon, scissors } from './scissors.ts';
export { fillBetween, type FollowScan } from './fill-between.ts';
export { GrowFromSeeds, type GrowSettings } from './grow-from-seeds.ts';
export { acceptMask, acceptProposed, islandRuns, type VoxelRuns } from './accept.ts';
export { type Acceptance, type Proposed } from './accept-gate.ts';
export { type KnownSegment, matchSegments, type SegmentMatch } from './accept-segments.ts';
export { AcceptStroke } from './accept-stroke.ts';
export { type Difference, type DifferenceKind, type Differences, differences, kindOf, stillDiffers } from './differences.ts';
