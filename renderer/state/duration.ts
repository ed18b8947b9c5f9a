/** A time as people say it, two figures: `40 s`, `12 min`, `3.5 h`, `2.1 d`. */
export function formatDuration(seconds: number, language: string): string {
  const format = (value: number, unit: string): string =>
    `${new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(value)} ${unit}`;
  if (seconds < 90) return format(seconds, 's');
  if (seconds < 5400) return format(seconds / 60, 'min');
  if (seconds < 172_800) return format(seconds / 3600, 'h');
  return format(seconds / 86_400, 'd');
}
