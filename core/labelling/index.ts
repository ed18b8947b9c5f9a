// What other rooms, and the page, use of this one. Nothing here needs Node.
export {
  applyDelta,
  deltaBetween,
  inverseDelta,
  isEmptyDelta,
  paintedDelta,
  type LabelArray,
  type LabelDelta,
  type PaintedRuns,
} from './label-delta.ts';
export { decodeDelta, encodeDelta } from './delta-bytes.ts';
