import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareEvaluations,
  comparisonTable,
  evaluateCase,
  evaluationTable,
  evaluationToCsv,
  parseEvaluation,
  summarise,
  type CaseEvaluation,
  type SegmentScores,
} from '../../core/evaluation/index.ts';
import type { Geometry, Triple } from '../../core/imaging/volume.ts';
import { turnedGeometry } from '../imaging/support/volumes.ts';
import { fill, plainGeometry } from './made-masks.ts';

const segments = [
  { label: 1, name: 'liver' },
  { label: 2, name: 'spleen' },
];
const dims: Triple = [6, 5, 4];

function scores(label: number, name: string, dice: number | null, hd95: number | null = null): SegmentScores {
  const outcome = dice === null ? 'absent' : hd95 === null ? 'missed' : 'found';
  return { label, name, outcome, dice, hd95, surfaceDice: dice, meanSurfaceDistance: hd95, referenceMl: 1, predictionMl: 1 };
}

function madeCase(name: string, liver: number | null, spleen: number | null): CaseEvaluation {
  const of = (label: number, segment: string, d: number | null): SegmentScores =>
    scores(label, segment, d, d === null || d === 0 ? null : 10 * (1 - d));
  return { case: name, segments: [of(1, 'liver', liver), of(2, 'spleen', spleen)] };
}

describe('evaluateCase', () => {
  const reference = fill(dims, (i) => i < 4);
  const prediction = fill(dims, (i) => i >= 2);

  it('scores a known overlap in mm and ml', () => {
    const { segments: found } = evaluateCase({
      case: 'a',
      reference,
      prediction,
      geometry: plainGeometry(dims, [2, 3, 5]),
      segments,
      tolerance: 4,
    });
    // 4 and 4 of 6 columns, 2 shared; each column is 20 voxels of 0.03 ml; every surface voxel is at most 2 columns = 4 mm off.
    expect(found[0]).toMatchObject({ outcome: 'found', dice: 0.5, hd95: 4, surfaceDice: 1, name: 'liver' });
    expect(found[0]?.referenceMl).toBeCloseTo(2.4, 12);
    expect(found[1]).toEqual({
      label: 2,
      name: 'spleen',
      outcome: 'absent',
      dice: null,
      hd95: null,
      surfaceDice: null,
      meanSurfaceDistance: null,
      referenceMl: 0,
      predictionMl: 0,
    });
  });

  it('does not depend on how the grid lies in the patient', () => {
    const [c, d] = [fill(dims, (i, j, k) => (i * i + 3 * j + k) % 5 < 3), fill(dims, (i, j, k) => (i + j * k) % 4 < 2)];
    const of = (geometry: Geometry): unknown => evaluateCase({ case: 'a', reference: c, prediction: d, geometry, segments, tolerance: 1 });
    const spacing: Triple = [0.7, 0.9, 2.5];
    expect(of(turnedGeometry(dims, spacing, [0.4, -0.8, 1.9], [50, 60, -70]))).toEqual(
      expect.objectContaining({
        segments: (of(plainGeometry(dims, spacing)) as CaseEvaluation).segments.map((s) => ({
          ...s,
          referenceMl: expect.closeTo(s.referenceMl, 9),
          predictionMl: expect.closeTo(s.predictionMl, 9),
        })),
      }),
    );
  });

  it('tells a missed segment from a spurious one', () => {
    const none = new Uint8Array(reference.length);
    const geometry = plainGeometry(dims);
    const missed = evaluateCase({ case: 'a', reference, prediction: none, geometry, segments }).segments[0];
    expect(missed).toMatchObject({ outcome: 'missed', dice: 0, hd95: null, surfaceDice: 0, meanSurfaceDistance: null });
    const spurious = evaluateCase({ case: 'a', reference: none, prediction, geometry, segments }).segments[0];
    expect(spurious).toMatchObject({ outcome: 'spurious', dice: null, hd95: null, surfaceDice: null, meanSurfaceDistance: null });
  });

  it('gives the same Dice both ways and for 8 and 16 bits', () => {
    const map = fc.uint8Array({ minLength: 120, maxLength: 120, max: 2 }).filter((m) => m.includes(1) && m.includes(2));
    fc.assert(
      fc.property(map, map, (a, b) => {
        const geometry = plainGeometry(dims, [0.7, 0.7, 5]);
        const there = evaluateCase({ case: 'x', reference: a, prediction: b, geometry, segments });
        const back = evaluateCase({ case: 'x', reference: Uint16Array.from(b), prediction: Uint16Array.from(a), geometry, segments });
        const pick = (e: CaseEvaluation): unknown => e.segments.map((s) => [s.dice, s.hd95, s.surfaceDice]);
        expect(pick(there)).toEqual(pick(back));
      }),
      { numRuns: 50 },
    );
  });

  it('uses the volume of a sheared voxel', () => {
    const half = Math.SQRT1_2;
    const geometry = {
      ...plainGeometry(dims, [1, 1, 10]),
      direction: [[1, 0, 0] as const, [0, 1, 0] as const, [0, half, half] as const] as const,
    };
    expect(evaluateCase({ case: 'a', reference, prediction, geometry, segments }).segments[0]?.referenceMl).toBeCloseTo(
      80 * 0.01 * half,
      12,
    );
  });

  it('refuses maps of another size, background as a segment, and labels given twice', () => {
    const whole = { case: 'a', reference, prediction, geometry: plainGeometry(dims), segments };
    expect(() => evaluateCase({ ...whole, prediction: new Uint8Array(7) })).toThrow(
      expect.objectContaining({ code: 'grid-mismatch', subject: 'prediction' }),
    );
    for (const label of [0, 1.5, 65536]) {
      expect(() => evaluateCase({ ...whole, segments: [{ label, name: 'x' }] })).toThrow(expect.objectContaining({ code: 'bad-setting' }));
    }
    expect(() => evaluateCase({ ...whole, segments: [...segments, { label: 1, name: 'again' }] })).toThrow(/used twice/);
    expect(() => evaluateCase({ ...whole, tolerance: NaN })).toThrow(expect.objectContaining({ subject: 'tolerance' }));
  });
});

