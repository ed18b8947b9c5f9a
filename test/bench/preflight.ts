import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentTask, type Progress } from '../../core/base/task.ts';
import { startBackend, type Backend } from '../../core/compute/index.ts';
import { newTraining } from '../../core/service/api/training.ts';
import { startLap, type Lap } from '../../core/learning/lap.ts';
import { handlers } from '../../core/service/engine/handlers/index.ts';
import type { EngineContext } from '../../core/service/engine/context.ts';
import { createWorkspace, openWorkspace, type Workspace } from '../../core/workspace/index.ts';
import { root } from '../e2e/support/places.ts';

/**
 * What the check before a run says of time and memory, against what the run then takes: five runs on the bundled scans, check and run each in
 * a process of its own. Prints one JSON line.
 */
interface Configuration {
  readonly name: string;
  /** Bundled scans: so many MR crops, or the CT. */
  readonly scans: number | 'ct';
  /** Enough for ten steps or so. */
  readonly job: Readonly<Record<string, unknown>>;
}

const vitT = { width: 192, depth: 12, heads: 3 };
const mr = { spacing: null, intensity: { kind: 'zscore' }, foreground: false };
const configurations: readonly Configuration[] = [
  {
    name: 'GL-MAE, ViT-T, patches of 8, 8 scans a step',
    scans: 16,
    job: { kind: 'pretrain', recipe: 'hippocampus', settings: { epochs: 5 } },
  },
  {
    name: 'GL-MAE, 6 blocks, patches of 4 × 8 × 4, 2 scans a step',
    scans: 8,
    job: {
      kind: 'pretrain',
      recipe: 'hippocampus',
      settings: { epochs: 4, batch: 2, encoder: { ...vitT, depth: 6, patch: [4, 8, 4] }, decoder: { width: 96, depth: 2, heads: 4 } },
    },
  },
  {
    name: 'UNETR, ViT-T, 2 crops of 32 × 48 × 32',
    scans: 10,
    job: { kind: 'finetune', encoder: null, recipe: 'hippocampus', settings: { epochs: 4, validateEvery: 1 } },
  },
  {
    name: 'UNETR, ViT-T, 1 crop of 96 × 96 × 96, 41 organs',
    scans: 'ct',
    job: { kind: 'finetune', encoder: null, settings: { ...vitT, epochs: 5, size: [96, 96, 96], crops: 1 } },
  },
  {
    name: 'SegResNet, 2 crops of 40 × 56 × 40',
    scans: 8,
    job: {
      kind: 'finetune',
      encoder: null,
      network: 'segresnet',
      settings: { epochs: 4, validateEvery: 1, size: [40, 56, 40], preparation: mr },
    },
  },
];

/** What was foreseen, or came about. */
interface Figures {
  readonly step: Lap;
  readonly secondsPerEpoch: number;
  readonly bytes: number;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const [what, at, folder] = process.argv.slice(2);
if (what === undefined) compareAll();
else await measure(what, configurations[Number(at)] ?? noSuch(), folder ?? noSuch());

function compareAll(): void {
  const place = mkdtempSync(join(tmpdir(), 'tessera-preflight-'));
  try {
    const rows = configurations.map(({ name }, n) => {
      say(name);
      const own = join(place, String(n));
      inOtherProcess('import', n, own);
      return { name, predicted: inOtherProcess('check', n, own), measured: inOtherProcess('run', n, own) };
    });
    console.log(JSON.stringify(rows));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function inOtherProcess(step: string, n: number, place: string): Figures {
  const { stdout, status } = spawnSync(process.execPath, [import.meta.filename, step, String(n), place], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${step} failed`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Figures;
}

async function measure(step: string, configuration: Configuration, place: string): Promise<void> {
  if (step === 'import') {
    const workspace = await createWorkspace(place, { name: 'bench' });
    await handlers.import({ paths: [join(root, 'resources', 'samples', set(configuration))] }, contextOf(workspace));
    await workspace.close();
    console.log('{}');
    return;
  }
  const workspace = await openWorkspace(place);
  const { found } = await workspace.scans();
  const scans = found.slice(0, configuration.scans === 'ct' ? 1 : configuration.scans).map(({ id }) => id);
  const job = newTraining.parse({ name: 'bench', probe: false, scans, ...configuration.job });
  console.log(JSON.stringify(await (step === 'check' ? check(job, workspace) : run(job, workspace))));
  await workspace.close();
}

function set({ scans }: Configuration): string {
  return scans === 'ct' ? 'abdomen_ct' : 'hippocampus';
}

async function check(job: ReturnType<typeof newTraining.parse>, workspace: Workspace): Promise<Figures> {
  const { findings, prediction } = await handlers.preflight({ job, trial: true }, contextOf(workspace));
  if (prediction === null) throw new Error(findings[0]?.message ?? 'nothing was predicted');
  const { secondsPerStep, processorSecondsPerStep, secondsPerEpoch, memory } = prediction;
  say(`  ${JSON.stringify(memory)}`);
  const step = { clock: 1000 * secondsPerStep, processor: 1000 * processorSecondsPerStep };
  return { step, secondsPerEpoch, bytes: memory.total };
}

/** The usual step after the first, which reads scans and warms up; epochs after the first with their validations. */
async function run(job: ReturnType<typeof newTraining.parse>, workspace: Workspace): Promise<Figures> {
  const input = { ...job, run: (await workspace.newItem('runs')).id };
  const epochs = Number(job.settings?.['epochs']);
  const steps: Lap[] = [];
  let lap: (() => Lap) | undefined;
  let [epochBegan, epochsMs] = [0, 0];
  const observe = ({ stage, done, total }: Progress): void => {
    if (stage !== 'pre-train' && stage !== 'fine-tune') return;
    if (lap !== undefined) steps.push(lap());
    lap = startLap();
    if (done === total / epochs) epochBegan = performance.now();
    if (done === total) epochsMs = performance.now() - epochBegan;
  };
  const context = contextOf(workspace, observe);
  if (input.kind === 'pretrain') await handlers.pretrain(input, context);
  else await handlers.finetune(input, context);
  return {
    step: { clock: median(steps.map(({ clock }) => clock)), processor: median(steps.map(({ processor }) => processor)) },
    secondsPerEpoch: epochsMs / 1000 / (epochs - 1),
    bytes: process.resourceUsage().maxRSS * 1024,
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function contextOf(workspace: Workspace, observe: (progress: Progress) => void = () => undefined): EngineContext {
  let backend: Promise<Backend> | undefined;
  return {
    workspace,
    task: { ...silentTask, progress: observe },
    emit: () => undefined,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    backend: () => (backend ??= startBackend()),
  };
}

function noSuch(): never {
  throw new Error('There is no such configuration.');
}
