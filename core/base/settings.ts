import * as z from 'zod';
import { nearestNames } from './nearest-names.ts';
import { settingControl, type SettingControl } from './setting-control.ts';
import { badSetting, settingKind, type SettingKind, type SettingSchema } from './setting-kinds.ts';

/** One leaf of a settings object: a thing that can be set. */
export interface Setting {
  /** Dotted, such as `decoder.width`; always unique. */
  readonly path: string;
  /** The last part of the path. Alone it means the first setting of that name, in the order of the schema. */
  readonly name: string;
  /** Allowed values, in words. */
  readonly range: string;
  /** As it would be typed; empty for a setting without default. */
  readonly default: string;
  readonly unit: string | undefined;
  readonly description: string;
  /** How it is changed on a screen. */
  readonly control: SettingControl;
}

/** Values of some settings, nested as the settings are. */
export interface PartialSettings {
  readonly [name: string]: unknown;
}

/** Every setting of a schema, in its order. */
export function listSettings(schema: z.ZodType): Setting[] {
  return leavesOf(schema).map(({ path, schema: leaf, kind }) => ({
    path,
    name: path.split('.').at(-1) ?? path,
    range: kind.range,
    default: leaf.default === undefined ? '' : kind.format(leaf.default),
    unit: leaf.unit,
    description: leaf.description ?? '',
    control: settingControl(leaf),
  }));
}

/** Those of `values` that the schema has, by their paths, as they would be typed. */
export function settingTexts(schema: z.ZodType, values: PartialSettings): Record<string, string> {
  return Object.fromEntries(
    leavesOf(schema).flatMap(({ path, kind }) => {
      const value = valueAt(values, path.split('.'));
      return value === undefined ? [] : [[path, kind.format(value)]];
    }),
  );
}

/**
 * Settings with some of them given anew, as a user types them: `width=384`, `decoder.width=576`, `patch=8,8,8` or `8x8x8`,
 * `spacing=null`, `intensity=window:-175,250`, `intensity=zscore`.
 * @param base what the other settings are, nested; the schema's defaults where absent
 * @throws TesseraError `bad-setting` naming the setting: unknown (with the three nearest names), of the wrong kind, or out of range (with the range)
 */
export function applySettings<S extends z.ZodType>(schema: S, base: PartialSettings, assignments: readonly string[]): z.output<S> {
  const leaves = leavesOf(schema);
  let settings = base;
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    if (at < 1) throw badSetting(assignment, 'is not of the form name=value.', 'Write for example --set learningRate=1e-4.');
    const [name, text] = [assignment.slice(0, at).trim(), assignment.slice(at + 1).trim()];
    const leaf = findLeaf(leaves, name);
    const value = leaf.kind.parse(text);
    if (value === undefined) throw outOfRange(leaf, text);
    settings = merge(settings, nested(leaf.path.split('.'), value), new Set([leaf.path]));
  }
  return validated(schema, leaves, settings);
}

/**
 * `base` with the values of `changes` in place of its own.
 * @param subject what the changes come from, for errors: a file, a recipe
 * @throws TesseraError `bad-setting` for a name that the schema does not have
 */
export function overlaySettings(schema: z.ZodType, base: PartialSettings, changes: PartialSettings, subject: string): PartialSettings {
  const leaves = leavesOf(schema);
  const paths = new Set(leaves.map((leaf) => leaf.path));
  for (const path of givenPaths(changes, paths))
    if (!paths.has(path)) throw badSetting(subject, `has the unknown setting ${path}.`, nearestAdvice(path, leaves));
  return merge(base, changes, paths);
}

/** Those of `values` that the schema has, nested as before: what two schemas share can be taken from one to the other. */
export function pickSettings(schema: z.ZodType, values: PartialSettings): PartialSettings {
  const leaves = leavesOf(schema);
  const paths = new Set(leaves.map(({ path }) => path));
  return givenPaths(values, paths)
    .filter((path) => paths.has(path))
    .reduce<PartialSettings>((picked, path) => merge(picked, nested(path.split('.'), valueAt(values, path.split('.'))), paths), {});
}

interface Leaf {
  readonly path: string;
  readonly schema: SettingSchema;
  readonly kind: SettingKind;
}

function leavesOf(schema: z.ZodType): Leaf[] {
  return below(z.toJSONSchema(schema, { io: 'input' }) as SettingSchema, '');
}

function below(schema: SettingSchema, path: string): Leaf[] {
  if (schema.properties === undefined) return [{ path, schema, kind: settingKind(schema) }];
  return Object.entries(schema.properties)
    .filter(([, inner]) => inner.const === undefined) // the name of a variant: nothing to set
    .flatMap(([name, inner]) => below(inner, path === '' ? name : `${path}.${name}`));
}

function findLeaf(leaves: readonly Leaf[], name: string): Leaf {
  const found = leaves.find(({ path }) => path === name) ?? leaves.find(({ path }) => path.endsWith(`.${name}`));
  if (found !== undefined) return found;
  throw badSetting(name, 'is not a setting here.', nearestAdvice(name, leaves));
}

function nearestAdvice(name: string, leaves: readonly Leaf[]): string {
  const paths = leaves.map(({ path }) => path);
  return `The nearest names are ${nearestNames(name, paths).join(', ')}.`;
}

function outOfRange({ path, kind }: Leaf, text: string): Error {
  return badSetting(path, `cannot be ${text === '' ? 'empty' : text}.`, `It takes: ${kind.range}.`);
}

function validated<S extends z.ZodType>(schema: S, leaves: readonly Leaf[], settings: PartialSettings): z.output<S> {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = (issue?.path ?? []).map(String).join('.');
  const leaf = leaves.find(({ path }) => where === path || where.startsWith(`${path}.`));
  if (leaf === undefined) throw badSetting(where === '' ? 'settings' : where, `${issue?.message ?? 'is wrong'}.`);
  // A condition between two values says itself what is wrong with them.
  if (issue?.code === 'custom') throw badSetting(leaf.path, `is wrong: ${issue.message}.`, `It takes: ${leaf.kind.range}.`);
  throw outOfRange(leaf, leaf.kind.format(valueAt(settings, leaf.path.split('.'))));
}

/** A value below its path: ['a', 'b'] and 1 give { a: { b: 1 } }. */
function nested(path: readonly string[], value: unknown): PartialSettings {
  const [first = '', ...rest] = path;
  return { [first]: rest.length === 0 ? value : nested(rest, value) };
}

/** Merges nested objects, but takes each leaf whole: a new intensity mapping keeps nothing of the old one. */
function merge(base: PartialSettings, changes: PartialSettings, leaves: ReadonlySet<string>, prefix = ''): PartialSettings {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(changes)) {
    const old = result[name];
    const path = prefix + name;
    result[name] = isGroup(value) && !leaves.has(path) ? merge(isGroup(old) ? old : {}, value, leaves, `${path}.`) : value;
  }
  return result;
}

function givenPaths(changes: PartialSettings, leaves: ReadonlySet<string>, prefix = ''): string[] {
  return Object.entries(changes).flatMap(([name, value]) => {
    const path = prefix + name;
    return isGroup(value) && !leaves.has(path) ? givenPaths(value, leaves, `${path}.`) : [path];
  });
}

function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isGroup(value) ? value[name] : undefined), settings);
}

function isGroup(value: unknown): value is PartialSettings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
