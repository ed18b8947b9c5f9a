// The recipe of the demo, chosen without its test cases: fine-tunes both arms on its ten labelled scans over several seeds and measures them on
// the training scans whose labels the demo does not use. `node dist/test/bench/demo-recipe.js --out DIR` prints a table; see the options below.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../../core/base/project-folder.ts';
import { silentTask } from '../../core/base/task.ts';
import { bootstrapMeanDifference } from '../../core/evaluation/bootstrap.ts';
import { segmentAndEvaluate } from '../../core/cli/demo-measure.ts';
import { demoFinetuning, demoPretraining } from '../../core/cli/demo-settings.ts';
import { arms, type Arm, type DemoExample } from '../../core/cli/demo-story.ts';
import { startBackend } from '../../core/compute/index.ts';
import { finetune, finetuneSettings, pretrain, pretrainSettings } from '../../core/learning/index.ts';

const { values: o } = parseArgs({
  options: {
    out: { type: 'string' },
    /** Pre-training runs to start from, one for each seed in turn; without them each seed pre-trains. */
    pretrained: { type: 'string' },
    /** JSON of settings that differ from the demo's. */
    pretraining: { type: 'string', default: '{}' },
    finetuning: { type: 'string', default: '{}' },
    /** The same, for one arm alone. */
    transfer: { type: 'string', default: '{}' },
    scratch: { type: 'string', default: '{}' },
    seeds: { type: 'string', default: '0,1,2' },
    arms: { type: 'string', default: arms.join() },
    threads: { type: 'string' },
  },
});
if (o.out === undefined) throw new Error('needs --out');
const { out } = o;
const changed = (settings: string): Record<string, unknown> => JSON.parse(settings) as Record<string, unknown>;
const data = join(projectFolder(), 'resources', 'samples', 'hippocampus');
const split = JSON.parse(await readFile(join(data, 'split.json'), 'utf8')) as Record<'training' | 'labelled' | 'test', string[]>;
const measured = split.training.filter((id) => !split.labelled.includes(id));
const given = o.pretrained?.split(',') ?? [];
const seeds = o.seeds.split(',').map(Number);
const chosen = arms.filter((arm) => o.arms.split(',').includes(arm));
const backend = await startBackend('auto', o.threads === undefined ? {} : { threads: Number(o.threads) });

const found: Record<Arm, number[][]> = { 'pre-trained': [], scratch: [] };
for (const [n, seed] of seeds.entries()) {
  const init = given[n % Math.max(1, given.length)] ?? (chosen.includes('pre-trained') ? await pretrained(seed) : '');
  for (const arm of chosen) {
    const began = process.cpuUsage();
    found[arm].push(await finetuned(arm, init, seed));
    const used = process.cpuUsage(began);
    const spent = ((used.user + used.system) / 1e6).toFixed(0);
    process.stderr.write(`seed ${String(seed)} ${arm}: ${mean(found[arm].at(-1) ?? []).toFixed(3)} (${spent} s of processor time)\n`);
  }
}
for (const arm of chosen)
  console.log(arm.padEnd(12), found[arm].map((each) => mean(each).toFixed(3)).join(' '), '  mean', mean(found[arm].map(mean)).toFixed(3));
if (chosen.length === arms.length) {
  const of = (arm: Arm): number[] => measured.map((_, c) => mean(found[arm].map((each) => each[c] ?? NaN)));
  const { mean: difference, low, high } = bootstrapMeanDifference(of('scratch'), of('pre-trained'));
  console.log(
    'difference'.padEnd(12),
    `${difference.toFixed(3)} (${low.toFixed(3)} … ${high.toFixed(3)} over ${String(measured.length)} cases)`,
  );
}
process.exit(0);

async function pretrained(seed: number): Promise<string> {
  const folder = join(out, `pretraining-${String(seed)}`);
  const settings = pretrainSettings.parse({ ...demoPretraining(1), ...changed(o.pretraining) });
  const began = process.cpuUsage();
  const run = await pretrain({ data, out: folder, settings, seed, backend, leaveOut: new Set(split.test) }, silentTask);
  const used = process.cpuUsage(began);
  const last = (await run.metrics()).at(-1);
  const spent = ((used.user + used.system) / 1e6).toFixed(0);
  process.stderr.write(`${folder}: ${JSON.stringify(last)} (${spent} s of processor time)\n`);
  return folder;
}

/** Mean Dice of both parts in each measured case. */
async function finetuned(arm: Arm, init: string, seed: number): Promise<number[]> {
  const folder = join(out, `${arm}-${String(seed)}`);
  await rm(folder, { recursive: true, force: true });
  const ownChanges = changed(arm === 'scratch' ? o.scratch : o.transfer);
  const settings = finetuneSettings.parse({ ...demoFinetuning(1, backend, arm), ...changed(o.finetuning), ...ownChanges });
  const start = arm === 'scratch' ? {} : { init };
  await finetune({ data, out: folder, settings, seed, backend, split: { ids: split.labelled }, ...start }, silentTask);
  const cases = measured.map((id): DemoExample => {
    const predictions = { 'pre-trained': join(folder, 'labels', `${id}.nii.gz`), scratch: join(folder, 'labels', `${id}.nii.gz`) };
    return { id, scan: join(data, 'images', `${id}.nii.gz`), reference: join(data, 'labels', `${id}.nii.gz`), predictions };
  });
  const evaluation = await segmentAndEvaluate(cases, folder, arm, silentTask);
  return evaluation.cases.map((c) => mean(c.segments.map((s) => s.dice ?? 0)));
}

function mean(of: readonly number[]): number {
  return of.reduce((sum, x) => sum + x, 0) / of.length;
}
