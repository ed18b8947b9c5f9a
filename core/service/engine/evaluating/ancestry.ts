import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { RunFolder, type RunDocument } from '../../../learning/run-folder.ts';
import type { FoundModel } from '../handlers/find-models.ts';

/** How the weights of a model came about. */
export interface Ancestry {
  /** Runs that made them, the model's own first, as far back as they are here. */
  readonly runs: readonly RunDocument[];
  /** The pre-trained model among them that was come to first. */
  readonly root?: FoundModel;
  /** Some of the weights came from elsewhere, or from what is no longer here: the runs are not all. */
  readonly unknown: boolean;
}

/**
 * Goes back from model to model to where the weights began.
 * @param models all of the workspace
 * @throws TesseraError `bad-checkpoint` for a run on the way that cannot be read
 */
export async function ancestryOf(model: FoundModel, models: readonly FoundModel[]): Promise<Ancestry> {
  const runs: RunDocument[] = [];
  const visited = new Set<string>();
  let root: FoundModel | undefined;
  const past = (unknown: boolean): Ancestry => ({ runs, unknown, ...(root === undefined ? {} : { root }) });
  for (let at: FoundModel | undefined = model; at !== undefined && !visited.has(at.folder);) {
    visited.add(at.folder);
    if (at.summary.kind === 'pretrained') root ??= at;
    const folder = runFolderOf(at);
    if (folder === undefined) return past(true);
    const { document } = await RunFolder.open(folder);
    runs.push(document);
    // What went before it was told by the names of another place.
    if (document.extra['imported'] === true) return past(true);
    const { init, encoder } = beginning.parse(document.extra);
    if (init === null && encoder === null) return past(false);
    at = beganWith(init, encoder, models);
  }
  return past(true);
}

/** The folder of the run that made a model, where it lies beside it: a run keeps its model in a folder below its own. */
export function runFolderOf({ folder }: Pick<FoundModel, 'folder'>): string | undefined {
  return [folder, dirname(folder)].find((each) => existsSync(join(each, 'run.json')));
}

/** Weights that a run began with: their folder, and in the workspace the id of the model. */
const beginning = z.object({ init: z.string().nullable().default(null), encoder: z.string().nullable().default(null) });

function beganWith(init: string | null, encoder: string | null, models: readonly FoundModel[]): FoundModel | undefined {
  const here = models.find((model) => model.folder === init || (init !== null && runFolderOf(model) === init));
  if (here !== undefined) return here;
  // The workspace may have been moved since, so that the whole path leads nowhere.
  const names = new Set([encoder, ...(init ?? '').split(/[\\/]/)]);
  return models.find(({ summary }) => names.has(summary.id));
}
