import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetCase } from '../../core/imaging/index.ts';
import { splitCases } from '../../core/learning/split.ts';

const labelled = (n: number): DatasetCase[] =>
  Array.from({ length: n }, (_, i) => ({ id: `case_${i}`, images: [`${i}.nii`], label: `${i}.label.nii` }));
const unlabelled: DatasetCase = { id: 'unlabelled', images: ['u.nii'] };
const ids = (cases: readonly DatasetCase[]): string[] => cases.map((c) => c.id);
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

describe('the split into training and validation', () => {
  it('uses every labelled case once, and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.double({ min: 0, max: 0.5, noNaN: true }), seeds, (n, validationShare, seed) => {
        const cases = labelled(n);
        const { training, validation } = splitCases([unlabelled, ...cases], { validationShare, seed });
        expect([...ids(training), ...ids(validation)].sort()).toEqual(ids(cases).sort());
        expect(training.length).toBeGreaterThan(0);
        expect(validation).toHaveLength(n < 2 ? 0 : Math.round(validationShare * n));
      }),
    );
  });

  it('is drawn by the seed', () => {
    const draw = (seed: number): string[] => ids(splitCases(labelled(20), { validationShare: 0.2, seed }).validation);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('draws as many as asked, and more of the same draw with a larger count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), seeds, (n, seed) => {
        const draw = (count: number): string[] => ids(splitCases(labelled(n), { count, validationShare: 0, seed }).training);
        expect(draw(n - 1)).toHaveLength(n - 1);
        expect(draw(n)).toEqual(expect.arrayContaining(draw(n - 1)));
      }),
    );
    expect(splitCases(labelled(10), { fraction: 0.25, validationShare: 0, seed: 1 }).training).toHaveLength(3);
    expect(splitCases(labelled(10), { fraction: 0.001, validationShare: 0, seed: 1 }).training).toHaveLength(1);
  });

  it('has folds that validate every case exactly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 25 }), fc.integer({ min: 2, max: 10 }), seeds, (n, wanted, seed) => {
        const folds = Math.min(n, wanted);
        const cases = labelled(n);
        const parts = Array.from({ length: folds }, (_, fold) => splitCases(cases, { folds, fold, validationShare: 0.2, seed }));
        for (const { training, validation } of parts) expect([...ids(training), ...ids(validation)].sort()).toEqual(ids(cases).sort());
        expect(parts.flatMap((p) => ids(p.validation)).sort()).toEqual(ids(cases).sort());
        const sizes = parts.map((p) => p.validation.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('takes the named cases', () => {
    const { training } = splitCases(labelled(9), { ids: ['case_4', 'case_7'], validationShare: 0, seed: 3 });
    expect(ids(training).sort()).toEqual(['case_4', 'case_7']);
  });

  it.each([
    ['no label at all', [unlabelled], {}, 'no-data'],
    ['a case that is not there', labelled(3), { ids: ['case_9'] }, 'no-data'],
    ['a case without a label', [unlabelled, ...labelled(2)], { ids: ['unlabelled'] }, 'no-data'],
    ['too many', labelled(3), { count: 4 }, 'bad-setting'],
    ['more folds than cases', labelled(3), { folds: 4, fold: 0 }, 'bad-setting'],
    ['a fold beyond the last', labelled(3), { folds: 3, fold: 3 }, 'bad-setting'],
    ['one fold', labelled(3), { folds: 1, fold: 0 }, 'bad-setting'],
  ])('refuses %s', (_what, cases, options, code) => {
    expect(() => splitCases(cases, { ...options, validationShare: 0.2, seed: 0 })).toThrow(expect.objectContaining({ code }));
  });
});
