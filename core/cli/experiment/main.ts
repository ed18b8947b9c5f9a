import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { describeError, TesseraError } from '../../base/errors.ts';
import { projectFolder } from '../../base/project-folder.ts';
import { isCancelled } from '../../base/task.ts';
import { startBackend } from '../../compute/index.ts';
import { ProgressLine } from '../progress-line.ts';
import { writePage } from './page.ts';
import { arms, experiments, planCells, type Arm, type ExperimentName } from './plan.ts';
import { hippocampusRecipe, smallRecipe } from './recipe.ts';
import { runExperiment, runPretrainings } from './run-experiment.ts';
import { setUpExperiment } from './setup.ts';

const usage = `npm run experiment -- hippocampus|consistency [options]

  hippocampus       UNETR from scratch, after MAE, after GL-MAE without and with consistency, and SegResNet, with few and many labels
  consistency       forms of the consistency term: meters, probe, fine-tuning with 10 labels

  --out DIR         folder of runs and results (experiments/hippocampus)
  --data DIR        folder with images/ and labels/ (../shared/data/hippocampus_msd)
  --resume          go on with what the folder holds
  --seeds N         seeds 0 to N − 1 (1)
  --arms A,B        only these: ${arms.join(', ')}
  --labels N,N      only with so many labelled scans
  --small           with a smaller encoder and shorter pre-training, into experiments/hippocampus-small
  --probe-only      pre-train, probe and reconstruct, but fine-tune nothing
  --minutes N       stop after so long, to be gone on with by --resume
  --threads N       of the processor (all)
  --report          run nothing: write docs/experiment.md and its pictures from the results that there are
`;

const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    data: { type: 'string' },
    resume: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '1' },
    arms: { type: 'string' },
    labels: { type: 'string' },
    small: { type: 'boolean', default: false },
    'probe-only': { type: 'boolean', default: false },
    minutes: { type: 'string' },
    threads: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
});
const root = projectFolder();
const out = o.out ?? join(root, 'experiments', o.small ? 'hippocampus-small' : 'hippocampus');
const controller = new AbortController();
/** The first asks for a stop at a good place; the second does not ask. */
const interrupt = (): void => {
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
};
process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

try {
  const experiment = named(positionals[0]);
  if (o.report) await writePage(out, join(root, 'docs'));
  else await run(experiments[experiment]);
  process.exit(0);
} catch (error) {
  if (isCancelled(error)) {
    say('stopped; go on with --resume');
    process.exit(o.minutes === undefined ? 130 : 0);
  }
  say(describeError(error));
  process.exit(1);
}

async function run(plan: { readonly arms: readonly Arm[]; readonly labels: readonly number[] }): Promise<void> {
  const cells = planCells({
    arms: o.arms === undefined ? plan.arms : o.arms.split(',').map(armNamed),
    labels: o.labels === undefined ? plan.labels : o.labels.split(',').map((text) => wholeNumber('--labels', text)),
    seeds: wholeNumber('--seeds', o.seeds),
  });
  const timer = o.minutes === undefined ? undefined : setTimeout(interrupt, 60_000 * wholeNumber('--minutes', o.minutes));
  timer?.unref();
  const backend = await startBackend('auto', o.threads === undefined ? {} : { threads: wholeNumber('--threads', o.threads) });
  const bundled = await bundledSplit();
  const experiment = await setUpExperiment({
    data: o.data ?? join(root, '..', 'shared', 'data', 'hippocampus_msd'),
    out,
    // The bundled scans that the demonstration tests on are tested on here too, so that no model that is shipped has seen them.
    split: { seed: 0, training: 140, validation: 20, alwaysTest: bundled.test, neverTest: bundled.training },
    recipe: o.small ? smallRecipe : hippocampusRecipe,
    backend,
    resume: o.resume,
  });
  const line = new ProgressLine(process.stderr);
  const task = {
    signal: controller.signal,
    progress: (update: Parameters<ProgressLine['update']>[0]): void => {
      line.update(update);
    },
  };
  const finished = (what: string): void => {
    line.clear();
    say(`finished: ${what}`);
  };
  await (o['probe-only'] ? runPretrainings : runExperiment)(experiment, cells, task, finished);
  line.clear();
}

function named(text: string | undefined): ExperimentName {
  if (text === 'hippocampus' || text === 'consistency') return text;
  process.stderr.write(usage);
  process.exit(text === undefined ? 0 : 2);
}

function armNamed(text: string): Arm {
  const found = arms.find((arm) => arm === text);
  if (found === undefined)
    throw new TesseraError('usage', `has no arm ${text}.`, { subject: '--arms', advice: `There are: ${arms.join(', ')}.` });
  return found;
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new TesseraError('usage', `is ${text}, no whole number above 0.`, { subject: option });
}

async function bundledSplit(): Promise<{ readonly training: string[]; readonly test: string[] }> {
  const path = join(root, 'resources', 'samples', 'hippocampus', 'split.json');
  return z.object({ training: z.array(z.string()), test: z.array(z.string()) }).parse(JSON.parse(await readFile(path, 'utf8')));
}

function say(text: string): void {
  process.stderr.write(`experiment: ${text}\n`);
}
