import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomFromState, seededRandom, type Random, type RandomState } from '../../core/base/random.ts';

const draw = <T>(n: number, one: () => T): T[] => Array.from({ length: n }, one);
const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('reference numbers', () => {
  // The test vector of the reference implementation of xoshiro128** for the state 1, 2, 3, 4 (as in Rust's rand_xoshiro 0.6). One number
  // in [0, 1) takes 32 bits of one output and the upper 21 of the next.
  test('xoshiro128**', () => {
    const outputs = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849];
    const random = randomFromState([1, 2, 3, 4]);
    for (let i = 0; i < outputs.length; i += 2) {
      const [high = 0, low = 0] = outputs.slice(i, i + 2);
      expect(random.next()).toBe((high * 2 ** 21 + Math.floor(low / 2 ** 11)) / 2 ** 53);
    }
  });

  // The numbers below come from the same algorithms written in Python 3.11 with arbitrary integers and `& 0xffffffff`.
  test.each<[number, RandomState, number[]]>([
    [
      0,
      [1684164658, 3653269916, 2939563536, 2141751570],
      [0.41675133258348107, 0.5870561685636881, 0.2650367361899568, 0.4422643777133294],
    ],
    [1, [1580013426, 350525680, 3524174333, 3011703609], [0.09156953275813662, 0.8881928146554285, 0.4342701766889956, 0.7467797842494939]],
    [
      42,
      [551831576, 144025891, 322543647, 3034809370],
      [0.15377165327092845, 0.018084544272145786, 0.5348906286250599, 0.7272476946097787],
    ],
    [
      4294967295,
      [3950124170, 4293442868, 1302505678, 2762329221],
      [0.955583004147074, 0.2682696535636683, 0.8580147824580417, 0.9689653004403037],
    ],
  ])('seed %i', (from, state, numbers) => {
    const random = seededRandom(from);
    expect(random.state()).toEqual(state);
    expect(draw(4, random.next)).toEqual(numbers);
  });

  test('state after eight draws of 32 bits', () => {
    const random = seededRandom(42);
    draw(4, random.next);
    expect(random.state()).toEqual([2382219267, 1337384895, 3454353073, 311600339]);
  });

  test('normal, integer, permutation, fork', () => {
    const normal = seededRandom(42);
    for (const value of [0.5741420233648469, -0.17628188948057918, -0.3061771105352599, -0.6412179150392743])
      expect(normal.normal()).toBeCloseTo(value, 14);
    const integer = seededRandom(42);
    expect(draw(12, () => integer.integer(-3, 6))).toEqual([-2, -3, 2, 4, 2, -1, 5, 0, 1, 3, 5, 1]);
    expect([...seededRandom(42).permutation(10)]).toEqual([1, 0, 5, 7, 8, 2, 4, 9, 3, 6]);
    const fork = seededRandom(42).fork('views');
    expect(draw(2, fork.next)).toEqual([0.18232572667976998, 0.4280031774000981]);
  });
});

describe('properties', () => {
  test('a state carried over goes on with the same numbers', () => {
    fc.assert(
      fc.property(seed, fc.nat({ max: 50 }), (from, before) => {
        const random = seededRandom(from);
        for (let i = 0; i < before; i++) random.normal();
        const other = randomFromState(JSON.parse(JSON.stringify(random.state())) as RandomState);
        expect(draw(10, other.next)).toEqual(draw(10, random.next));
        expect(other.state()).toEqual(random.state());
      }),
    );
  });

  test('a permutation holds every number once', () => {
    fc.assert(
      fc.property(seed, fc.nat({ max: 300 }), (from, n) => {
        expect([...seededRandom(from).permutation(n)].sort((a, b) => a - b)).toEqual(draw(n, () => 0).map((_, i) => i));
      }),
    );
  });

  test('integers stay in their range', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: -1000, max: 1000 }), fc.nat({ max: 1000 }), (from, low, more) => {
        const random = seededRandom(from);
        for (let i = 0; i < 20; i++) {
          const value = random.integer(low, low + more);
          expect(Number.isInteger(value) && value >= low && value <= low + more).toBe(true);
        }
      }),
    );
  });

  test('a fork does not advance its origin, and differs by purpose and by state', () => {
    const random = seededRandom(7);
    const before = random.state();
    const [a, again, b] = [random.fork('a'), random.fork('a'), random.fork('b')];
    expect(random.state()).toEqual(before);
    expect(a.state()).toEqual(again.state());
    expect(a.state()).not.toEqual(b.state());
    random.next();
    expect(random.fork('a').state()).not.toEqual(a.state());
  });
});

describe('distribution (fixed seed, so the outcome is fixed too)', () => {
  const n = 100_000;
  const chiSquared = (counts: readonly number[]): number =>
    counts.reduce((sum, count) => sum + (count - n / counts.length) ** 2 / (n / counts.length), 0);
  const histogram = (cells: number, cell: (random: Random) => number): number[] => {
    const random = seededRandom(3);
    const counts = new Array<number>(cells).fill(0);
    for (let i = 0; i < n; i++) {
      const at = cell(random);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts;
  };

  // 99.9th percentile of chi squared with 99 degrees of freedom: 148.2.
  test('next is uniform in [0, 1)', () => {
    expect(chiSquared(histogram(100, (random) => Math.floor(100 * random.next())))).toBeLessThan(148.2);
  });

  test('pairs of draws are uniform in the square', () => {
    expect(chiSquared(histogram(100, (random) => 10 * Math.floor(10 * random.next()) + Math.floor(10 * random.next())))).toBeLessThan(
      148.2,
    );
  });

  test('normal has mean 0, variance 1 and the right tails', () => {
    const random = seededRandom(3);
    const values = draw(n, random.normal);
    const mean = values.reduce((a, b) => a + b) / n;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
    // Four standard errors each.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    const beyondTwo = values.filter((v) => Math.abs(v) > 2).length / n;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(4 * Math.sqrt((0.0455 * 0.9545) / n));
  });

  test('every number is equally likely at every place of a permutation', () => {
    const first = histogram(10, (random) => random.permutation(10)[0] as number);
    // 99.9th percentile with 9 degrees of freedom: 27.9.
    expect(chiSquared(first)).toBeLessThan(27.9);
  });
});
