import { caseMeans, labelEfficiency } from '../../evaluation/index.ts';
import type { LabelCurve, LabelCurves } from '../api/label-efficiency.ts';
import type { StoredEvaluation } from './stored-evaluation.ts';

type StoredModel = StoredEvaluation['models'][number];
type Learned = NonNullable<NonNullable<StoredModel['origin']>['learned']>;

/** A percentile of so many is steady to a few thousandths of Dice, and computed while the page is asked for. */
const RESAMPLES = 2000;

/** A curve for the models that began alike; those that have seen some of the scans, or of which it is not known, are left out by name. */
export function labelCurvesOf({ models, references }: StoredEvaluation): LabelCurves {
  const leftOut: LabelCurves['leftOut'] = [];
  const alike = new Map<string, { model: StoredModel; learned: Learned }[]>();
  for (const model of models) {
    const { id, name, seen } = model;
    const learned = model.origin?.learned;
    if (seen.length > 0) leftOut.push({ id, name, reason: 'seen' });
    else if (learned === undefined) leftOut.push({ id, name, reason: 'unknown' });
    else {
      const key = JSON.stringify([model.network, learned.from?.id ?? null, isFrozen(model)]);
      alike.set(key, [...(alike.get(key) ?? []), { model, learned }]);
    }
  }
  const scans = references.map(({ scan }) => scan);
  const patients = references.map(({ scan, patient }) => patient ?? scan);
  return { leftOut, curves: [...alike.values()].map((each) => curveOf(each, scans, patients)) };
}

function curveOf(
  each: readonly { model: StoredModel; learned: Learned }[],
  scans: readonly string[],
  patients: readonly string[],
): LabelCurve {
  const learnedModels = each.map(({ model, learned }) => {
    const means = caseMeans(model.evaluation.cases, 'dice');
    const dice = new Map(model.evaluation.cases.map((one, at) => [one.case, means[at] ?? NaN]));
    return { labels: learned.scans, dice: scans.map((scan) => dice.get(scan) ?? NaN) };
  });
  const { points, curve, forecasts, ...told } = labelEfficiency(learnedModels, { patients, resamples: RESAMPLES });
  const [first] = each;
  return {
    network: first?.model.network ?? '',
    from: first?.learned.from ?? null,
    frozen: first !== undefined && isFrozen(first.model),
    models: each.map(({ model: { id, name }, learned }) => ({ id, name, labels: learned.scans })).sort((a, b) => a.labels - b.labels),
    ...told,
    points: [...points],
    curve: [...curve],
    forecasts: [...forecasts],
  };
}

const isFrozen = ({ origin }: StoredModel): boolean => origin?.run?.settings['freezeEncoder'] === true;
