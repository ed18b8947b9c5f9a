import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { elementCount } from '../../../compute/safetensors-header.ts';
import { readSafetensors } from '../../../compute/safetensors.ts';
import { RunFolder } from '../../../learning/run-folder.ts';
import { modelDocument, readDocument } from '../../../model/saved-model.ts';
import { lockedTest, type Workspace } from '../../../workspace/index.ts';
import type { ModelCard } from '../../api/model-card.ts';
import type { EngineHandler } from '../context.ts';
import { runFolderOf } from '../evaluating/ancestry.ts';
import { seenScans } from '../evaluating/seen-scans.ts';
import { findModel, stepOf, type FoundModel } from './find-models.ts';

/** All that the folder of a model tells of it. */
export const modelCard: EngineHandler<'model-card'> = async ({ model, kind }, { workspace }) => {
  const found = await findModel(workspace, model, kind);
  return { ...(await cardOf(found)), ...(await lockedPartOf(workspace, found)) };
};

/** What the model saw of the scans that are locked away for testing. */
async function lockedPartOf(workspace: Workspace, found: FoundModel): Promise<Pick<ModelCard, 'lockedPart'>> {
  const locked = lockedTest((await workspace.splits()).found);
  if (locked.length === 0) return {};
  const { withLabels, withoutLabels, unknown } = await seenScans(workspace, found, locked);
  const seen = { withLabels: withLabels.length, withoutLabels: withoutLabels.length, unknown };
  return { lockedPart: { scans: locked.length, seen } };
}

/** @throws TesseraError `bad-model`, `bad-checkpoint` */
export async function cardOf(found: FoundModel): Promise<ModelCard> {
  const run = await runOf(found);
  if (found.summary.kind === 'pretrained') {
    const { run: folder, document } = await RunFolder.open(found.folder);
    const { preparation, ...settings } = document.settings;
    const path = await folder.weightsPath(stepOf(found, undefined));
    return { ...found.summary, weights: await weightsAt(path), settings, preparation: recordOf(preparation), provenance: {}, ...run };
  }
  const document = await readDocument(join(found.folder, 'model.json'), modelDocument, 'bad-model', 'Import the model again.');
  const { settings, preparation, provenance } = document;
  const weights = await weightsAt(join(found.folder, 'weights.safetensors'));
  return { ...found.summary, weights, settings: { ...settings }, preparation: { ...preparation }, provenance, ...run };
}

async function runOf(model: FoundModel): Promise<Pick<ModelCard, 'run'>> {
  const place = runFolderOf(model);
  if (place === undefined) return {};
  const { started, seed, settings, versions, data } = (await RunFolder.open(place)).document;
  const scans: Record<string, number> = {};
  for (const { use } of data.cases) scans[use] = (scans[use] ?? 0) + 1;
  return { run: { started, seed, scans, locked: data.lock?.test.length ?? 0, versions, settings } };
}

async function weightsAt(path: string): Promise<ModelCard['weights']> {
  const file = await readSafetensors(path);
  try {
    // A checkpoint holds the teacher and the optimiser's moments, too.
    const own = file.names.filter((name) => name.startsWith('student/'));
    const count = (own.length > 0 ? own : file.names).reduce((sum, name) => sum + elementCount(file.shapeOf(name) ?? []), 0);
    return { count, bytes: (await stat(path)).size, sha256: await hashOf(path) };
  } finally {
    await file.close();
  }
}

export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
