import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { modelChoices, retiredModels, type Workspace } from '../../../workspace/index.ts';
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
export const REQUEST = 'improve.json';

export async function modelHistory(workspace: Workspace): Promise<ModelHistory> {
  const improvements = await Promise.all((await workspace.items('runs')).map((run) => readImprovement(workspace, run)));
  return {
    inUse: (await modelInUse(workspace))?.summary.id ?? null,
    choices: (await modelChoices(workspace)).map((choice) => ({ ...choice })),
    improvements: improvements.filter((one) => one !== undefined).sort((a, b) => b.made.localeCompare(a.made)),
  };
}
