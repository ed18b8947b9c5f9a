import type { RunDetails, TrainingSetting } from '../api/training.ts';
import { seriesOf, smoothed, type Series } from './series.ts';

/** One setting of some runs. */
export interface SettingRow {
  /** Dotted, as on the command line. */
  readonly path: string;
  readonly unit: string | undefined;
  readonly description: string;
  /** One a run, as it would be typed; undefined where a run has no such setting. */
  readonly values: readonly (string | undefined)[];
  readonly differs: boolean;
}

/** Values by their dotted names, as they would be typed; lists stay whole. */
export function flatSettings(settings: Readonly<Record<string, unknown>>, before = ''): ReadonlyMap<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(settings)) {
    const path = before + name;
    if (isRecord(value)) for (const [inner, text] of flatSettings(value, `${path}.`)) flat.set(inner, text);
    else flat.set(path, typed(value));
  }
  return flat;
}

/** The settings of some runs side by side, in the order of the schema; those it does not know come last. */
export function settingRows(runs: readonly Pick<RunDetails, 'settings'>[], schema: readonly TrainingSetting[]): SettingRow[] {
  const each = runs.map(({ settings }) => flatSettings(settings));
  const order = schema.map(({ path }) => path);
  const place = (path: string): number => (order.includes(path) ? order.indexOf(path) : order.length);
  const paths = [...new Set(each.flatMap((settings) => [...settings.keys()]))].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  return paths.map((path) => {
    const values = each.map((settings) => settings.get(path));
    const known = schema.find((setting) => setting.path === path);
    return { path, unit: known?.unit, description: known?.description ?? '', values, differs: new Set(values).size > 1 };
  });
}

/** A name for each that no other has: of two alike the beginning of their ids is added. */
export function distinctNames(runs: readonly { readonly id: string; readonly name: string }[]): string[] {
  return runs.map(({ id, name }) => (runs.some((other) => other.id !== id && other.name === name) ? `${name} (${id.slice(0, 4)})` : name));
}

type Lines = Parameters<typeof seriesOf>[0];

/** One quantity of some runs, a curve each under the run's name; those that never measured it are left out. */
export function curvesOf(runs: readonly { readonly name: string; readonly lines: Lines }[], quantity: string, calm: boolean): Series[] {
  return runs.flatMap(({ name, lines }) =>
    seriesOf(lines, [quantity]).map(({ points }) => smoothed({ name, points }, calm ? Math.floor(points.length / 40) : 0)),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typed(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map(typed).join(',') : JSON.stringify(value);
}
