import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { labelledCases, splitForExperiment } from '../../../core/cli/experiment/case-split.ts';

const ids = Array.from({ length: 200 }, (_, i) => `case_${String(i).padStart(3, '0')}`);
const sizes = { training: 140, validation: 20 };

describe('the split of an experiment', () => {
  it('uses every case once, 140 to train, 20 to validate and 40 to test', () => {
    const { training, validation, test } = splitForExperiment(ids, { seed: 0, ...sizes });
    expect([training.length, validation.length, test.length]).toEqual([140, 20, 40]);
    expect([...training, ...validation, ...test].sort()).toEqual(ids);
  });

  it('is the same for the same seed whatever the order of the files, and another for another seed', () => {
    const split = splitForExperiment(ids, { seed: 3, ...sizes });
    expect(splitForExperiment([...ids].reverse(), { seed: 3, ...sizes })).toEqual(split);
    expect(splitForExperiment(ids, { seed: 4, ...sizes }).test).not.toEqual(split.test);
  });

  it('tests on the cases that it must, and never on those that it must not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.shuffledSubarray(ids, { minLength: 36, maxLength: 36 }), (seed, bundled) => {
        const [alwaysTest, neverTest] = [bundled.slice(0, 12), bundled.slice(12)];
        const { training, validation, test } = splitForExperiment(ids, { seed, ...sizes, alwaysTest, neverTest });
        expect([training.length, validation.length, test.length]).toEqual([140, 20, 40]);
        expect(test).toEqual(expect.arrayContaining(alwaysTest));
        expect([...training, ...validation]).toEqual(expect.arrayContaining(neverTest));
      }),
      { numRuns: 30 },
    );
  });

  it('has few labelled cases among the many of the same seed', () => {
    const split = splitForExperiment(ids, { seed: 0, ...sizes });
    const many = labelledCases(split, 25, 1);
    expect(new Set(many).size).toBe(25);
    expect(labelledCases(split, 5, 1)).toEqual(many.slice(0, 5));
    expect(split.training).toEqual(expect.arrayContaining([...many]));
    expect(labelledCases(split, 5, 2)).not.toEqual(many.slice(0, 5));
  });
});
