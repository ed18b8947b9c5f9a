import { csvOfRows } from './csv.ts';

/** A curve: places along x ascending, and a value at each. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

type Line = Readonly<Record<string, number | string>>;

/** The values of some quantities along the steps, those that were measured. */
export function seriesOf(lines: readonly Line[], names: readonly string[], scale = 1): Series[] {
  return names
    .map((name) => ({
      name,
      points: lines.flatMap((line) => {
        const value = line[name];
        return typeof value === 'number' && Number.isFinite(value) ? [[Number(line['step']), value * scale] as const] : [];
      }),
    }))
    .filter(({ points }) => points.length > 0);
}

/** Names of quantities that begin with some text, in the order in which they occur. */
export function namesWith(lines: readonly Line[], beginning: string): string[] {
  const names = new Set<string>();
  for (const line of lines) for (const name of Object.keys(line)) if (name.startsWith(beginning)) names.add(name);
  return [...names];
}

/** A moving median over `width` points: what is left of a noisy loss. */
export function smoothed({ name, points }: Series, width: number): Series {
  if (width < 2) return { name, points };
  const half = width >> 1;
  return {
    name,
    points: points.map(([x], i) => {
      const near = points.slice(Math.max(0, i - half), i + half + 1).map(([, y]) => y);
      near.sort((a, b) => a - b);
      return [x, near[near.length >> 1] ?? Number.NaN] as const;
    }),
  };
}

/** One row a place, one column a curve; for spreadsheets. */
export function csvOf(series: readonly Series[], x: string): string {
  const places = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const columns = series.map(({ points }) => new Map(points));
  const names = series.map(({ name }) => name);
  return csvOfRows([[x, ...names], ...places.map((at) => [at, ...columns.map((column) => column.get(at) ?? null)])]);
}

/** The value of each curve at the place nearest to one. */
export function valuesAt(series: readonly Series[], x: number): { readonly at: number; readonly values: readonly (number | undefined)[] } {
  const nearest = (points: Series['points']): readonly [number, number] | undefined => {
    let [low, high] = [0, points.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[middle]?.[0] ?? 0) < x) low = middle + 1;
      else high = middle;
    }
    const [after, before] = [points[low], points[low - 1]];
    return before !== undefined && after !== undefined && x - before[0] < after[0] - x ? before : after;
  };
  const found = series.map(({ points }) => nearest(points));
  return { at: found.find((point) => point !== undefined)?.[0] ?? x, values: found.map((point) => point?.[1]) };
}
