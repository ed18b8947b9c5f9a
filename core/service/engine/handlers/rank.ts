import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { isTesseraError, TesseraError } from '../../../base/errors.ts';
import { embeddingOf } from '../../../inference/ranking/embeddings.ts';
import { paintingError } from '../../../inference/ranking/painting-error.ts';
import { scanUncertainty } from '../../../inference/ranking/scan-uncertainty.ts';
import { prepareToSegment } from '../../../inference/segment.ts';
import type { ImportProblem } from '../../api/jobs.ts';
import type { RankingFile } from '../../api/ranking.ts';
import { labelledScans } from '../../library/labelled-scans.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { toWire } from '../wire-error.ts';
import { modelInUse, offeredModels } from '../improving/improvements.ts';
import { cached, type CacheKind } from './cache.ts';
import { encodeScan } from './encode-scan.ts';
import { checkpointState, engineMemoryOf, modelState } from './engine-memory.ts';
import { findModel, stepOf, type FoundModel } from './find-models.ts';
import { checkOneChannel } from './one-channel.ts';
import { RANKING_FILE } from './ranking.ts';

type Measured = RankingFile['scans'][number];
const numberKind: CacheKind<{ value: number }> = { name: 'ranking', document: z.object({ value: z.number() }), maxBytes: 1e8 };

/** Measures what speaks for labelling each scan. What is known of a scan, with the same model, is not measured again. */
export const rank: EngineHandler<'rank'> = async ({ model: modelId, encoder: encoderId, scans: wanted }, context) => {
  const { workspace, breathe, task } = context;
  const model = await chosen(context, modelId, 'segmentation');
  const encoder = await chosen(context, encoderId, 'pretrained');
  if (model === undefined && encoder === undefined)
    throw new TesseraError('no-data', 'There is no model to rank scans with.', {
      advice: 'Pre-train an encoder on the scans, train or import a model, or label a few scans of your choice first.',
    });
  const { scans, labelled, locked } = await labelledScans(workspace);
  const some = wanted === undefined ? undefined : new Set(wanted);
  // Of labelled ones only the place among the others matters.
  const measured = scans.filter(({ id }) => !locked.has(id) && (some === undefined || some.has(id) || labelled.has(id)));
  const found: Measured[] = [];
  const problems: ImportProblem[] = [];
  for (const [at, { id, content }] of measured.entries()) {
    await breathe();
    task.progress({ stage: 'rank', done: at, total: measured.length });
    const quiet: EngineContext = { ...context, task: { signal: task.signal, progress: () => undefined } };
    try {
      const isOpen = !labelled.has(id);
      found.push({
        scan: id,
        ...(model !== undefined && isOpen ? { uncertainty: await uncertaintyOf(id, content, model, quiet) } : {}),
        ...(encoder !== undefined && isOpen ? { error: await errorOf(id, content, encoder, quiet) } : {}),
        ...(encoder !== undefined ? { embedding: await embedded(id, encoder, quiet) } : {}),
      });
    } catch (error) {
      if (!isTesseraError(error) || error.code === 'cancelled' || error.code === 'bad-model') throw error;
      problems.push({ name: id, error: toWire(error) });
    }
  }
  const file: RankingFile = {
    schema: 'tessera-ranking/1',
    measured: new Date().toISOString(),
    ...(model === undefined ? {} : { model: model.summary.id }),
    ...(encoder === undefined ? {} : { encoder: encoder.summary.id }),
    scans: found,
  };
  await writeFileAtomic(join(workspace.cachePath, RANKING_FILE), JSON.stringify(file));
  return problems.length === 0 ? {} : { problems };
};

/** The model of an id; else the one in use, and the newest encoder, where there is one. */
async function chosen(
  { workspace }: EngineContext,
  id: string | undefined,
  kind: FoundModel['summary']['kind'],
): Promise<FoundModel | undefined> {
  if (id !== undefined) return findModel(workspace, id, kind);
  if (kind === 'segmentation') return modelInUse(workspace);
  return (await offeredModels(workspace)).find(({ summary }) => summary.kind === kind);
}

async function uncertaintyOf(scan: string, content: string, model: FoundModel, context: EngineContext): Promise<number> {
  const { workspace, task, breathe } = context;
  return remembered(context, { uncertainty: 1, model: modelState(model.folder), content }, () =>
    engineMemoryOf(workspace).withModel(model.folder, async (network) => {
      // Not kept in memory: each scan is looked at once.
      const { scan: prepared } = prepareToSegment([{ name: scan, volume: await workspace.readScan(scan) }], network);
      return scanUncertainty(prepared, network, task, breathe);
    }),
  );
}

async function errorOf(scan: string, content: string, encoder: FoundModel, context: EngineContext): Promise<number> {
  const { workspace, breathe } = context;
  const step = stepOf(encoder, undefined);
  const memory = engineMemoryOf(workspace);
  return remembered(context, { error: 1, network: checkpointState(encoder.folder, step), content }, () =>
    memory.withNetwork({ folder: encoder.folder, step }, (run) => {
      checkOneChannel(run, encoder.summary.name);
      const { parameters, settings } = run;
      return memory.withScan(workspace, scan, settings.preparation, (prepared) => paintingError(prepared, parameters, settings, breathe));
    }),
  );
}

async function embedded(scan: string, encoder: FoundModel, context: EngineContext): Promise<string> {
  const { load } = await encodeScan({ model: encoder.summary.id, scan }, context);
  const embedding = embeddingOf(await load());
  return Buffer.from(embedding.buffer).toString('base64');
}

/** A number, from the cache where it was measured before. */
async function remembered({ workspace, backend }: EngineContext, key: object, measure: () => Promise<number>): Promise<number> {
  const { document } = await cached(workspace, numberKind, key, async () => {
    await backend();
    return { value: await measure() };
  });
  return document.value;
}
