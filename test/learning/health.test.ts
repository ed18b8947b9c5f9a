import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import { startBackend, type Backend } from '../../core/compute/index.ts';
import { BLOCK, healthEvents, healthLine, HealthMonitor, type HealthContext } from '../../core/learning/health.ts';
import { pretrain, resumePretrain, type Metrics } from '../../core/learning/index.ts';
import { recorded, smallData, temporary, tinyPretraining } from './support/tiny.ts';

const K = 512;
const FLAT = Math.log(K);
const STEPS = 1000;
const context: HealthContext = { warmupSteps: 100, outputs: K };

/** A run that learns: losses fall towards a floor, the teacher is sharp and differs from scan to scan; reconstruction, spread and gradient with 10 % of noise. */
function healthy(step: number): Record<string, number> {
  const falling = Math.exp(-step / 200);
  return {
    reconstructionGlobal: 0.02 + 0.08 * falling,
    reconstructionLocal: 0.01 + 0.09 * falling,
    consistency: 5 + 1.2 * falling,
    entropy: 0.88 * FLAT,
    meanEntropy: 0.95 * FLAT,
    spread: 0.09,
    gradientNorm: 1 + 3 * falling,
  };
}

function watch(changes: (step: number) => Readonly<Record<string, number>>, given = context, steps = STEPS): Metrics[] {
  const random = seededRandom(5);
  const monitor = new HealthMonitor(given);
  const said: Metrics[] = [];
  for (let step = 1; step <= steps; step++) {
    const exact = { ...healthy(step), ...changes(step) };
    const noisy = Object.fromEntries(
      Object.entries(exact).map(([name, value]) => [
        name,
        name.includes('ntropy') || name === 'consistency' ? value : value * (1 + 0.1 * random.normal()),
      ]),
    );
    const { reconstructionGlobal = 0, reconstructionLocal = 0, consistency = 0 } = noisy;
    const line = { step, loss: reconstructionGlobal + reconstructionLocal + consistency, ...noisy };
    for (const finding of monitor.observe(line)) said.push(healthLine(step, finding));
  }
  return said;
}

describe('the health of a run', () => {
  it('is said to be good where it is', () => {
    expect(watch(() => ({}))).toEqual([]);
    // A head whose outputs are standardised may have small ones.
    expect(watch(() => ({ spread: 1e-3 }), { ...context, standardised: true })).toEqual([]);
    // Outputs are flat at the start of every run.
    expect(watch((step) => (step < 100 ? { entropy: FLAT, meanEntropy: FLAT, consistency: FLAT, spread: 1e-3 } : {}))).toEqual([]);
  });

  it.each([
    ['one-bin', (step: number) => (step < 300 ? {} : { entropy: 0.01, meanEntropy: 0.02, consistency: 0.01, spread: 3e-4 }), 300],
    ['flat', () => ({ entropy: FLAT * 0.9999, meanEntropy: FLAT, consistency: FLAT * 1.0005, spread: 2e-4 }), 100],
    ['inactive', () => ({ spread: 5e-3 }), 100],
    ['diverging', (step: number) => (step < 600 ? {} : { reconstructionGlobal: 0.3 + (step - 600) / 100 }), 600],
    ['gradient', (step: number) => (step < 700 ? {} : { gradientNorm: 80 }), 700],
    ['no-learning', () => ({ reconstructionGlobal: 0.1, reconstructionLocal: 0.1 }), 300],
  ])('%s is named once, soon after it begins, with advice', (code, changes, from) => {
    const said = watch(changes);
    expect(said.map((line) => line['code'])).toEqual([code]);
    const [{ step, message, advice } = {}] = said;
    expect(Number(step)).toBeGreaterThanOrEqual(from);
    expect(Number(step)).toBeLessThanOrEqual(from + 4 * BLOCK);
    expect(String(message)).toMatch(/^[A-Z].*\.$/);
    expect(String(advice)).toMatch(/^[A-Z].*\.$/);
    expect(healthEvents(said)).toMatchObject([{ step, code, message, advice }]);
  });

  it('names what went away and came again once more', () => {
    const said = watch((step) => (Math.floor(step / 250) % 2 === 1 ? { spread: 1e-3 } : {}));
    expect(said.map((line) => line['code'])).toEqual(['inactive', 'inactive']);
  });

  it('asks for no consistency where there is none', () => {
    const monitor = new HealthMonitor({ warmupSteps: 10 });
    for (let step = 1; step <= STEPS; step++) expect(monitor.observe({ step, loss: 1 / step, gradientNorm: 1 })).toEqual([]);
  });
});

describe('a real run without a guard against collapse', () => {
  let backend: Backend;
  let work: string;
  let data: string;
  beforeAll(async () => {
    backend = await startBackend();
    data = smallData(4);
    work = temporary();
  }, 180_000);
  afterAll(() => {
    for (const folder of [data, work]) rmSync(folder, { recursive: true });
  });

  it('is found to have collapsed into one bin (method 6.4), once, and again once when it is resumed', async () => {
    const settings = tinyPretraining({
      antiCollapse: 'none',
      head: { hidden: 64, out: 32 },
      batch: 4,
      globals: 2,
      emaStart: 0.9,
      learningRate: 3e-3,
      epochs: 120,
    });
    const whole = { data, out: `${work}/whole`, settings, seed: 1, backend };
    await pretrain(whole, silentTask);
    const metrics = await recorded(whole.out);
    const found = healthEvents(metrics);
    expect(found.map(({ code }) => code)).toContain('one-bin');
    const { step = 0 } = found.find(({ code }) => code === 'one-bin') ?? {};
    const at = metrics.find((line) => line['step'] === step);
    expect(Number(at?.['meanEntropy'])).toBeLessThan(0.2 * Math.log(32));

    const parts = { ...whole, out: `${work}/parts` };
    await pretrain({ ...parts, stopAfter: step + 5 }, silentTask);
    await resumePretrain(parts.out, silentTask);
    expect(await recorded(parts.out)).toEqual(metrics);
  });
});
