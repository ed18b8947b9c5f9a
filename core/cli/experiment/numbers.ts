import { bootstrapMean, bootstrapMeanDifference, caseMeans, wilcoxonSignedRank } from '../../evaluation/index.ts';
import type { CellResult } from './results.ts';

/** Dice of each test case, the mean of both parts, or of one of them, and of all seeds. */
export function diceOfCases(cells: readonly CellResult[], label?: number): ReadonlyMap<string, number> {
  const all = new Map<string, number[]>();
  for (const { test } of cells) {
    const cases =
      label === undefined ? test.cases : test.cases.map((c) => ({ ...c, segments: c.segments.filter((s) => s.label === label) }));
    caseMeans(cases, 'dice').forEach((dice, i) => {
      const name = cases[i]?.case ?? '';
      all.set(name, [...(all.get(name) ?? []), dice]);
    });
  }
  return new Map([...all].map(([name, values]) => [name, mean(values)]));
}

export interface DiceInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Mean over cases with its bootstrap interval. */
export function intervalOf(dice: ReadonlyMap<string, number>): DiceInterval {
  return bootstrapMean([...dice.values()]);
}

export interface DiceDifference extends DiceInterval {
  readonly p: number;
  readonly cases: number;
}

/** b − a over the cases of both: mean with its bootstrap interval, and Wilcoxon's signed-rank test, two-sided. */
export function differenceOf(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): DiceDifference {
  const shared = [...a.keys()].filter((name) => b.has(name));
  const of = (from: ReadonlyMap<string, number>): number[] => shared.map((name) => from.get(name) ?? Number.NaN);
  const [from, to] = [of(a), of(b)];
  // Differences that are equal but for rounding must tie.
  const { pValue } = wilcoxonSignedRank(to.map((y, i) => Number((y - (from[i] ?? Number.NaN)).toFixed(12))));
  return { ...bootstrapMeanDifference(from, to), p: pValue, cases: shared.length };
}

/** Validation Dice by steps, the mean of the seeds. */
export function curveOf(cells: readonly CellResult[]): [number, number][] {
  const bySteps = new Map<number, number[]>();
  for (const { curve } of cells) for (const [step, dice] of curve) bySteps.set(step, [...(bySteps.get(step) ?? []), dice]);
  return [...bySteps].filter(([, values]) => values.length === cells.length).map(([step, values]) => [step, mean(values)]);
}

/** The first step at which a learning curve is as high as some Dice. */
export function stepsTo(dice: number, curve: readonly (readonly [number, number])[]): number | undefined {
  return curve.find(([, reached]) => reached >= dice)?.[0];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
