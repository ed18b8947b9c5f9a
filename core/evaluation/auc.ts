/**
 * Area under the ROC curve: the chance that a positive case scores higher than a negative one, a tie counting half (Mann-Whitney).
 * @param scores one a case; only their order matters
 * @param positive whether each case has the finding; undefined where nobody knows: such cases do not count
 * @returns NaN without a positive or without a negative case, or when a score is not a number
 */
export function auc(scores: ArrayLike<number>, positive: readonly (boolean | undefined)[]): number {
  const known = positive.flatMap((isPositive, i) => (isPositive === undefined ? [] : [{ score: scores[i] ?? Number.NaN, isPositive }]));
  if (known.some(({ score }) => Number.isNaN(score))) return Number.NaN;
  known.sort((a, b) => a.score - b.score);
  // Sum of the ranks of the positive cases; cases of one score share the mean of their ranks.
  let ranks = 0;
  for (let first = 0; first < known.length;) {
    let end = first;
    while (end < known.length && known[end]?.score === known[first]?.score) end++;
    const rank = (first + 1 + end) / 2;
    ranks += rank * known.slice(first, end).filter(({ isPositive }) => isPositive).length;
    first = end;
  }
  const positives = known.filter(({ isPositive }) => isPositive).length;
  const negatives = known.length - positives;
  return positives === 0 || negatives === 0 ? Number.NaN : (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Mean of those that are numbers; NaN when none is. */
export function meanAuc(areas: readonly number[]): number {
  const numbers = areas.filter((area) => !Number.isNaN(area));
  return numbers.length === 0 ? Number.NaN : numbers.reduce((sum, area) => sum + area, 0) / numbers.length;
}
