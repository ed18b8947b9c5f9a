import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wilcoxonSignedRank } from '../../../core/evaluation/index.ts';
import { verdictOf } from '../../../core/service/engine/improving/verdict.ts';

const verdictOfDifferences = (differences: readonly number[]): string =>
  verdictOf('a'.repeat(16), {
    cases: differences.length,
    old: 0.7,
    difference: differences.reduce((sum, d) => sum + d, 0) / differences.length,
    pValue: wilcoxonSignedRank(differences).pValue,
  });

it('a new model is better when it is so on scan after scan, and not when chance explains it', () => {
  expect(verdictOfDifferences([0.01, 0.02, 0.03, 0.04, 0.05, 0.06])).toBe('better');
  expect(verdictOfDifferences([-0.01, -0.02, -0.03, -0.04, -0.05, -0.06])).toBe('worse');
  expect(verdictOfDifferences([0.01, -0.02, 0.03, -0.04, 0.05, -0.01])).toBe('level');
  expect(verdictOfDifferences([0, 0, 0, 0, 0, 0])).toBe('level');
});

it('five scans can never tell', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }), (differences) => {
      expect(verdictOfDifferences(differences)).toBe('too-few');
    }),
  );
});

it('swapping the two models turns the verdict round', () => {
  const opposite = { better: 'worse', worse: 'better', level: 'level', 'too-few': 'too-few' } as Readonly<Record<string, string>>;
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 20 }), (differences) => {
      expect(verdictOfDifferences(differences.map((d) => -d))).toBe(opposite[verdictOfDifferences(differences)]);
    }),
  );
});

it('only what had no model before it is a first one', () => {
  const alone = { cases: 8, patients: 8, old: null, difference: null, pValue: null };
  for (const compared of [undefined, alone]) {
    expect(verdictOf('a'.repeat(16), compared)).toBe('too-few');
    expect(verdictOf(null, compared)).toBe('first');
  }
});
