import { formatNumber } from '../../state/format.ts';

interface Interval {
  readonly low: number | null;
  readonly high: number | null;
}

export function scoreText(value: number | null | undefined, language: string, digits: number): string {
  return value === null || value === undefined ? '–' : formatNumber(value, language, digits);
}

/** `0.803 [0.781; 0.824]` */
export function withInterval(score: (Interval & { readonly mean: number | null }) | undefined, language: string, digits: number): string {
  return score === undefined ? '–' : spread(score.mean, score, language, digits);
}

/** `+0.016 [−0.002; +0.031]` */
export function differenceText(score: Interval & { readonly difference: number | null }, language: string): string {
  const formatter = new Intl.NumberFormat(language, { minimumFractionDigits: 3, maximumFractionDigits: 3, signDisplay: 'exceptZero' });
  const format = (value: number): string => formatter.format(value);
  const { low, high } = score;
  if (score.difference === null) return '–';
  return low === null || high === null ? format(score.difference) : `${format(score.difference)} [${format(low)}; ${format(high)}]`;
}

/** As papers write it: three digits, or how small it is at least. */
export function pText(p: number | null, language: string): string {
  if (p === null) return '–';
  return p < 0.001 ? `< ${formatNumber(0.001, language, 3)}` : formatNumber(p, language, 3);
}

function spread(value: number | null, { low, high }: Interval, language: string, digits: number): string {
  const text = scoreText(value, language, digits);
  return low === null || high === null ? text : `${text} [${scoreText(low, language, digits)}; ${scoreText(high, language, digits)}]`;
}