describe('summarise', () => {
  const cases = [madeCase('a', 0.9, 0.7), madeCase('b', 0.8, null), madeCase('c', 0.7, 0)];
  const evaluation = summarise(cases, { resamples: 500 });

  it('takes the mean over cases of the mean over defined segments', () => {
    expect(evaluation.summary.overall.dice.mean).toBeCloseTo((0.8 + 0.8 + 0.35) / 3, 12);
    expect(evaluation.summary.segments[1]?.dice).toMatchObject({ count: 2, mean: 0.35, min: 0, max: 0.7 });
  });

  it('leaves a missed segment out of the distances and counts it', () => {
    const spleen = evaluation.summary.segments[1];
    expect(spleen?.hd95).toMatchObject({ count: 1, std: null, low: null });
    expect(spleen?.outcomes).toEqual({ found: 1, missed: 1, spurious: 0, absent: 1 });
  });

  it('reports the sample standard deviation and an interval around the mean', () => {
    const { std, mean, low, high, median } = evaluation.summary.segments[0]?.dice ?? { std: 0, mean: 0, low: 0, high: 0, median: 0 };
    expect(std).toBeCloseTo(0.1, 12);
    expect(median).toBeCloseTo(0.8, 12);
    expect([mean, low, high].every((x) => x !== null && x >= 0.7 - 1e-12 && x <= 0.9 + 1e-12)).toBe(true);
  });

  it('survives JSON unchanged', () => {
    expect(parseEvaluation(JSON.parse(JSON.stringify(evaluation)), 'a.json')).toEqual(evaluation);
  });

  it('refuses no cases, one name twice, and documents of another kind', () => {
    expect(() => summarise([])).toThrow(expect.objectContaining({ code: 'no-data' }));
    expect(() => summarise([madeCase('a', 1, 1), madeCase('a', 1, 1)])).toThrow(
      expect.objectContaining({ code: 'bad-file', subject: 'a' }),
    );
    for (const other of [null, 3, [], {}, { ...evaluation, schema: 'tessera-evaluation/2' }, { ...evaluation, cases: [{ case: 1 }] }]) {
      expect(() => parseEvaluation(other, 'b.json')).toThrow(expect.objectContaining({ code: 'bad-file', subject: 'b.json' }));
    }
  });

  it('writes CSV that keeps commas, quotes and empty scores apart', () => {
    const lines = evaluationToCsv(summarise([madeCase('case "7", left', 0.5, null)])).split('\r\n');
    expect(lines[0]).toContain('surface_dice_1mm');
    expect(lines[1]).toBe('"case ""7"", left",1,liver,found,0.5,5,0.5,5,1,1');
    expect(lines[2]).toBe('"case ""7"", left",2,spleen,absent,,,,,1,1');
    expect(lines).toHaveLength(4);
  });

  it('prints a table whose columns line up', () => {
    const table = evaluationTable(evaluation).split('\n\n')[0]?.split('\n') ?? [];
    expect(table).toHaveLength(5);
    expect(new Set(table.map((line) => line.length)).size).toBe(1);
    expect(table[3]).toMatch(/^spleen .* 1\/2 +0\/1$/);
  });
});

