import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GeometryDocument } from '../../core/service/api/common.ts';
import { createApp } from '../../core/service/app.ts';
import { engineProgram } from '../../core/service/engine/program.ts';
import { Host } from '../../core/service/host.ts';

/**
 * Times questions to a model while a network trains, through the host and its engine processes: from the question to the answer. Prints one JSON
 * line of rows as test/bench/workstation.ts.
 */
interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms';
  readonly goal?: number;
}

const QUESTIONS = 10;
const GOAL_MS = 2000;
const SCANS = 16;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'tessera-yield-'));
const host = new Host({ version: 'bench', desktop: false, work: { engineProgram: engineProgram() } });
try {
  await host.openWorkspace(join(folder, 'workspace'));
  console.log(JSON.stringify(await measured()));
} finally {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measured(): Promise<Row[]> {
  const app = createApp(host);
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const init = body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await app.request(`/api${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const begin = async (job: object): Promise<{ id: string; run: string }> => {
    const { id, result } = await ask<{ id: string; result?: { run?: string } }>('/jobs', job);
    return { id, run: result?.run ?? '' };
  };
  /** Steps that it has done. */
  const steps = async (run: string): Promise<number> => (await ask<{ last: number }>(`/runs/${run}/metrics?after=0`)).last;

  await ask('/samples', {});
  await until(async () => (await ask<{ state: string }[]>('/jobs')).every(({ state }) => state === 'done'));
  const listed = (await ask<{ scans: { id: string; title: string }[] }>('/scans')).scans;
  const scans = listed
    .filter(({ title }) => title.includes('hippocampus'))
    .slice(0, SCANS)
    .map(({ id }) => id);
  const views = await Promise.all(
    scans.map(async (id) => {
      const { geometry } = await ask<{ geometry: GeometryDocument }>(`/scans/${id}`);
      return { scan: id, maskRatio: 0.75, view: { kind: 'local', centre: middleOf(geometry) } };
    }),
  );
  say('a model to ask');
  const model = await begin({ kind: 'pretrain', name: 'asked', scans, recipe: 'hippocampus', probe: false, settings: { epochs: 1 } });
  await until(async () => (await ask<{ state: string }>(`/jobs/${model.id}`)).state === 'done');
  const rows: Row[] = [];
  for (const [name, job] of [
    ['pre-training', { kind: 'pretrain', name: 'asking', scans, recipe: 'hippocampus', probe: false, settings: { epochs: 1000 } }],
    [
      'fine-tuning',
      { kind: 'finetune', name: 'asking', scans, recipe: 'hippocampus', encoder: null, settings: { epochs: 1000, validateEvery: 2 } },
    ],
  ] as const) {
    say(name);
    const training = await begin(job);
    await until(async () => (await steps(training.run)) > 1);
    for (const [what, question] of [
      ['features (asks the network)', (n: number) => ask('/features', { model: model.run, scan: scans[n] })],
      ['reconstruction (asks the network)', (n: number) => ask('/inspect', { model: model.run, ...views[n], seed: 1 })],
      ['masked view', (n: number) => ask('/inspect/view', { model: model.run, ...views[n], seed: 2 })],
    ] as const) {
      const times: number[] = [];
      for (let n = 0; n < QUESTIONS; n++) {
        const before = await steps(training.run);
        const began = performance.now();
        await question(n);
        times.push(performance.now() - began);
        // The next comes at another moment of a step.
        await until(async () => (await steps(training.run)) > before);
      }
      times.sort((a, b) => a - b);
      say(`  ${what}: ${times.map(Math.round).join(' ')} ms`);
      rows.push(
        { what: `${name}: ${what}, median`, value: times[QUESTIONS >> 1] ?? NaN, unit: 'ms', goal: GOAL_MS },
        { what: `${name}: ${what}, worst`, value: times.at(-1) ?? NaN, unit: 'ms', goal: GOAL_MS },
      );
    }
    const { lines } = await ask<{ lines: { milliseconds?: number }[] }>(`/runs/${training.run}/metrics?after=0`);
    const each = lines.flatMap(({ milliseconds }) => milliseconds ?? []).sort((a, b) => a - b);
    // Nobody is answered in the middle of one.
    rows.push({ what: `${name}: a step, median`, value: each[each.length >> 1] ?? NaN, unit: 'ms' });
    await ask(`/jobs/${training.id}/cancel`, {});
    await until(async () => (await ask<{ state: string }>(`/jobs/${training.id}`)).state === 'cancelled');
  }
  return rows;
}

function middleOf({ dims, spacing, origin, direction }: GeometryDocument): number[] {
  return origin.map((at, axis) =>
    direction.reduce((sum, unit, i) => sum + (((dims[i] ?? 1) - 1) / 2) * (spacing[i] ?? 1) * (unit[axis] ?? 0), at),
  );
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 200));
}
