import { join } from 'node:path';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { TesseraError } from '../../../base/errors.ts';
import { summarise } from '../../../evaluation/index.ts';
import { versions } from '../../../learning/versions.ts';
import { lockedTest } from '../../../workspace/index.ts';
import { EVALUATION_FILE, type StoredEvaluation } from '../../evaluations/stored-evaluation.ts';
import type { LabelChoice } from '../../api/training.ts';
import { markCases } from '../../evaluations/mark-cases.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { originOf } from '../evaluating/origin-of.ts';
import { seenScans } from '../evaluating/seen-scans.ts';
import { onSettledLabels } from '../evaluating/settled-labels.ts';
import { sharedSegments, testModel } from '../evaluating/test-model.ts';
import { chooseLabels, type ChosenLabels } from '../training/chosen-labels.ts';
import { patientsOf, type Patients } from '../training/workspace-cases.ts';
import { findModel, findModels, type FoundModel } from './find-models.ts';

/** Holds models against the labels of some scans, the same for all of them, and keeps what came out. */
export const evaluate: EngineHandler<'evaluate'> = async (input, context) => {
  const { workspace } = context;
  const test = lockedTest((await workspace.splits()).found);
  const scans = input.scans ?? test;
  if (scans.length === 0)
    throw new TesseraError('no-data', 'There is no test part to evaluate on.', {
      subject: 'scans',
      advice: 'Split the scans in the library, or choose scans.',
    });
  const found = await Promise.all(input.models.map((id) => findModel(workspace, id, 'segmentation')));
  const documents = (await workspace.scans()).found;
  const patients = await patientsOf(workspace, documents);
  const { labels, models } = await onSettledLabels(() => evaluateAll(input.labels, scans, found, patients, context));
  const item = await workspace.newItem('evaluations');
  const locked = new Set(test);
  const document: StoredEvaluation = {
    schema: 'tessera-model-evaluation/1',
    id: item.id,
    name: input.name,
    created: new Date().toISOString(),
    test: test.length > 0 && labels.layers.every(({ scan }) => locked.has(scan)),
    references: labels.layers.map(({ scan, layer, sequence }) => ({
      scan,
      layer,
      sequence,
      patient: patients.of(scan),
      content: documents.find(({ id }) => id === scan)?.content ?? '',
    })),
    leftOut: [...labels.leftOut],
    versions: await versions(await context.backend()),
    models,
  };
  await writeFileAtomic(join(item.path, EVALUATION_FILE), JSON.stringify(document, null, 1) + '\n');
  await workspace.audit('models-evaluated', { evaluation: item.id, scans: labels.layers.length });
  return { evaluation: item.id };
};

/** @throws TesseraError `no-data`, `bad-labels`, `conflict` when somebody draws on a reference meanwhile */
async function evaluateAll(
  choice: LabelChoice,
  scans: readonly string[],
  found: readonly FoundModel[],
  patients: Patients,
  context: EngineContext,
): Promise<{ labels: ChosenLabels; models: StoredEvaluation['models'] }> {
  const { workspace } = context;
  const labels = await chooseLabels(workspace, scans, choice);
  if (labels.layers.length === 0)
    throw new TesseraError('no-data', 'None of these scans has labels to hold a model against.', {
      subject: 'scans',
      advice: 'Label them, or take in labels that were drawn elsewhere.',
    });
  const segments = sharedSegments(labels, found);
  if (segments.length === 0)
    throw new TesseraError('bad-labels', 'There is no segment that was drawn and that every one of the models draws.', {
      subject: found.map(({ summary }) => summary.name).join(', '),
      advice: 'Segments are matched by their names: rename them, or choose other models.',
    });
  await context.backend();
  const known = await findModels(workspace);
  const all = found.length * labels.layers.length;
  const tested = labels.layers.map(({ scan }) => scan);
  const models: StoredEvaluation['models'] = [];
  for (const [at, model] of found.entries()) {
    let done = at * labels.layers.length;
    const cases = await testModel(model, labels, segments, context, () =>
      context.task.progress({ stage: `evaluate ${model.summary.name}`, done: done++, total: all }),
    );
    const { withLabels, withoutLabels, unknown } = await seenScans(workspace, model, tested);
    models.push({
      id: model.summary.id,
      name: model.summary.name,
      network: model.summary.network,
      seen: [...withLabels],
      seenWithoutLabels: [...withoutLabels],
      pastUnknown: unknown,
      origin: await originOf(model, known),
      evaluation: summarise(markCases(cases, patients.of, new Set(withLabels))),
    });
  }
  return { labels, models };
}
