import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auc, meanAuc } from '../../core/evaluation/auc.ts';

const [yes, no, unknown] = [true, false, undefined];

describe('area under the ROC curve', () => {
  // Worked out by hand: pairs of one positive and one negative case that are in order, ties half, over all such pairs.
  it.each<[string, number[], (boolean | undefined)[], number]>([
    ['all in order', [0.1, 0.4, 0.35, 0.8], [no, yes, no, yes], 1],
    ['one pair of four the wrong way', [0.1, 0.4, 0.35, 0.8], [no, no, yes, yes], 3 / 4],
    ['all the wrong way', [3, 2, 1], [no, no, yes], 0],
    ['all tied', [5, 5, 5, 5], [yes, no, no, yes], 1 / 2],
    ['some tied: 1 of 6 pairs', [1, 2, 2, 2, 3], [yes, no, yes, no, no], 1 / 6],
    ['one tie and one in order, of three', [0, 1, 1, 0.5], [no, no, yes, no], 2.5 / 3],
    ['unknown answers left out', [9, 0.1, 0.4, 0.35, 0.8, -9], [unknown, no, no, yes, yes, unknown], 3 / 4],
    ['infinite scores', [-Infinity, Infinity], [no, yes], 1],
    ['no negative case', [1, 2], [yes, yes], Number.NaN],
    ['no positive case', [1, 2], [no, unknown], Number.NaN],
    ['no case', [], [], Number.NaN],
    ['a score that is no number', [Number.NaN, 1], [yes, no], Number.NaN],
  ])('%s', (_what, scores, positive, expected) => {
    expectArea(auc(scores, positive), expected);
  });

  it('is the share of pairs in order, whatever the scores', () => {
    const cases = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(cases, (drawn) => {
        const pairs = drawn.flatMap(([p, isPositive]) =>
          isPositive ? drawn.flatMap(([n, other]) => (other ? [] : [p > n ? 1 : p === n ? 0.5 : 0])) : [],
        );
        const expected = pairs.length === 0 ? Number.NaN : pairs.reduce((sum: number, x) => sum + x, 0) / pairs.length;
        const actual = auc(
          drawn.map(([score]) => score),
          drawn.map(([, isPositive]) => isPositive),
        );
        expectArea(actual, expected);
      }),
    );
  });

  it('is averaged over the findings that have one', () => {
    expect(meanAuc([0.5, Number.NaN, 1])).toBe(0.75);
    expect(meanAuc([Number.NaN])).toBeNaN();
  });
});

function expectArea(actual: number, expected: number): void {
  if (Number.isNaN(expected)) expect(actual).toBeNaN();
  else expect(actual).toBeCloseTo(expected, 12);
}
