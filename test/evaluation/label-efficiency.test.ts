import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { labelEfficiency, type LearnedModel } from '../../core/evaluation/index.ts';

const sizes = [2, 5, 10, 20, 40];
/** Models whose error is the same on every case. */
const even = (errors: readonly number[], cases = 6): LearnedModel[] =>
  errors.map((error, at) => ({ labels: sizes[at] ?? 0, dice: Array.from({ length: cases }, () => 1 - error) }));
const quick = { resamples: 300 };
const close = (values: readonly number[], digits: number): unknown[] => values.map((value) => expect.closeTo(value, digits) as unknown);

describe('the learning curve over labels', () => {
  it('agrees with bounded least squares of SciPy 1.17; models of one size are one point that weighs as many', () => {
    const models = even([0.42, 0.3, 0.24, 0.2, 0.185]);
    const { law, points, forecasts } = labelEfficiency([...models, ...models.slice(1, 2)], quick);
    expect(points.map(({ models: n }) => n)).toEqual([1, 2, 1, 1, 1]);
    // The exponent is looked for in steps of 0.01.
    expect(law).toEqual({ a: expect.closeTo(0.1363, 2), b: expect.closeTo(0.4366, 2), c: expect.closeTo(0.617, 1) });
    const scipy = [0.0031424, 0.0057663, 0.0099227];
    expect(forecasts.map(({ gain }, at) => gain / (scipy[at] ?? NaN))).toEqual(close([1, 1, 1], 1));
    // The error that can never be undone would be negative here, and is held at 0.
    const held = labelEfficiency(even([0.5, 0.36, 0.27, 0.19, 0.12]), quick);
    expect(held.law).toEqual({ a: 0, b: expect.closeTo(0.5099 * 2 ** 0.4259, 2), c: expect.closeTo(0.4259, 1) });
    expect(held.forecasts[0]?.gain).toBeCloseTo(0.00697, 3);
  });

  it('cannot be told from fewer than three sizes, or three patients, and says which', () => {
    const two = labelEfficiency(even([0.4, 0.3]), quick);
    expect(two).toMatchObject({ cannot: 'sizes', curve: [], forecasts: [] });
    expect(two.points.map(({ labels }) => labels)).toEqual([2, 5]);
    expect(two.points.map(({ dice }) => dice)).toEqual(close([0.6, 0.7], 12));
    const patients = ['a', 'a', 'b', 'b', 'b', 'a'];
    expect(labelEfficiency(even([0.4, 0.3, 0.25]), { ...quick, patients })).toMatchObject({ cannot: 'patients', cases: 6, patients: 2 });
    expect(labelEfficiency([], quick)).toMatchObject({ cannot: 'sizes', cases: 0, points: [] });
    // No size at all where no case has a Dice by every model.
    const none = even([0.4, 0.3, 0.25]).map((model, at) => ({ ...model, dice: model.dice.map((dice, n) => (n % 3 === at ? NaN : dice)) }));
    expect(labelEfficiency(none, quick)).toMatchObject({ cannot: 'sizes', cases: 0 });
  });

  it('counts the cases that every model has a Dice on, and draws patients, not their scans', () => {
    const models: LearnedModel[] = even([0.4, 0.3, 0.25], 4).map((model, at) => ({
      ...model,
      dice: model.dice.map((dice, n) => dice + 0.02 * n * at),
    }));
    const missing = models.map((model, at) => (at === 0 ? { ...model, dice: [NaN, ...model.dice.slice(1)] } : model));
    expect(labelEfficiency(missing, quick)).toMatchObject({ cases: 3, patients: 3 });
    // One patient's scans twice over bring no more certainty.
    const doubled = models.map(({ labels, dice }) => ({ labels, dice: [...dice, ...dice] }));
    const once = labelEfficiency(models, quick);
    const twice = labelEfficiency(doubled, { ...quick, patients: ['0', '1', '2', '3', '0', '1', '2', '3'] });
    expect(twice.forecasts[0]).toEqual({
      ...once.forecasts[0],
      ...Object.fromEntries(
        ['dice', 'gain', 'low', 'high'].map((key) => [key, expect.closeTo(Number(once.forecasts[0]?.[key as 'gain']), 9)]),
      ),
    });
    const taken = labelEfficiency(doubled, quick).forecasts[0];
    const width = (of: typeof taken): number => (of === undefined ? NaN : of.high - of.low);
    expect(width(taken)).toBeLessThan(width(once.forecasts[0]));
  });

  it('covers nought where labels bring nothing, and loss where they harm', () => {
    const random = seededRandom(4);
    const noise = sizes.map((labels) => ({ labels, dice: Array.from({ length: 12 }, () => 0.8 + 0.05 * random.normal()) }));
    const [forecast] = labelEfficiency(noise, quick).forecasts;
    expect(forecast?.low).toBeLessThan(0);
    expect(forecast?.high).toBeGreaterThan(0);
    expect(labelEfficiency(even([0.2, 0.22, 0.23, 0.24, 0.25]), quick).forecasts[0]?.gain).toBeLessThan(0);
  });

  it('has an interval that holds the true gain about as often as it says, and is the same every time', () => {
    const truth = (n: number): number => 0.12 + 0.45 * n ** -0.7;
    const gain = truth(40) - truth(45);
    let held = 0;
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom(seed);
      const hard = Array.from({ length: 25 }, () => 0.04 * random.normal());
      const models = sizes.map((labels) => ({ labels, dice: hard.map((more) => 1 - truth(labels) - more - 0.01 * random.normal()) }));
      const [forecast] = labelEfficiency(models, quick).forecasts;
      if (forecast !== undefined && forecast.low <= gain && gain <= forecast.high) held++;
      if (seed === 0) expect(labelEfficiency(models, quick).forecasts[0]).toEqual(forecast);
    }
    expect(held / 60).toBeGreaterThan(0.85);
  });

  it('says what is a guess', () => {
    const { forecasts } = labelEfficiency(even([0.4, 0.3, 0.25]), { ...quick, more: [5, 10, 11] });
    expect(forecasts.map(({ more, labels, far }) => [more, labels, far])).toEqual([
      [5, 15, false],
      [10, 20, false],
      [11, 21, true],
    ]);
  });

  it('stays within what Dice can be, and its parameters within theirs, whatever was measured', () => {
    const anyModel = fc.record({
      labels: fc.integer({ min: 1, max: 500 }),
      dice: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(anyModel, { minLength: 1, maxLength: 8 }), (models) => {
        const { law, curve, points, cannot } = labelEfficiency(models, { resamples: 30 });
        expect(points.length).toBe(new Set(models.map(({ labels }) => labels)).size);
        expect(law === undefined).toBe(cannot !== undefined);
        if (law === undefined) return;
        expect(law.a >= 0 && law.a <= 1 && law.c >= 0.1 && law.c <= 2).toBe(true);
        for (const { dice, low, high } of curve) expect(dice >= 0 && dice <= 1 && low >= 0 && high <= 1 && low <= high).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
