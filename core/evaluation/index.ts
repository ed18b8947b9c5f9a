export type { LabelVoxels, Segment } from './labelmap.ts';
export { auc, meanAuc } from './auc.ts';
export { dice, measureOverlaps, type Overlap } from './dice.ts';
export { distancesToNearest } from './distance-transform.ts';
export { hausdorff95, meanSurfaceDistance, surfaceDistances, type SurfaceDistances } from './surface.ts';
export { surfaceAreas } from './surface-area.ts';
export { surfaceDice } from './surface-dice.ts';
export { bootstrapMean, bootstrapMeanDifference, type BootstrapOptions, type MeanInterval } from './bootstrap.ts';
export { wilcoxonSignedRank, type WilcoxonResult } from './wilcoxon.ts';
export { defaultTolerance, evaluateCase, type CaseToEvaluate } from './evaluate-case.ts';
export { patientMeans, unseenCases } from './patients.ts';
export { caseMeans, summarise, type SummaryOptions } from './summary.ts';
export {
  parseEvaluation,
  type CaseEvaluation,
  type Evaluation,
  type MetricSummary,
  type Outcome,
  type OutcomeCounts,
  type SegmentScores,
} from './document.ts';
export { compareEvaluations, type Comparison, type PairedMetrics, type PairedResult } from './compare.ts';
export { metrics, type Metric, type MetricKey } from './metrics.ts';
export { evaluationToCsv } from './csv.ts';
export { caseTable, comparisonTable, evaluationTable, formatP, formatScore, unitOf } from './tables.ts';
export { organsByName, readerAgreement, renumbered, type NamedLabels, type OrganAgreement } from './agreement.ts';
export { majorityVote, staple, type ConsensusMethod } from './consensus.ts';
export {
  labelEfficiency,
  type LabelEfficiency,
  type LabelForecast,
  type LabelPoint,
  type LearnedModel,
  type NoForecast,
} from './label-efficiency.ts';
