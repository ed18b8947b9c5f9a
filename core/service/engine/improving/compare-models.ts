import { compareEvaluations, summarise, type Evaluation, type PairedResult } from '../../../evaluation/index.ts';
import type { Workspace } from '../../../workspace/index.ts';
import type { ModelComparison } from '../../api/improvements.ts';
import type { LabelChoice } from '../../api/training.ts';
import { markCases } from '../../evaluations/mark-cases.ts';
import type { EngineContext } from '../context.ts';
import { seenScans } from '../evaluating/seen-scans.ts';
import { onSettledLabels } from '../evaluating/settled-labels.ts';
import { sharedSegments, testModel } from '../evaluating/test-model.ts';
import type { FoundModel } from '../handlers/find-models.ts';
import { chooseLabels, type ChosenLabels } from '../training/chosen-labels.ts';
import { patientsOf } from '../training/workspace-cases.ts';

/** Label maps of which a person says that all is done. */
export const DONE: LabelChoice = { layer: 'newest', states: ['done'] };

/** Labels of the locked scans that are done. */
export async function lockedReferences(workspace: Workspace): Promise<ChosenLabels> {
  const { found } = await workspace.scans();
  const { test } = await patientsOf(workspace, found);
  return chooseLabels(workspace, [...test], DONE);
}

/**
 * Dice of old and new model on the locked scans whose labels neither learned from, with a paired test; of the new one alone where there is none
 * that draws the same. Undefined where there is nothing to test on.
 */
export function compareModels(old: FoundModel | undefined, made: FoundModel, context: EngineContext): Promise<ModelComparison | undefined> {
  return onSettledLabels(async () => compareOn(await lockedReferences(context.workspace), old, made, context));
}

async function compareOn(
  references: ChosenLabels,
  old: FoundModel | undefined,
  made: FoundModel,
  context: EngineContext,
): Promise<ModelComparison | undefined> {
  const shared = old === undefined ? [] : sharedSegments(references, [old, made]);
  const segments = shared.length > 0 ? shared : sharedSegments(references, [made]);
  if (references.layers.length === 0 || segments.length === 0) return undefined;
  const models = old !== undefined && shared.length > 0 ? [old, made] : [made];
  const { unseen, seen } = await unseenBy(models, references, context);
  if (unseen.layers.length === 0) return { cases: 0, patients: 0, ...pairOf(undefined), segments: [], seen };
  const patients = await patientsOf(context.workspace, (await context.workspace.scans()).found);
  const total = models.length * unseen.layers.length;
  let tested = 0;
  const evaluations: Evaluation[] = [];
  for (const model of models) {
    const progress = (): void => context.task.progress({ stage: 'compare', done: tested++, total });
    const tests = await testModel(model, unseen, segments, context, progress);
    evaluations.push(summarise(markCases(tests, patients.of, new Set())));
  }
  const [first, second] = evaluations;
  if (first === undefined) return undefined;
  const cases = unseen.layers.length;
  if (second !== undefined) {
    const { overall, segments: each } = compareEvaluations(first, second);
    const pairs = each.map(({ name, dice }) => ({ name, ...pairOf(dice) }));
    return { cases, patients: overall.dice.pairs, ...pairOf(overall.dice), segments: pairs, seen };
  }
  const { overall, segments: each } = first.summary;
  const alone = each.map(({ name, dice }) => ({ name, ...pairOf(undefined), new: dice.mean }));
  return { cases, patients: overall.dice.count, ...pairOf(undefined), new: overall.dice.mean, segments: alone, seen };
}

/** References without the scans whose labels went into one of the models, and what is known of all. */
async function unseenBy(
  models: readonly FoundModel[],
  references: ChosenLabels,
  { workspace }: EngineContext,
): Promise<{ unseen: ChosenLabels; seen: NonNullable<ModelComparison['seen']> }> {
  const scans = references.layers.map(({ scan }) => scan);
  const each = await Promise.all(models.map((model) => seenScans(workspace, model, scans)));
  const withLabels = new Set(each.flatMap((one) => one.withLabels));
  const withoutLabels = new Set(each.flatMap((one) => one.withoutLabels).filter((scan) => !withLabels.has(scan)));
  return {
    unseen: { ...references, layers: references.layers.filter(({ scan }) => !withLabels.has(scan)) },
    seen: { withLabels: withLabels.size, withoutLabels: withoutLabels.size, unknown: each.some(({ unknown }) => unknown) },
  };
}

/** @param result undefined where there is no pair */
function pairOf(result: PairedResult | undefined): Omit<ModelComparison, 'cases' | 'patients' | 'segments' | 'seen'> {
  const { meanA = null, meanB = null, difference = null, low = null, high = null, pValue = null } = result ?? {};
  return { old: meanA, new: meanB, difference, low, high, pValue };
}