describe('compareEvaluations', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const before = summarise(names.map((name, n) => madeCase(name, 0.5 + 0.05 * n, n === 0 ? null : 0.6)));
  const after = summarise([...names].reverse().map((name) => madeCase(name, 0.6 + 0.05 * names.indexOf(name), 0.6)));

  it('pairs cases by name and finds a steady gain', () => {
    const { segments: of, cases } = compareEvaluations(before, after);
    expect(cases).toEqual(names);
    const liver = of[0]?.dice;
    expect(liver?.pairs).toBe(6);
    for (const value of [liver?.difference, liver?.low, liver?.high]) expect(value).toBeCloseTo(0.1, 10);
    // Six differences that are equal but for rounding, all positive: 2 of 64 sign patterns.
    expect(liver?.pValue).toBeCloseTo(2 / 64, 12);
    expect(liver?.test).toBe('exact');
  });

  it('compares a case only over segments that both define', () => {
    const { overall } = compareEvaluations(before, after);
    // Case a: liver alone (+0.1); the others: mean of +0.1 and 0.
    expect(overall.dice.difference).toBeCloseTo((0.1 + 5 * 0.05) / 6, 10);
  });

  it('is mirrored when the two are swapped', () => {
    const there = compareEvaluations(before, after).overall.hd95;
    const back = compareEvaluations(after, before).overall.hd95;
    expect(there.difference).toBeLessThan(0);
    expect(back.difference).toBeCloseTo(-(there.difference ?? NaN), 12);
    expect(back.pValue).toBeCloseTo(there.pValue ?? NaN, 12);
  });

  it('names cases that only one has, and refuses when nothing is shared', () => {
    const other = summarise([madeCase('a', 0.5, 0.5), madeCase('z', 0.5, 0.5)]);
    expect(compareEvaluations(before, other)).toMatchObject({ cases: ['a'], onlyInA: ['b', 'c', 'd', 'e', 'f'], onlyInB: ['z'] });
    expect(() => compareEvaluations(before, summarise([madeCase('z', 0.5, 0.5)]))).toThrow(expect.objectContaining({ code: 'no-data' }));
    expect(() => compareEvaluations(before, { ...after, toleranceMm: 2 })).toThrow(expect.objectContaining({ code: 'bad-setting' }));
    // A document of the time when surface Dice counted voxels.
    const { surfaceDiceOf, ...old } = before;
    expect(surfaceDiceOf).toBe('area');
    const read = parseEvaluation(JSON.parse(JSON.stringify(old)), 'old.json');
    expect(read.surfaceDiceOf).toBe('voxels');
    expect(compareEvaluations(read, read).cases).toEqual(compareEvaluations(before, before).cases);
    expect(() => compareEvaluations(read, after)).toThrow(expect.objectContaining({ code: 'bad-setting', subject: 'surface Dice' }));
  });

  it('prints differences with sign and p-value', () => {
    const text = comparisonTable(compareEvaluations(before, after), { a: 'scratch', b: 'pre-trained' });
    expect(text).toMatch(/^liver +0\.625 +0\.725 +\+0\.100 \[\+0\.100, \+0\.100\] +0\.031 +6$/m);
    expect(text).toContain('difference = pre-trained − scratch');
  });
});
