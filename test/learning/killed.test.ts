import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { RunFolder } from '../../core/learning/run-folder.ts';
import { smallData, temporary } from './support/tiny.ts';

const main = join(import.meta.dirname, '..', '..', 'dist', 'core', 'cli', 'main.js');
// A process of its own needs compiled code: this Node may not run TypeScript.
const compiled = existsSync(main) ? describe : describe.skip;

const encoder = { width: '24', depth: '3', heads: '2', patch: '8,8,8' };
const common = { ...encoder, batch: '1', checkpointSeconds: '0.001' };
const pretraining = {
  ...common,
  'decoder.width': '12',
  'decoder.depth': '1',
  'decoder.heads': '2',
  'head.hidden': '16',
  'head.out': '8',
  globalSize: '16,24,16',
  localSize: '8,16,16',
  locals: '2',
};
const runs: readonly { name: string; verb: string; lives: number; settings: Readonly<Record<string, string>> }[] = [
  {
    name: 'fine-tuning',
    verb: 'finetune',
    lives: 4,
    settings: { ...common, size: '16,24,16', features: '2', crops: '1', validationShare: '0' },
  },
  { name: 'GL-MAE', verb: 'pretrain', lives: 2, settings: { ...pretraining, antiCollapse: 'centre' } },
  { name: 'MAE', verb: 'pretrain', lives: 2, settings: { ...pretraining, method: 'mae' } },
  { name: 'SimMIM', verb: 'pretrain', lives: 2, settings: { ...pretraining, method: 'simmim' } },
];

compiled(existsSync(main) ? 'a run' : 'a run (skipped: dist/ is absent, run npm test)', () => {
  let data: string;
  let work: string;
  beforeAll(() => {
    data = smallData(2);
    work = temporary();
  });
  afterAll(() => {
    for (const folder of [data, work]) rmSync(folder, { recursive: true });
  });
  const stepsOf = (out: string): number[] => {
    try {
      return readdirSync(join(out, 'checkpoints')).flatMap((name) => Number(/^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? []));
    } catch {
      return [];
    }
  };

  /** Kills the process some time after it has written its first checkpoint of this life. */
  const killed = async (args: readonly string[], out: string, after: number): Promise<void> => {
    const known = Math.max(0, ...stepsOf(out));
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
    const timer = setInterval(() => {
      if (Math.max(0, ...stepsOf(out)) <= known) return;
      clearInterval(timer);
      setTimeout(() => child.kill('SIGKILL'), after);
    }, 1);
    expect(await ended, errors).toBe('SIGKILL');
    clearInterval(timer);
  };

  it.each(runs)('of $name killed at any moment has a whole checkpoint and goes on from it', async ({ name, verb, lives, settings }) => {
    const random = seededRandom(Date.now());
    const out = join(work, name);
    const set = Object.entries(settings).flatMap(([setting, value]) => ['--set', `${setting}=${value}`]);
    const start = [verb, '--data', data, '--epochs', '100000', ...set, '--out', out];
    let last = 0;
    for (let life = 0; life < lives; life++) {
      await killed(life === 0 ? start : [verb, '--out', out, '--resume'], out, random.integer(0, 60));
      const { run } = await RunFolder.open(out);
      const found = await run.checkpoints();
      for (const step of found) {
        const file = await readSafetensors(run.checkpointPath(`step-${step}`));
        for (const name of file.names) expect((await file.float32(name)).every(Number.isFinite)).toBe(true);
        await file.close();
      }
      const newest = found.at(-1) ?? 0;
      expect(newest).toBeGreaterThan(last);
      last = newest;
      // Lines of steps that were lost are gone after going on; none is written twice.
      const lines = (await run.metrics()).map((m) => Number(m['step']));
      expect(lines).toEqual(Array.from({ length: lines.length }, (_, i) => i + 1));
      expect(lines.length).toBeGreaterThanOrEqual(newest);
      const leftovers = readdirSync(join(out, 'checkpoints')).filter((name) => name.endsWith('.tmp'));
      expect(leftovers.length).toBeLessThanOrEqual(1);
    }
  });
});
