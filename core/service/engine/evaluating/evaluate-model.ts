import { TesseraError } from '../../../base/errors.ts';
import { evaluateCase, summarise, type CaseEvaluation, type Evaluation, type Segment } from '../../../evaluation/index.ts';
import { prepareToSegment, segmentPrepared } from '../../../inference/segment.ts';
import type { SavedModel } from '../../../model/saved-model.ts';
import type { EngineContext } from '../context.ts';
import { engineMemoryOf } from '../handlers/engine-memory.ts';
import type { FoundModel } from '../handlers/find-models.ts';
import { learnedMap, type ChosenLabels, type ChosenLayer } from '../training/chosen-labels.ts';

/**
 * Labels scans with a model and holds that against what people drew, segment by segment: those of the same name, whatever their values.
 * @throws TesseraError `bad-labels` when the model knows none of the segments, and as `Workspace.readScan`, `loadModel`
 */
export async function evaluateModel({ folder, summary }: FoundModel, labels: ChosenLabels, context: EngineContext): Promise<Evaluation> {
  const { workspace, task, breathe } = context;
  await context.backend();
  return engineMemoryOf(workspace).withModel(folder, async (model) => {
    const { segments, values } = sharedSegments(model, labels, summary.name);
    const cases: CaseEvaluation[] = [];
    for (const [done, reference] of labels.layers.entries()) {
      await breathe();
      task.progress({ stage: `evaluate ${summary.name}`, done, total: labels.layers.length });
      cases.push(await evaluateScan(reference, model, segments, values, context));
    }
    return summarise(cases);
  });
}

async function evaluateScan(
  reference: ChosenLayer,
  model: SavedModel,
  segments: readonly Segment[],
  values: Uint8Array,
  { workspace, task, breathe }: EngineContext,
): Promise<CaseEvaluation> {
  const { scan, layer } = reference;
  const prepared = prepareToSegment([{ name: scan, volume: await workspace.readScan(scan) }], model);
  const { labels } = await segmentPrepared(prepared, model, { breathe }, { signal: task.signal, progress: () => undefined });
  const prediction = new Uint8Array(labels.voxels.length);
  for (let i = 0; i < prediction.length; i++) prediction[i] = values[labels.voxels[i] as number] as number;
  const drawn = await workspace.openLayer(scan, layer);
  try {
    return evaluateCase({ case: scan, reference: learnedMap(drawn, reference), prediction, geometry: labels.geometry, segments });
  } finally {
    await drawn.close();
  }
}

/** Segments that the model and the labels both have, and what each value of the model is among the labels (0 where it is nothing there). */
function sharedSegments(
  { document }: SavedModel,
  { names }: ChosenLabels,
  name: string,
): { readonly segments: Segment[]; readonly values: Uint8Array } {
  const valueOf = new Map(Object.entries(names).map(([value, segment]) => [spelled(segment), Number(value)]));
  const values = new Uint8Array(65_536);
  const segments: Segment[] = [];
  for (const label of document.labels) {
    const value = valueOf.get(spelled(label.name));
    if (label.value === 0 || value === undefined || value === 0) continue;
    values[label.value] = value;
    segments.push({ label: value, name: names[value] ?? label.name });
  }
  if (segments.length > 0) return { segments: segments.sort((a, b) => a.label - b.label), values };
  throw new TesseraError('bad-labels', 'The model knows none of the segments that were drawn.', {
    subject: name,
    advice: 'Segments are matched by their names: rename them, or choose another model.',
  });
}

const spelled = (name: string): string => name.trim().toLowerCase();
