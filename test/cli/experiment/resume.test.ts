import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planCells } from '../../../core/cli/experiment/plan.ts';
import type { Recipe } from '../../../core/cli/experiment/recipe.ts';
import { readResults, type Results } from '../../../core/cli/experiment/results.ts';
import { runExperiment } from '../../../core/cli/experiment/run-experiment.ts';
import { setUpExperiment, type Experiment } from '../../../core/cli/experiment/setup.ts';
import type { Progress } from '../../../core/base/task.ts';
import { startBackend } from '../../../core/compute/index.ts';
import { smallData, temporary, tinyFinetuning, tinyPretraining } from '../../learning/support/tiny.ts';

const recipe: Recipe = {
  pretraining: () => tinyPretraining({ epochs: 2, encoder: { width: 24, depth: 3, heads: 2, patch: [8, 8, 8] } }),
  finetuning: () => tinyFinetuning({ epochs: 4, validateEvery: 2 }),
};
const cells = planCells({ arms: ['gl-mae', 'scratch'], labels: [2], seeds: 1 });

describe('an experiment', () => {
  const folders: string[] = [];
  let data: string;
  let whole: Results;

  const setUp = async (out: string, resume: boolean): Promise<Experiment> =>
    setUpExperiment({ data, out, split: { seed: 0, training: 4, validation: 2 }, recipe, backend: await startBackend(), resume });

  /** Runs until something happens, as if it were cancelled there; nothing runs on a signal that is aborted already. */
  const runUntil = async (out: string, resume: boolean, stop: (event: Progress | string) => boolean): Promise<string[]> => {
    const controller = new AbortController();
    const finished: string[] = [];
    const look = (event: Progress | string): void => {
      if (stop(event)) controller.abort();
    };
    const done = runExperiment(await setUp(out, resume), cells, { signal: controller.signal, progress: look }, (what) => {
      finished.push(what);
      look(what);
    });
    await done.catch((error: unknown) => {
      if (!controller.signal.aborted) throw error;
    });
    return finished;
  };

  const during =
    (stage: string, done: number) =>
    (event: Progress | string): boolean =>
      typeof event !== 'string' && event.stage.startsWith(stage) && event.done === done;

  const newFolder = (): string => {
    const folder = temporary();
    folders.push(folder);
    return join(folder, 'experiment');
  };

  /** What must not depend on interruptions: all but the clock. */
  const timeless = ({ cells: done, pretrainings }: Results): unknown => ({
    cells: done.map(({ arm, curve, chosen, test, steps }) => ({ arm, curve, chosen, test, steps })),
    pretrainings: pretrainings.map(({ arm, steps, probe, reconstruction, health }) => ({ arm, steps, probe, reconstruction, health })),
  });

  beforeAll(async () => {
    data = smallData(8);
    folders.push(data);
    const out = newFolder();
    const finished = await runUntil(out, false, () => false);
    expect(finished).toEqual(['pre-training gl-mae, seed 0', 'gl-mae, 2 labels, seed 0', 'scratch, 2 labels, seed 0']);
    whole = await readResults(out);
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it('tests each cell on the scans that no run has seen', async () => {
    const out = newFolder();
    const { split } = await setUp(out, false);
    for (const { test, training } of whole.cells) {
      expect(test.cases.map((c) => c.case)).toEqual(split.test);
      expect(training).toHaveLength(2);
      expect(split.training).toEqual(expect.arrayContaining(training));
    }
    expect(whole.cells.map(({ curve }) => curve.map(([step]) => step))).toEqual([
      [4, 8],
      [4, 8],
    ]);
    expect(whole.pretrainings[0]?.reconstruction.map(({ maskRatio, scans }) => [maskRatio, scans])).toEqual([
      [0.5, 2],
      [0.75, 2],
      [0.9, 2],
    ]);
  });

  it('goes on where it was stopped between two cells', async () => {
    const out = newFolder();
    expect(await runUntil(out, false, (event) => event === 'gl-mae, 2 labels, seed 0')).toHaveLength(2);
    expect((await readResults(out)).cells.map(({ arm }) => arm)).toEqual(['gl-mae']);
    expect(await runUntil(out, true, () => false)).toEqual(['scratch, 2 labels, seed 0']);
    expect(timeless(await readResults(out))).toEqual(timeless(whole));
    // Everything is there: nothing is run again.
    expect(await runUntil(out, true, () => false)).toEqual([]);
  });

  it('goes on where it was stopped within a pre-training, a fine-tuning and a test', async () => {
    const out = newFolder();
    await runUntil(out, false, during('pre-train', 1));
    await runUntil(out, true, during('fine-tune (gl-mae', 3));
    await runUntil(out, true, during('test', 1));
    expect((await readResults(out)).cells).toEqual([]);
    expect(await runUntil(out, true, () => false)).toEqual(['gl-mae, 2 labels, seed 0', 'scratch, 2 labels, seed 0']);
    expect(timeless(await readResults(out))).toEqual(timeless(whole));
  });

  it('begins no second experiment in a folder without being told to go on', async () => {
    const out = newFolder();
    await setUp(out, false);
    await expect(setUp(out, false)).rejects.toMatchObject({ code: 'bad-setting', subject: out });
    expect((await setUp(out, true)).split.test).toHaveLength(2);
  });

  it('takes no run with other settings for its own', async () => {
    const out = newFolder();
    await runUntil(out, false, during('pre-train', 1));
    const changed = { ...(await setUp(out, true)), recipe: { ...recipe, pretraining: () => tinyPretraining({ epochs: 3 }) } };
    const task = { signal: new AbortController().signal, progress: (): void => undefined };
    await expect(runExperiment(changed, cells, task, () => undefined)).rejects.toMatchObject({ code: 'bad-setting' });
  });
});
