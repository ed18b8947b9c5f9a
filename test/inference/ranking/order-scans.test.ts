import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderScans, type usualWeights, type MeasuredScan, type RankedScan } from '../../../core/inference/ranking/order-scans.ts';

const only = (part: keyof typeof usualWeights) => ({ uncertainty: 0, distance: 0, error: 0, [part]: 1 });
const ids = (ranked: readonly RankedScan[]): string[] => ranked.map(({ scan }) => scan);
const at = (scan: string, ...embedding: readonly number[]): MeasuredScan => ({ scan, embedding: Float32Array.from(embedding) });

describe('the order in which scans are worth labelling', () => {
  it('begins with what the model is least sure of', () => {
    const scans = [0.1, 0.9, 0.4].map((uncertainty, n) => ({ scan: `s${n}`, uncertainty }));
    const ranked = orderScans(scans, []);
    expect(ids(ranked)).toEqual(['s1', 's2', 's0']);
    expect(ranked.map(({ shares }) => shares.uncertainty)).toEqual([1, 0.5, 0]);
    expect(ranked.map(({ reason }) => reason)).toEqual(['uncertain', 'uncertain', 'uncertain']);
  });

  it('goes to the far ends one after the other, not twice to the same one', () => {
    const scans = [at('near', 0.5, 0), at('right', 10, 0), at('right too', 9.9, 0), at('left', -9, 0)];
    const ranked = orderScans(scans, [Float32Array.of(0, 0)], only('distance'));
    expect(ids(ranked)).toEqual(['right', 'left', 'near', 'right too']);
    expect(ranked[0]?.reason).toBe('different');
  });

  it('begins with the most typical scan where nothing is labelled yet', () => {
    const ranked = orderScans([at('a', -10), at('b', 0.5), at('c', 12)], [], only('distance'));
    expect(ids(ranked)).toEqual(['b', 'c', 'a']);
    expect(ranked.map(({ reason }) => reason)).toEqual(['typical', 'different', 'different']);
  });

  it('names the part that speaks for a scan most', () => {
    const scans = [
      { scan: 'odd', uncertainty: 0.1, error: 9 },
      { scan: 'unsure', uncertainty: 0.8, error: 1 },
      { scan: 'plain', uncertainty: 0.2, error: 2 },
    ];
    const reasons = new Map(orderScans(scans, []).map(({ scan, reason }) => [scan, reason]));
    expect(reasons.get('odd')).toBe('unusual');
    expect(reasons.get('unsure')).toBe('uncertain');
  });

  it('puts scans last of which nothing is known', () => {
    const ranked = orderScans([{ scan: 'a' }, { scan: 'b', uncertainty: 0.2 }, { scan: 'c', uncertainty: 0.3 }], []);
    expect(ids(ranked)).toEqual(['c', 'a', 'b']);
    expect(ranked.find(({ scan }) => scan === 'a')).toMatchObject({ score: 0, reason: 'unmeasured' });
  });
});

const measured = fc.record(
  {
    uncertainty: fc.double({ min: 0, max: 1, noNaN: true }),
    error: fc.double({ min: 0, max: 100, noNaN: true }),
    embedding: fc.array(fc.float({ min: -5, max: 5, noNaN: true }), { minLength: 3, maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const scans = fc.array(measured, { maxLength: 12 }).map((all) =>
  all.map(({ embedding, ...numbers }, n): MeasuredScan => ({
    scan: `s${String(n).padStart(2, '0')}`,
    ...numbers,
    ...(embedding === undefined ? {} : { embedding: Float32Array.from(embedding) }),
  })),
);
const labelled = fc
  .array(fc.array(fc.float({ min: -5, max: 5, noNaN: true }), { minLength: 3, maxLength: 3 }), { maxLength: 4 })
  .map((all) => all.map((one) => Float32Array.from(one)));

describe('any scans', () => {
  it('are each ranked once, with scores and shares from 0 to 1', () => {
    fc.assert(
      fc.property(scans, labelled, (given, known) => {
        const ranked = orderScans(given, known);
        expect(ids(ranked).sort()).toEqual(given.map(({ scan }) => scan));
        for (const { score, shares } of ranked)
          for (const share of [score, ...Object.values(shares)]) {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1);
          }
      }),
    );
  });

  it('come in the same order however they are given', () => {
    fc.assert(
      fc.property(
        scans.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }))),
        labelled,
        ([given, shuffled], known) => {
          expect(orderScans(shuffled, known)).toEqual(orderScans(given, known));
        },
      ),
    );
  });

  it('come with falling scores once something is labelled', () => {
    fc.assert(
      fc.property(
        scans,
        labelled.filter((known) => known.length > 0),
        (given, known) => {
          const scores = orderScans(given, known).map(({ score }) => score);
          expect(scores).toEqual([...scores].sort((a, b) => b - a));
        },
      ),
    );
  });

  it('are never chosen for distance when they lie where a labelled one lies', () => {
    fc.assert(
      fc.property(scans, (given) => {
        const [first, ...others] = given.filter(({ embedding }) => embedding !== undefined);
        if (first?.embedding === undefined || others.length === 0) return;
        const ranked = orderScans([first, ...others], [first.embedding], only('distance'));
        expect(ranked.find(({ scan }) => scan === first.scan)?.parts.distance).toBe(0);
      }),
    );
  });
});
