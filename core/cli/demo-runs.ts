import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import { finetune, pretrain, resumeFinetune, resumePretrain, RunFolder, type FinetuneSettings } from '../learning/index.ts';
import { demoPretraining } from './demo-settings.ts';
import type { DemoOptions } from './demo.ts';
import type { Arm } from './demo-story.ts';

/** Pre-trains, or goes on where an earlier call with the same settings stopped. */
export async function pretrained(
  options: DemoOptions,
  data: string,
  out: string,
  leaveOut: ReadonlySet<string>,
  scale: number,
  task: Task,
): Promise<void> {
  const settings = demoPretraining(scale);
  if (await holdsSameRun(out, settings, options)) await resumePretrain(out, task);
  else await pretrain({ data, out, settings, seed: options.seed, backend: options.backend, leaveOut }, task);
}

/** Fine-tunes one arm, or goes on with it. */
export async function finetuned(
  options: DemoOptions,
  data: string,
  out: string,
  init: string | undefined,
  ids: readonly string[],
  settings: FinetuneSettings,
  arm: Arm,
  task: Task,
): Promise<void> {
  const named: Task = {
    ...task,
    progress: (update) => {
      task.progress({ ...update, stage: `${update.stage} (${arm})` });
    },
  };
  if (await holdsSameRun(out, settings, options)) await resumeFinetune(out, named);
  else
    await finetune(
      { data, out, settings, seed: options.seed, backend: options.backend, split: { ids }, ...(init === undefined ? {} : { init }) },
      named,
    );
}

async function holdsSameRun(path: string, settings: unknown, options: DemoOptions): Promise<boolean> {
  const found = await stat(join(path, 'run.json')).catch(() => undefined);
  if (found === undefined) return false;
  const { document } = await RunFolder.open(path);
  if (isDeepStrictEqual(document.settings, JSON.parse(JSON.stringify(settings))) && document.seed === options.seed) return true;
  throw new TesseraError('bad-setting', 'holds a demo with other settings.', {
    subject: options.out,
    advice: 'Give another folder with --out.',
  });
}
