import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { TesseraError } from '../../base/errors.ts';
import type { Task } from '../../base/task.ts';
import { parseFinetuneSettings } from '../../learning/finetune-settings.ts';
import { finetune, pretrain, pretrainSettings, resumeFinetune, resumePretrain, RunFolder, type Metrics } from '../../learning/index.ts';
import { labelledCases } from './case-split.ts';
import { isPretrained, type Cell, type PretrainedArm } from './plan.ts';
import { cellFolder, pretrainingFolder } from './results.ts';
import type { Experiment } from './setup.ts';

/** Pre-trains on the training scans, or goes on where an earlier call stopped. @returns the run's folder */
export async function pretrained(experiment: Experiment, arm: PretrainedArm, seed: number, task: Task): Promise<string> {
  const { data, out, split, backend, recipe } = experiment;
  const folder = join(out, pretrainingFolder(arm, seed));
  const settings = recipe.pretraining(arm);
  const named = under(task, arm);
  if (await holdsRun(folder, settings, seed)) await resumePretrain(folder, named);
  else await pretrain({ data, out: folder, settings, seed, backend, leaveOut: new Set([...split.validation, ...split.test]) }, named);
  return folder;
}

/** Fine-tunes the network of a cell, or goes on with it. @returns the run's folder */
export async function finetuned(experiment: Experiment, cell: Cell, task: Task): Promise<string> {
  const { data, out, split, backend, recipe } = experiment;
  const { arm, labels, seed } = cell;
  const folder = join(out, cellFolder(cell));
  const settings = recipe.finetuning(arm, labels);
  const named = under(task, `${arm}, ${String(labels)} labels`);
  if (await holdsRun(folder, settings, seed)) await resumeFinetune(folder, named);
  else
    await finetune(
      {
        data,
        out: folder,
        settings,
        seed,
        backend,
        parts: { training: labelledCases(split, labels, seed), validation: split.validation },
        ...(isPretrained(arm) ? { init: join(out, pretrainingFolder(arm, seed)) } : {}),
      },
      named,
    );
  return folder;
}

/** Wall time of the steps of a run, and how many there were. */
export function stepsOf(metrics: readonly Metrics[]): { readonly steps: number; readonly seconds: number } {
  const times = metrics.map(({ milliseconds }) => milliseconds).filter((ms) => typeof ms === 'number');
  return { steps: times.length, seconds: times.reduce((sum, ms) => sum + ms, 0) / 1000 };
}

async function holdsRun(folder: string, settings: unknown, seed: number): Promise<boolean> {
  const found = await stat(join(folder, 'run.json')).catch(() => undefined);
  if (found === undefined) return false;
  const { document } = await RunFolder.open(folder);
  // Settings that are younger than the run have their defaults.
  const held = document.kind === 'pretrain' ? pretrainSettings.parse(document.settings) : parseFinetuneSettings(document.settings);
  if (isDeepStrictEqual(held, settings) && document.seed === seed) return true;
  throw new TesseraError('bad-setting', 'holds a run with other settings than the experiment has.', {
    subject: folder,
    advice: 'Give another folder with --out, or move that run away.',
  });
}

function under(task: Task, name: string): Task {
  return {
    ...task,
    progress: (update) => {
      task.progress({ ...update, stage: `${update.stage} (${name})` });
    },
  };
}
