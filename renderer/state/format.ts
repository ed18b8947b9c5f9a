/** Numbers as people read them, in the language of the page. */

/** Making one takes longer than a hundred uses of it, and volumes are written with every piece of a stroke. */
const formats = new Map<string, Intl.NumberFormat>();

export function formatNumber(value: number, language: string, digits = 0): string {
  const name = `${language} ${digits}`;
  let format = formats.get(name);
  if (format === undefined) {
    format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(name, format);
  }
  return format.format(value);
}

/** Bytes in powers of 1000, three figures: `157 MB`. */
export function formatBytes(bytes: number, language: string): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${formatNumber(value, language, unit === 0 || value >= 99.95 ? 0 : 1)} ${units[unit] ?? ''}`;
}

/** Edge lengths in voxels: `512 × 512 × 300`. */
export function formatDims(dims: readonly number[]): string {
  return dims.join(' × ');
}

/** Spacing in millimetres, without figures that say nothing: `0.78 × 0.78 × 5 mm`. */
export function formatSpacing(spacing: readonly number[], language: string): string {
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  return `${spacing.map((edge) => format.format(edge)).join(' × ')} mm`;
}

/** Millilitres: three figures below 100, whole ones above. */
export function formatMillilitres(millilitres: number, language: string): string {
  const digits = millilitres >= 100 ? 0 : millilitres >= 10 ? 1 : 2;
  return `${formatNumber(millilitres, language, digits)} ml`;
}

/** A value of the scan: whole for stored whole numbers (HU), else four figures. */
export function formatValue(value: number, language: string): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return formatNumber(value, language);
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 4 }).format(value);
}

export function formatPercent(fraction: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(fraction);
}

/** A day and time as the language writes them, short. */
export function formatDate(iso: string, language: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** `kidney_left` as people say it: `Kidney left`. */
export function readableName(name: string): string {
  const spaced = name.replaceAll('_', ' ').trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
