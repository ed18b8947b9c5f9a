/** What is wrong with the distances between slices. */
export interface SliceSpacing {
  /** Millimetres from one slice to the next, on average; NaN for one slice. */
  readonly mean: number;
  /** Millimetres that occur most (the median); NaN for one slice. */
  readonly usual: number;
  /** How far a slice lies from where a regular stack from the first to the last would have it, at most. */
  readonly deviation: number;
  /** Gaps that are a whole number of usual distances: after which slice (from 0), and how many slices lack. */
  readonly missing: readonly { readonly after: number; readonly slices: number }[];
  /** True when every slice lies close to where a regular stack has it. */
  readonly even: boolean;
}

/** Slices may lie this share of their distance away from a regular grid; */
const EVEN_TOLERANCE = 0.05;
/** or, up to a quarter of their distance, so many millimetres: positions are often rounded to a tenth of one. */
const ROUNDED_TOLERANCE = 0.1;
const GAP_TOLERANCE = 0.1;

/** @param positions along the stack in millimetres, ascending */
export function sliceSpacingOf(positions: readonly number[]): SliceSpacing {
  const first = positions[0] ?? 0;
  const gaps = positions.slice(1).map((p, i) => p - (positions[i] ?? 0));
  if (gaps.length === 0) return { mean: NaN, usual: NaN, deviation: 0, missing: [], even: true };
  const mean = ((positions.at(-1) ?? 0) - first) / gaps.length;
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)] ?? mean;
  const deviation = Math.max(...positions.map((p, i) => Math.abs(p - first - i * mean)));
  const even = deviation <= Math.min(0.25 * mean, Math.max(EVEN_TOLERANCE * mean, ROUNDED_TOLERANCE));
  const whole = gaps.every((gap) => Math.abs(gap / usual - Math.round(gap / usual)) <= GAP_TOLERANCE && Math.round(gap / usual) >= 1);
  const missing =
    even || !whole ? [] : gaps.flatMap((gap, after) => (gap > 1.5 * usual ? [{ after, slices: Math.round(gap / usual) - 1 }] : []));
  return { mean, usual, deviation, missing, even };
}
