import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinDeltas } from '../../core/labelling/join-deltas.ts';
import { deltaBetween } from '../../core/labelling/index.ts';

const map = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 40, maxLength: 40 }).map((values) => Uint8Array.from(values));

describe('joined deltas', () => {
  it('are the one delta between the first map and the last', () => {
    fc.assert(
      fc.property(fc.array(map, { minLength: 1, maxLength: 9 }), (maps) => {
        const steps = maps.slice(1).map((next, n) => deltaBetween(maps[n] ?? next, next));
        expect(joinDeltas(steps)).toEqual(deltaBetween(maps[0] ?? new Uint8Array(), maps.at(-1) ?? new Uint8Array()));
      }),
      { numRuns: 500 },
    );
  });

  it('that do not follow one another are refused', () => {
    const one = deltaBetween(Uint8Array.of(0, 0), Uint8Array.of(1, 1));
    expect(() => joinDeltas([one, one])).toThrow(expect.objectContaining({ code: 'bad-labels' }));
  });
});
