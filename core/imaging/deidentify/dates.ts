/**
 * A date (DA), or the date in a date with time (DT), some days earlier; the time of day stays.
 * @returns '' when there is no whole date in it
 */
export function shiftedDate(value: string, days: number): string {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})(.*)$/.exec(value.trim());
  if (match === null) return '';
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return '';
  date.setUTCDate(day - days);
  return `${date.toISOString().slice(0, 10).replaceAll('-', '')}${match[4] ?? ''}`;
}
