import { beforeAll, expect, it } from 'vitest';
import { keep, startBackend, tensor, values } from '../../core/compute/index.ts';
import { Optimiser } from '../../core/learning/optimiser.ts';
import { fixtures, wave } from './support.ts';

beforeAll(async () => {
  await startBackend();
}, 180_000);

it(`three steps of AdamW against ${fixtures.provenance}`, async () => {
  const { learningRate, steps, ...numbers } = fixtures.adamw;
  const parameters = new Map([['w', keep(tensor(wave(6, 0.9, 0.1, 1), [6]))]]);
  const optimiser = new Optimiser(parameters, { ...numbers, clip: 1e9 }, () => ({ rate: 0.5, decays: true }));
  for (const [t, scale] of [1, 1e-4, 30].entries()) {
    await optimiser.step(new Map([['w', tensor(wave(6, 1.3 + t, 0.4, scale), [6])]]), 2 * learningRate);
    const w = parameters.get('w');
    const now = w === undefined ? [] : [...(await values(w))];
    steps[t]?.forEach((e, i) => expect(Math.abs((now[i] ?? Number.NaN) - e)).toBeLessThan(2e-7));
  }
  expect(optimiser.steps).toBe(3);
});

it('a gradient that is not finite changes nothing', async () => {
  const parameters = new Map([['w', keep(tensor([1, 2], [2]))]]);
  const optimiser = new Optimiser(parameters, { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, clip: 1 }, () => ({
    rate: 1,
    decays: true,
  }));
  expect(await optimiser.step(new Map([['w', tensor([1, Number.NaN], [2])]]), 1)).toBeNaN();
  expect(await optimiser.step(new Map([['w', tensor([1, Infinity], [2])]]), 1)).toBe(Infinity);
  const w = parameters.get('w');
  expect(w === undefined ? [] : [...(await values(w))]).toEqual([1, 2]);
  expect(optimiser.steps).toBe(0);
});
