import * as z from 'zod';
import { evaluateCase, type CaseEvaluation } from '../../../evaluation/index.ts';
import { prepareToSegment, segmentPrepared } from '../../../inference/segment.ts';
import type { EngineContext } from '../context.ts';
import { cached, type CacheKind } from '../handlers/cache.ts';
import { engineMemoryOf, modelState } from '../handlers/engine-memory.ts';
import type { FoundModel } from '../handlers/find-models.ts';
import { learnedMap, type ChosenLabels, type ChosenLayer } from '../training/chosen-labels.ts';

/** What is kept of one scan's test, so that a model in use is not tested anew with every improvement. */
const caseKind: CacheKind<CaseEvaluation> = {
  name: 'tested',
  document: z.custom<CaseEvaluation>((value) => typeof value === 'object' && value !== null),
  maxBytes: 1e8,
};

/** Segments that the references have and all the models draw, by name. */
export function sharedSegments(references: ChosenLabels, models: readonly FoundModel[]): { label: number; name: string }[] {
  const drawn = models.map(({ summary }) => new Set((summary.segments ?? []).map(({ name }) => spelled(name))));
  return Object.entries(references.names)
    .filter(([, name]) => drawn.every((names) => names.has(spelled(name))))
    .map(([value, name]) => ({ label: Number(value), name }));
}

/** Tests a model on scans with labels that are done. Progress is told for each scan. @throws TesseraError `cancelled` */
export async function testModel(
  model: FoundModel,
  references: ChosenLabels,
  segments: readonly { readonly label: number; readonly name: string }[],
  context: EngineContext,
  progress: () => void,
): Promise<CaseEvaluation[]> {
  const { workspace, breathe } = context;
  const found: CaseEvaluation[] = [];
  for (const chosen of references.layers) {
    await breathe();
    progress();
    const { content } = await workspace.scan(chosen.scan);
    const key = { tested: 1, model: modelState(model.folder), content, layer: chosen.layer, sequence: chosen.sequence, segments };
    const { document } = await cached(workspace, caseKind, key, () => testOn(chosen, model, segments, context));
    found.push(document);
  }
  return found;
}

async function testOn(
  chosen: ChosenLayer,
  model: FoundModel,
  segments: readonly { readonly label: number; readonly name: string }[],
  { workspace, task, breathe }: EngineContext,
): Promise<CaseEvaluation> {
  const { scan } = chosen;
  const volume = await workspace.readScan(scan);
  const layer = await workspace.openLayer(scan, chosen.layer);
  const reference = await Promise.resolve(learnedMap(layer, chosen)).finally(() => layer.close());
  const quiet = { signal: task.signal, progress: () => undefined };
  const { labels, names } = await engineMemoryOf(workspace).withModel(model.folder, async (network) => {
    const drawn = await segmentPrepared(prepareToSegment([{ name: scan, volume }], network), network, { breathe }, quiet);
    return { labels: drawn.labels.voxels, names: network.document.labels };
  });
  const table = new Uint16Array(65_536);
  for (const { value, name } of names) table[value] = segments.find((segment) => spelled(segment.name) === spelled(name))?.label ?? 0;
  const prediction = Uint8Array.from(labels, (value) => table[value] as number);
  return evaluateCase({ case: scan, reference, prediction, geometry: volume.geometry, segments });
}

const spelled = (name: string): string => name.trim().toLowerCase();
