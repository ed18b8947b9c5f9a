import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelsFromLogits, labelsFromMasks, membership, orderedRegions, regionMasks, regionsSchema } from '../../core/model/regions.ts';

/** BraTS as the MSD has it: 1 oedema, 2 non-enhancing, 3 enhancing tumour (method 14, item 7). */
const brats = orderedRegions([
  { name: 'ET', values: [3] },
  { name: 'WT', values: [1, 2, 3] },
  { name: 'TC', values: [3, 2] },
]);

/** Regions nested in a chain or apart from each other, each with one value of its own: a random forest. */
const forests = fc.array(fc.nat(), { minLength: 1, maxLength: 8 }).chain((draws) => {
  const parents = draws.map((draw, i) => (i === 0 ? -1 : (draw % (i + 1)) - 1));
  const values = (i: number): number[] => [10 + i, ...parents.flatMap((parent, child) => (parent === i ? values(child) : []))];
  const regions = draws.map((_, i) => ({ name: `region ${String(i)}`, values: values(i) }));
  return fc.shuffledSubarray(regions, { minLength: regions.length });
});

describe('regions', () => {
  it('are written large ones first, each with the value that is its own', () => {
    expect(brats).toEqual([
      { name: 'WT', values: [1, 2, 3], writes: 1 },
      { name: 'TC', values: [2, 3], writes: 2 },
      { name: 'ET', values: [3], writes: 3 },
    ]);
    expect(regionsSchema.parse(brats)).toEqual(brats);
  });

  it('say which classes belong to them', () => {
    expect(membership([0, 1, 2, 3], brats)).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ]);
  });

  it('become labels, later ones over earlier ones, where the probability is above one half', () => {
    const logits = Float32Array.from([-1, -2, -3, 4, -1, -1, 0.1, 0.2, -9, 1, 1, 1, -5, -5, 2, 0, 0, 0]);
    expect([...labelsFromLogits(logits, brats)]).toEqual([0, 1, 2, 3, 3, 0]);
  });

  it('that are nested or apart: labels to masks to labels changes nothing', () => {
    fc.assert(
      fc.property(forests, fc.array(fc.nat(), { maxLength: 60 }), (given, draws) => {
        const regions = orderedRegions(given);
        const values = [0, ...regions.map(({ writes }) => writes)];
        const labels = Uint8Array.from(draws, (draw) => values[draw % values.length] ?? 0);
        expect(labelsFromMasks(regionMasks(labels, regions), regions)).toEqual(labels);
      }),
    );
  });

  it('decode from logits as from the masks that these mean', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 60 }), (numbers) => {
        const logits = Float32Array.from(numbers.slice(0, numbers.length - (numbers.length % 3)));
        const masks = [0, 1, 2].map((r) =>
          Uint8Array.from({ length: logits.length / 3 }, (_, v) => ((logits[3 * v + r] ?? 0) > 0 ? 1 : 0)),
        );
        expect(labelsFromLogits(logits, brats)).toEqual(labelsFromMasks(masks, brats));
      }),
    );
  });

  it('must say what they write where that does not follow', () => {
    const same = [
      { name: 'a', values: [1, 2] },
      { name: 'b', values: [2, 1] },
    ];
    expect(() => orderedRegions(same)).toThrow(expect.objectContaining({ code: 'bad-setting', subject: 'region a' }) as Error);
    expect(() => orderedRegions([{ name: 'both', values: [1, 2] }])).toThrow(/2 label values/);
    expect(orderedRegions([{ name: 'both', values: [1, 2], writes: 2 }])).toEqual([{ name: 'both', values: [1, 2], writes: 2 }]);
  });
});
