import { caseMeans, compareEvaluations, type MetricSummary, type PairedResult } from '../../evaluation/index.ts';
import type { EvaluatedModel, EvaluationDetails, EvaluationSummary } from '../api/evaluations.ts';
import type { SeenCounts } from '../api/seen.ts';
import type { StoredEvaluation } from './stored-evaluation.ts';

export function evaluationSummaryOf({ id, name, created, test, references, models }: StoredEvaluation): EvaluationSummary {
  return {
    id,
    name,
    created,
    test,
    scans: references.length,
    models: models.map((model) => ({
      id: model.id,
      name: model.name,
      dice: meanOf(model.evaluation.summary.overall.dice),
      seen: seenCountsOf(model),
    })),
  };
}

/** With every model beside the first. */
export function evaluationDetailsOf(stored: StoredEvaluation): EvaluationDetails {
  const { references, leftOut, models } = stored;
  const [first] = models;
  return {
    ...evaluationSummaryOf(stored),
    tolerance: first?.evaluation.toleranceMm ?? 0,
    references,
    leftOut,
    models: models.map((model) => evaluatedModelOf(model, model === first ? undefined : first)),
  };
}

type StoredModel = StoredEvaluation['models'][number];

/** Of an evaluation before anybody looked where weights came from, nothing is known. */
export function seenCountsOf({ seen, seenWithoutLabels = [], pastUnknown = true }: StoredModel): SeenCounts {
  return { withLabels: seen.length, withoutLabels: seenWithoutLabels.length, unknown: pastUnknown };
}

function evaluatedModelOf(
  { id, name, network, seen, seenWithoutLabels = [], pastUnknown = true, evaluation }: StoredModel,
  first: StoredModel | undefined,
): EvaluatedModel {
  const { overall, segments } = evaluation.summary;
  const dice = caseMeans(evaluation.cases, 'dice');
  return {
    id,
    name,
    network,
    seen,
    seenWithoutLabels,
    pastUnknown,
    dice: meanOf(overall.dice),
    hd95: meanOf(overall.hd95),
    surfaceDice: meanOf(overall.surfaceDice),
    segments: segments.map((one) => ({
      label: one.label,
      name: one.name,
      dice: meanOf(one.dice),
      hd95: meanOf(one.hd95),
      surfaceDice: meanOf(one.surfaceDice),
      missed: one.outcomes.missed,
    })),
    cases: evaluation.cases.map((one, at) => ({
      scan: one.case,
      dice: Number.isFinite(dice[at]) ? (dice[at] ?? null) : null,
      segments: one.segments.map((scores) => ({
        label: scores.label,
        dice: scores.dice,
        hd95: scores.hd95,
        surfaceDice: scores.surfaceDice,
      })),
    })),
    ...(first === undefined ? {} : { compared: comparedWith(first, evaluation) }),
  };
}

function comparedWith(first: StoredModel, evaluation: StoredModel['evaluation']): NonNullable<EvaluatedModel['compared']> {
  const { overall, segments } = compareEvaluations(first.evaluation, evaluation);
  return {
    dice: pairedOf(overall.dice),
    segments: segments.map(({ label, name, dice }) => ({ label, name, dice: pairedOf(dice) })),
  };
}

function meanOf({ count, mean, low, high }: MetricSummary): EvaluatedModel['dice'] {
  return { count, mean, low, high };
}

function pairedOf({ pairs, difference, low, high, pValue }: PairedResult): NonNullable<EvaluatedModel['compared']>['dice'] {
  return { pairs, difference, low, high, p: pValue };
}
