import { normalUpperTail } from './normal.ts';

export interface WilcoxonResult {
  /** Smaller of the two sums of signed ranks. */
  readonly statistic: number;
  /** Two-sided; 1 when every difference is zero. */
  readonly pValue: number;
  /** Differences that are not zero. */
  readonly count: number;
  readonly method: 'exact' | 'normal';
}

/** Up to this many differences the distribution is enumerated. */
const EXACT_LIMIT = 25;

/**
 * Wilcoxon signed-rank test, two-sided. Zero differences are dropped (Wilcoxon, 1945), ties get their mean rank.
 * Up to 25 differences the p-value is exact, with or without ties (all sign patterns counted by dynamic programming over doubled ranks);
 * above, the normal approximation with tie and continuity correction. Values that are not finite are left out.
 */
export function wilcoxonSignedRank(differences: readonly number[]): WilcoxonResult {
  const kept = differences.filter((d) => Number.isFinite(d) && d !== 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const count = kept.length;
  if (count === 0) return { statistic: 0, pValue: 1, count, method: 'exact' };

  const { doubledRanks, tieTerm } = rankMagnitudes(kept);
  const positive = kept.reduce((total, d, i) => (d > 0 ? total + (doubledRanks[i] ?? 0) : total), 0) / 2;
  const total = (count * (count + 1)) / 2;
  const statistic = Math.min(positive, total - positive);
  if (count <= EXACT_LIMIT) return { statistic, pValue: exactP(doubledRanks, 2 * statistic), count, method: 'exact' };

  const variance = (count * (count + 1) * (2 * count + 1)) / 24 - tieTerm / 48;
  const z = Math.max(0, Math.abs(statistic - total / 2) - 0.5) / Math.sqrt(variance);
  return { statistic, pValue: Math.min(1, 2 * normalUpperTail(z)), count, method: 'normal' };
}

/** Twice the mean rank of each magnitude (whole numbers, also with ties), and the sum of t³ − t over groups of t ties. */
function rankMagnitudes(ascending: readonly number[]): { doubledRanks: number[]; tieTerm: number } {
  const doubledRanks: number[] = [];
  let tieTerm = 0;
  for (let start = 0; start < ascending.length;) {
    const magnitude = Math.abs(ascending[start] ?? 0);
    let end = start;
    while (end < ascending.length && Math.abs(ascending[end] ?? 0) === magnitude) end++;
    for (let i = start; i < end; i++) doubledRanks.push(start + 1 + end);
    const ties = end - start;
    tieTerm += ties ** 3 - ties;
    start = end;
  }
  return { doubledRanks, tieTerm };
}

/** Twice the share of the 2ⁿ sign patterns whose doubled rank sum is at most `doubledStatistic`. */
function exactP(doubledRanks: readonly number[], doubledStatistic: number): number {
  const largest = doubledRanks.reduce((a, b) => a + b, 0);
  const patterns = new Float64Array(largest + 1);
  patterns[0] = 1;
  for (const rank of doubledRanks)
    for (let s = largest; s >= rank; s--) patterns[s] = (patterns[s] as number) + (patterns[s - rank] as number);
  let below = 0;
  for (let s = 0; s <= doubledStatistic; s++) below += patterns[s] as number;
  return Math.min(1, (2 * below) / 2 ** doubledRanks.length);
}
