import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetCase } from '../../core/imaging/index.ts';
import { splitCases } from '../../core/learning/split.ts';

const labelled = (n: number): DatasetCase[] =>
  Array.from({ length: n }, (_, i) => ({ id: `case_${i}`, images: [`${i}.nii`], label: `${i}.label.nii` }));
const unlabelled: DatasetCase = { id: 'unlabelled', images: ['u.nii'] };
const ids = (cases: readonly DatasetCase[]): string[] => cases.map((c) => c.id);
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

/** One patient for each number, with so many labelled scans. */
const ofPatients = (sizes: readonly number[]): DatasetCase[] =>
  sizes.flatMap((size, patient) =>
    Array.from({ length: size }, (_, i) => ({
      id: `${patient}_${i}`,
      images: [`${patient}_${i}.nii`],
      label: `${patient}_${i}.label.nii`,
      patient: `P${patient}`,
    })),
  );
const patientsOf = (cases: readonly DatasetCase[]): Set<string | undefined> => new Set(cases.map((c) => c.patient));

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

  it('counts a case that is named twice once', () => {
    const { training } = splitCases(labelled(9), { ids: ['case_4', 'case_7', 'case_4'], validationShare: 0, seed: 3 });
    expect(ids(training).sort()).toEqual(['case_4', 'case_7']);
  });

  it('refuses a test case by name and says which file locks it', () => {
    const lock = { file: 'split.json', sha256: '', test: ['case_9'] };
    expect(() => splitCases(labelled(3), { ids: ['case_1', 'case_9'], validationShare: 0, seed: 3, lock })).toThrow(
      expect.objectContaining({ code: 'test-case', subject: 'case_9', message: expect.stringContaining('split.json') as string }),
    );
  });

  it.each([
    ['no label at all', [unlabelled], {}, 'no-data'],
    ['a case that is not there', labelled(3), { ids: ['case_9'] }, 'no-data'],
    ['a case without a label', [unlabelled, ...labelled(2)], { ids: ['unlabelled'] }, 'no-data'],
    ['too many', labelled(3), { count: 4 }, 'bad-setting'],
    ['none', labelled(3), { count: 0 }, 'bad-setting'],
    ['more folds than patients', ofPatients([4, 1]), { folds: 3, fold: 0 }, 'bad-setting'],
    ['more folds than cases', labelled(3), { folds: 4, fold: 0 }, 'bad-setting'],
    ['a fold beyond the last', labelled(3), { folds: 3, fold: 3 }, 'bad-setting'],
    ['one fold', labelled(3), { folds: 1, fold: 0 }, 'bad-setting'],
  ])('refuses %s', (_what, cases, options, code) => {
    expect(() => splitCases(cases, { ...options, validationShare: 0.2, seed: 0 })).toThrow(expect.objectContaining({ code }));
  });
});

describe('several scans of one patient', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 12 });

  it('never part: not between training and validation, not by a count, not by folds', () => {
    fc.assert(
      fc.property(sizes, seeds, fc.double({ min: 0, max: 0.5, noNaN: true }), fc.nat(), (of, seed, validationShare, n) => {
        const cases = ofPatients(of);
        const count = 1 + (n % cases.length);
        const folds = 2 + (n % (of.length - 1));
        for (const choice of [{}, { count }, { folds, fold: n % folds }]) {
          const { training, validation } = splitCases(cases, { ...choice, validationShare, seed });
          const [train, validate] = [patientsOf(training), patientsOf(validation)];
          expect([...train].filter((patient) => validate.has(patient))).toEqual([]);
          for (const part of [training, validation])
            for (const patient of patientsOf(part))
              expect(part.filter((c) => c.patient === patient)).toHaveLength(cases.filter((c) => c.patient === patient).length);
          const used = training.length + validation.length;
          if ('count' in choice) {
            // Whole patients until there are as many as asked.
            expect(used).toBeGreaterThanOrEqual(count);
            expect(used).toBeLessThan(count + Math.max(...of));
          } else expect(used).toBe(cases.length);
          expect(training.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('have folds that validate every scan exactly once', () => {
    const cases = ofPatients([2, 1, 3, 1, 2]);
    const parts = [0, 1, 2].map((fold) => splitCases(cases, { folds: 3, fold, validationShare: 0.2, seed: 4 }));
    expect(parts.flatMap((p) => ids(p.validation)).sort()).toEqual(ids(cases).sort());
  });

  it('of one scan each are drawn as cases without a patient are', () => {
    const plain = labelled(12);
    const named = plain.map((c, i) => ({ ...c, patient: `P${i}` }));
    const choice = { count: 7, validationShare: 0.3, seed: 9 };
    expect(ids(splitCases(named, choice).training)).toEqual(ids(splitCases(plain, choice).training));
  });
});
