/** The tensor room: the only place that knows tfjs. */
export { backendNames, startBackend, type Backend, type BackendName, type BackendOptions } from './backend.ts';
export { runConformance, type CaseReport, type ConformanceReport } from './conformance/run-conformance.ts';
export * from './ops/index.ts';
export { differentiate, recompute, untracked } from './tape.ts';
export {
  copy,
  dispose,
  integers,
  keep,
  memory,
  peakOf,
  scalar,
  scope,
  sizeOf,
  tensor,
  tensorFromOwned,
  values,
  zeros,
  type Shape,
  type Tensor,
} from './tensor.ts';
export { adamwStep, movingAverage, movingAverages, squaredNorm, type AdamwNumbers, type AdamwState, type AdamwWeight } from './update.ts';
