import { join } from 'node:path';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { TesseraError } from '../../../base/errors.ts';
import { summarise } from '../../../evaluation/index.ts';
import { versions } from '../../../learning/versions.ts';
import { lockedTest, scansByPatient } from '../../../workspace/index.ts';
import { EVALUATION_FILE, type StoredEvaluation } from '../../evaluations/stored-evaluation.ts';
import type { EngineHandler } from '../context.ts';
import { originOf } from '../evaluating/origin-of.ts';
import { seenScans } from '../evaluating/seen-scans.ts';
import { sharedSegments, testModel } from '../evaluating/test-model.ts';
import { chooseLabels } from '../training/chosen-labels.ts';
import { findModel, findModels } from './find-models.ts';

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
  const labels = await chooseLabels(workspace, scans, input.labels);
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
  const backend = await context.backend();
  const known = await findModels(workspace);
  const all = found.length * labels.layers.length;
  const models: StoredEvaluation['models'] = [];
  for (const [at, model] of found.entries()) {
    let done = at * labels.layers.length;
    const cases = await testModel(model, labels, segments, context, () =>
      context.task.progress({ stage: `evaluate ${model.summary.name}`, done: done++, total: all }),
    );
    const scansTested = labels.layers.map(({ scan }) => scan);
    const seen = await seenScans(workspace, model, scansTested);
    models.push({
      id: model.summary.id,
      name: model.summary.name,
      network: model.summary.network,
      seen: [...seen.withLabels],
      seenWithoutLabels: [...seen.withoutLabels],
      pastUnknown: seen.unknown,
      origin: await originOf(model, known),
      evaluation: summarise(cases),
    });
  }
  const documents = (await workspace.scans()).found;
  const patients = scansByPatient(documents);
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
      patient: patients.find((group) => group.includes(scan))?.[0] ?? scan,
      content: documents.find(({ id }) => id === scan)?.content ?? '',
    })),
    leftOut: [...labels.leftOut],
    versions: await versions(backend),
    models,
  };
  await writeFileAtomic(join(item.path, EVALUATION_FILE), JSON.stringify(document, null, 1) + '\n');
  await workspace.audit('models-evaluated', { evaluation: item.id, scans: labels.layers.length });
  return { evaluation: item.id };
};
