import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { TesseraError } from '../../../base/errors.ts';
import { modelChoices, retiredModels, type Workspace } from '../../../workspace/index.ts';
import { count, id } from '../../api/common.ts';
import { improvement, type Improvement, type ModelHistory } from '../../api/improvements.ts';
import { findModels, type FoundModel } from '../handlers/find-models.ts';

/** Lies in the folder of the run that made the model. */
const FILE = 'improvement.json';

export async function writeImprovement(workspace: Workspace, made: Improvement): Promise<void> {
  const path = join(workspace.itemPath('runs', made.model), FILE);
  await writeFileAtomic(path, JSON.stringify({ schema: 'tessera-improvement/1', ...made }, null, 2) + '\n');
}

export async function readImprovement(workspace: Workspace, run: string): Promise<Improvement | undefined> {
  try {
    return improvement.parse(JSON.parse(await readFile(join(workspace.itemPath('runs', run), FILE), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Models that the program may choose by itself: all that are not retired, the newest first. */
export async function offeredModels(workspace: Workspace): Promise<FoundModel[]> {
  const [models, retired] = await Promise.all([findModels(workspace), retiredModels(workspace)]);
  return models.filter(({ summary }) => !retired.has(summary.id));
}

/** The model that was chosen last and is still offered; else the newest that segments, unless it is an improvement that nobody took. @param models those offered */
export async function modelInUse(workspace: Workspace, models?: readonly FoundModel[]): Promise<FoundModel | undefined> {
  const segmenting = (models ?? (await offeredModels(workspace))).filter(({ summary }) => summary.kind === 'segmentation');
  for (const { model } of [...(await modelChoices(workspace))].reverse()) {
    const chosen = segmenting.find(({ summary }) => summary.id === model);
    if (chosen !== undefined) return chosen;
  }
  return segmenting.find(({ summary }) => !isImprovement(workspace, summary.id));
}

/** From the beginning of its run on. */
function isImprovement(workspace: Workspace, model: string): boolean {
  return existsSync(join(workspace.itemPath('runs', model), REQUEST));
}

/** Marks a run as that of an improvement before it has come to a model. */
const REQUEST = 'improve.json';

const request = z.object({
  /** The model that was in use when it began. */
  old: id.nullable(),
  /** Scans with labels that were not all done; missing in the first markers. */
  leftOut: count.default(0),
});
export type ImprovementRequest = z.infer<typeof request>;

/** Kept from the beginning: hours later, or after a restart, other models may be in use and other labels done. */
export async function writeRequest(workspace: Workspace, run: string, asked: ImprovementRequest): Promise<void> {
  const path = join(workspace.itemPath('runs', run), REQUEST);
  await writeFileAtomic(path, JSON.stringify({ schema: 'tessera-improve/1', ...asked }) + '\n');
}

/** @throws TesseraError `bad-file` */
export async function readRequest(workspace: Workspace, run: string): Promise<ImprovementRequest> {
  try {
    return request.parse(JSON.parse(await readFile(join(workspace.itemPath('runs', run), REQUEST), 'utf8')));
  } catch (cause) {
    throw new TesseraError('bad-file', 'does not say which model was to be improved.', {
      subject: REQUEST,
      advice: 'Hold the new model against the old one in the models room.',
      cause,
    });
  }
}

export async function modelHistory(workspace: Workspace): Promise<ModelHistory> {
  const improvements = await Promise.all((await workspace.items('runs')).map((run) => readImprovement(workspace, run)));
  return {
    inUse: (await modelInUse(workspace))?.summary.id ?? null,
    choices: (await modelChoices(workspace)).map((choice) => ({ ...choice })),
    improvements: improvements.filter((one) => one !== undefined).sort((a, b) => b.made.localeCompare(a.made)),
  };
}
