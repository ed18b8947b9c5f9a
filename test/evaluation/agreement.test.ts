import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { organsByName, readerAgreement } from '../../core/evaluation/index.ts';
import { pointLPS, type Geometry } from '../../core/imaging/index.ts';

const geometry: Geometry = {
  dims: [10, 10, 10],
  spacing: [1, 1, 2],
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const at = (i: number, j: number, k: number): number => i + 10 * (j + 10 * k);

/** A cube of voxels from 2 to 5 along j and k, and along i as wanted. */
function cube(value: number, from: number, to: number): Uint8Array {
  const labels = new Uint8Array(1000);
  for (let k = 2; k < 6; k++) for (let j = 2; j < 6; j++) for (let i = from; i < to; i++) labels[at(i, j, k)] = value;
  return labels;
}

describe('agreement of two readers', () => {
  it('matches organs by name, whatever their numbers, and says what only one has drawn', () => {
    const first = {
      labels: cube(1, 2, 6),
      segments: [
        { value: 1, name: 'Liver ' },
        { value: 2, name: 'spleen' },
      ],
    };
    const second = {
      labels: cube(7, 2, 8),
      segments: [
        { value: 7, name: 'liver' },
        { value: 1, name: 'kidney' },
      ],
    };
    second.labels[0] = 1;
    const [liver, spleen, kidney, ...rest] = readerAgreement(first, second, geometry);
    // 64 and 96 voxels of 2 mm³, 64 of them shared; two planes apart on one side.
    expect(liver).toMatchObject({ name: 'Liver', firstMl: 0.128, secondMl: 0.192, dice: 0.8, volumeDifference: 40, hd95: 2 });
    expect(liver?.surfaceDice).toBeGreaterThan(0.5);
    expect(liver?.surfaceDice).toBeLessThan(1);
    expect(spleen).toEqual({ name: 'spleen', dice: null, surfaceDice: null, hd95: null, firstMl: 0, secondMl: 0, volumeDifference: null });
    expect(kidney).toMatchObject({ name: 'kidney', dice: 0, surfaceDice: 0, hd95: null, volumeDifference: 200 });
    expect(rest).toEqual([]);
  });

  it('is the same with the readers exchanged, but for signs', () => {
    const box = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 5, max: 10 }));
    fc.assert(
      fc.property(box, box, ([a, b], [c, d]) => {
        const segments = [{ value: 3, name: 'organ' }];
        const [first, second] = [
          { labels: cube(3, a, b), segments },
          { labels: cube(3, c, d), segments },
        ];
        const [there] = readerAgreement(first, second, geometry);
        const [back] = readerAgreement(second, first, geometry);
        expect(back?.dice).toBeCloseTo(there?.dice ?? NaN, 12);
        expect(back?.surfaceDice).toBeCloseTo(there?.surfaceDice ?? NaN, 12);
        expect(back?.hd95).toBeCloseTo(there?.hd95 ?? NaN, 12);
        expect(back?.volumeDifference).toBeCloseTo(-(there?.volumeDifference ?? NaN), 12);
        expect([back?.firstMl, back?.secondMl]).toEqual([there?.secondMl, there?.firstMl]);
      }),
    );
  });

  it('takes several segments of one name for one organ', () => {
    const { names, tables } = organsByName([
      [
        { value: 4, name: 'Lesion' },
        { value: 9, name: 'lesion ' },
      ],
      [{ value: 2, name: 'LESION' }],
    ]);
    expect([names, tables[0]?.[4], tables[0]?.[9], tables[1]?.[2], tables[1]?.[4]]).toEqual([['Lesion'], 1, 1, 1, 0]);
  });
});
