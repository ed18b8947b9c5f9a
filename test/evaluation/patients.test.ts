import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseMeans, compareEvaluations, evaluationTable, summarise, type CaseEvaluation } from '../../core/evaluation/index.ts';

interface Made {
  readonly patient?: string;
  readonly seen?: true;
}
const scored = (name: string, dice: number | null, made: Made = {}): CaseEvaluation => ({
  case: name,
  ...made,
  segments: [
    {
      label: 1,
      name: 'organ',
      outcome: dice === null ? 'absent' : 'found',
      dice,
      hd95: null,
      surfaceDice: null,
      meanSurfaceDistance: null,
      referenceMl: 1,
      predictionMl: 1,
    },
  ],
});
const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 12 });

describe('patients of whom there are several cases', () => {
  it('count once each, with the mean over their cases', () => {
    const twice = [scored('a1', 0.2, { patient: 'a' }), scored('a2', 0.4, { patient: 'a' }), scored('b', 0.9, { patient: 'b' })];
    const once = summarise([scored('a', 0.3), scored('b', 0.9)]);
    const { summary } = summarise(twice);
    expect(summary.overall.dice.mean).toBeCloseTo(0.6, 12);
    expect(summary.overall.dice.count).toBe(2);
    expect(summary.segments[0]?.dice.mean).toBeCloseTo(0.6, 12);
    expect(summary.overall.dice.low).toBeCloseTo(once.summary.overall.dice.low ?? NaN, 12);
    expect(summary.overall.outcomes.found).toBe(3);
    expect(evaluationTable(summarise(twice))).toContain('interval over patients');
    expect(evaluationTable(once)).toContain('interval over cases');
  });

  it('give the intervals and p-values of as many patients, however often their scans are repeated', () => {
    fc.assert(
      fc.property(scores, scores, fc.integer({ min: 1, max: 4 }), (first, second, times) => {
        const n = Math.min(first.length, second.length);
        const of = (values: readonly number[], repeated: number): CaseEvaluation[] =>
          values
            .slice(0, n)
            .flatMap((dice, at) => Array.from({ length: repeated }, (_, k) => scored(`${at} ${k}`, dice, { patient: `${at}` })));
        const compare = (repeated: number) =>
          compareEvaluations(summarise(of(first, repeated), { resamples: 50 }), summarise(of(second, repeated), { resamples: 50 }), {
            resamples: 50,
          });
        const [one, many] = [compare(1).overall.dice, compare(times).overall.dice];
        expect(many.pairs).toBe(n);
        expect(many.pValue).toBeCloseTo(one.pValue ?? NaN, 9);
        for (const key of ['difference', 'low', 'high', 'meanA', 'meanB'] as const) expect(many[key]).toBeCloseTo(one[key] ?? NaN, 9);
      }),
      { numRuns: 30 },
    );
  });

  it('are compared over the scans that both have a score on', () => {
    const a = summarise([scored('a1', 0.2, { patient: 'a' }), scored('a2', null, { patient: 'a' }), scored('b', 0.5, { patient: 'b' })]);
    const b = summarise([scored('a1', 0.3, { patient: 'a' }), scored('a2', 0.9, { patient: 'a' }), scored('b', 0.6, { patient: 'b' })]);
    expect(compareEvaluations(a, b).overall.dice).toMatchObject({ pairs: 2, meanA: 0.35, difference: expect.closeTo(0.1, 12) as number });
  });
});

describe('cases that the model has learned from', () => {
  it('are kept, and in no mean, interval or test', () => {
    const seen = scored('x', 1, { seen: true });
    const with1 = summarise([scored('a', 0.3), seen, scored('b', 0.9)]);
    const without = summarise([scored('a', 0.3), scored('b', 0.9)]);
    expect(with1.summary).toEqual(without.summary);
    expect(caseMeans(with1.cases, 'dice')).toEqual([0.3, 1, 0.9]);
    expect(evaluationTable(with1)).toContain('1 case that the model has learned from');
    const other = summarise([scored('a', 0.4), scored('x', 0.1), scored('b', 0.95)]);
    const { cases, onlyInB, overall } = compareEvaluations(with1, other);
    expect({ cases, onlyInB, pairs: overall.dice.pairs }).toEqual({ cases: ['a', 'b'], onlyInB: [], pairs: 2 });
  });

  it('leave nothing where there are no others, and no error', () => {
    const all = summarise([scored('x', 1, { seen: true })]);
    expect(all.summary.overall.dice).toMatchObject({ count: 0, mean: null, low: null, median: null });
    expect(compareEvaluations(all, all).overall.dice).toMatchObject({ pairs: 0, difference: null, pValue: null });
  });
});
