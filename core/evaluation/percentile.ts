/**
 * Percentile by linear interpolation between the two nearest ranks, as numpy.percentile does by default.
 * @param sorted values in ascending order
 * @param percent 0..100
 * @returns NaN for no values
 */
export function percentileOfSorted(sorted: ArrayLike<number>, percent: number): number {
  const position = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  // Equal neighbours must not meet Infinity − Infinity.
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}
