import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { resultSections } from '../../../core/cli/experiment/page.ts';
import { differenceOf, diceOfCases, stepsTo } from '../../../core/cli/experiment/numbers.ts';
import { planCells, type Arm } from '../../../core/cli/experiment/plan.ts';
import type { CellResult, PretrainingResult } from '../../../core/cli/experiment/results.ts';
import { summarise, type CaseEvaluation } from '../../../core/evaluation/index.ts';

const evaluated = (name: string, anterior: number, posterior: number): CaseEvaluation => ({
  case: name,
  segments: [anterior, posterior].map((dice, i) => ({
    label: i + 1,
    name: ['anterior', 'posterior'][i] ?? '',
    dice,
    hd95: 1,
    meanSurfaceDistance: 1,
    surfaceDice: 1,
    referenceMl: 1,
    predictionMl: 1,
    outcome: 'found',
  })),
});

const cell = (arm: Arm, seed: number, dice: readonly (readonly [number, number])[], curve: readonly [number, number][]): CellResult => ({
  schema: 'tessera-experiment-cell/1',
  arm,
  labels: 10,
  seed,
  training: [],
  settings: {},
  versions: {},
  steps: 300,
  seconds: 120,
  curve: [...curve],
  chosen: { step: 300, validationDice: Math.max(...curve.map(([, value]) => value)) },
  finished: '',
  test: summarise(dice.map(([a, p], i) => evaluated(`case_${String(i)}`, a, p))),
});

const scratch = cell(
  'scratch',
  0,
  Array.from({ length: 8 }, (_, i) => [0.5 + i / 100, 0.7 + i / 100] as const),
  [
    [100, 0.4],
    [200, 0.55],
    [300, 0.6],
  ],
);
const glMae = cell(
  'gl-mae',
  0,
  Array.from({ length: 8 }, (_, i) => [0.55 + i / 100, 0.75 + i / 100] as const),
  [
    [100, 0.6],
    [200, 0.66],
    [300, 0.65],
  ],
);
const pretraining: PretrainingResult = {
  schema: 'tessera-experiment-pretraining/1',
  arm: 'gl-mae',
  seed: 0,
  settings: {},
  versions: {},
  steps: 720,
  seconds: 60,
  meters: { consistency: 3.25, entropy: 3, meanEntropy: 4.5, spread: 0.02 },
  health: [],
  probe: { linearPatchDice: 0.5, knnPatchDice: 0.4 },
  reconstruction: [{ maskRatio: 0.75, mse: 0.5, meanOfVisibleMse: 1, nearestVisibleMse: 2, of: 'voxels', scans: 40 }],
  finished: '',
};

describe('the tables of an experiment', () => {
  it('runs few seeds and labels first, each cell once', () => {
    const cells = planCells({ arms: ['scratch', 'gl-mae'], labels: [10, 5], seeds: 2 });
    expect(cells.map(({ arm, labels, seed }) => `${String(seed)}/${String(labels)}/${arm}`)).toEqual(
      [0, 1].flatMap((seed) => [10, 5].flatMap((labels) => ['scratch', 'gl-mae'].map((arm) => `${String(seed)}/${String(labels)}/${arm}`))),
    );
  });

  it('averages both parts in each case, then seeds, and pairs cases', () => {
    const dice = diceOfCases([scratch]);
    expect(dice.get('case_0')).toBeCloseTo(0.6, 12);
    const other = cell('scratch', 1, [[0.7, 0.9]], [[100, 0.5]]);
    expect(diceOfCases([scratch, other]).get('case_0')).toBeCloseTo(0.7, 12);
    const { mean, low, high, p, cases } = differenceOf(dice, diceOfCases([glMae]));
    expect([mean, low, high].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([0.05, 0.05, 0.05]);
    // All eight differences are positive: 2 of the 2⁸ sign patterns are as extreme.
    expect(p).toBeCloseTo(2 / 256, 12);
    expect(cases).toBe(8);
  });

  it('finds the first step at which a curve is high enough', () => {
    expect(stepsTo(0.6, glMae.curve)).toBe(100);
    expect(stepsTo(0.7, glMae.curve)).toBeUndefined();
  });

  it('prints known numbers in a page that is formatted as the others are', async () => {
    const page = resultSections({ cells: [scratch, glMae], pretrainings: [pretraining] }, { cells: [], pretrainings: [] });
    const row = (start: string): string[] =>
      (page.split('\n').find((line) => line.startsWith(`| ${start}`)) ?? '').split('|').map((text) => text.trim());
    expect(row('UNETR after GL-MAE, patches compared').slice(2, 11)).toEqual([
      '0',
      expect.stringMatching(/^0\.685 \(0\.6[67]\d … 0\.70\d\)$/),
      '0.585',
      '0.785',
      '+0.050 (0.050 … 0.050)',
      '0.008',
      '0.660',
      '100 of 300',
      '2 min',
    ]);
    expect(row('UNETR from scratch').slice(6, 10)).toEqual(['', '', '0.600', '300 of 300']);
    expect(row('patches, standardised').slice(3, 10)).toEqual(['3.250', '3.000', '4.500', '0.0200', 'nothing found', '0.500', '0.400']);
    expect(row('GL-MAE, patches compared').slice(3, 9)).toEqual(['0.75', '0.500', '1.000', '2.000', '50.0 %, 75.0 %', 'voxels']);
    expect(await format(page, { parser: 'markdown', printWidth: 140 })).toBe(`${page}\n`);
  });
});
