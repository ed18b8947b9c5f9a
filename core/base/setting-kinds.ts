import { TesseraError } from './errors.ts';

/** The part of JSON Schema (2020-12) that settings are made of, as zod writes it. */
export interface SettingSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SettingSchema>>;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly prefixItems?: readonly SettingSchema[];
  readonly items?: SettingSchema;
  readonly additionalProperties?: SettingSchema | boolean;
  readonly anyOf?: readonly SettingSchema[];
  readonly oneOf?: readonly SettingSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly unit?: string;
}

/** A value that is typed on a command line, whatever its kind: its allowed values in words, how it is read, how it is written. */
export interface SettingKind {
  /** "whole number from 1 to 64", "true or false", "gaussian or constant". */
  readonly range: string;
  /** The value that the text stands for, or undefined when it is none of this kind; ranges are checked later, by the schema. */
  parse(text: string): unknown;
  format(value: unknown): string;
}

/** @throws Error (a mistake in the program) for a schema that cannot be typed in one word. */
export function settingKind(schema: SettingSchema): SettingKind {
  if (schema.oneOf !== undefined) return variantKind(schema.oneOf);
  if (schema.anyOf !== undefined) return nullableKind(schema.anyOf);
  if (schema.enum !== undefined) return choiceKind(schema.enum.map(String));
  if (schema.prefixItems !== undefined) return listKind(schema.prefixItems);
  // How zod writes a boolean that may be null.
  if (typeof schema.type === 'object') return nullableKind(schema.type.map((type) => ({ ...schema, type })));
  if (typeof schema.additionalProperties === 'object') return groupsKind(schema.additionalProperties);
  if (schema.type === 'boolean') return booleanKind;
  if (schema.type === 'number' || schema.type === 'integer') return numberKind(schema);
  throw new Error(`A setting of this kind cannot be given on a command line: ${JSON.stringify(schema)}`);
}

const booleanKind: SettingKind = {
  range: 'true or false',
  parse: (text) => ({ true: true, false: false })[text],
  format: String,
};

function choiceKind(choices: readonly string[]): SettingKind {
  return { range: inWords(choices), parse: (text) => (choices.includes(text) ? text : undefined), format: String };
}

function numberKind(schema: SettingSchema): SettingKind {
  const whole = schema.type === 'integer';
  const bounds = [lowerBound(schema, whole), upperBound(schema)].filter((bound) => bound !== undefined).join(' ');
  const range = `${whole ? 'whole number' : 'number'}${bounds === '' ? '' : ` ${bounds}`}`;
  const parse = (text: string): number | undefined => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) && (!whole || Number.isInteger(value)) ? value : undefined;
  };
  return { range, parse, format: (value) => (typeof value === 'number' ? shortNumber(value) : String(value)) };
}

/** zod notes the limits of exact integers as a range of their own; nobody needs to read those. */
const isRealBound = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

function lowerBound({ minimum, exclusiveMinimum }: SettingSchema, whole: boolean): string | undefined {
  if (isRealBound(exclusiveMinimum)) return whole ? `from ${shortNumber(exclusiveMinimum + 1)}` : `above ${shortNumber(exclusiveMinimum)}`;
  return isRealBound(minimum) ? `from ${shortNumber(minimum)}` : undefined;
}

function upperBound({ maximum, exclusiveMaximum }: SettingSchema): string | undefined {
  if (isRealBound(exclusiveMaximum)) return `below ${shortNumber(exclusiveMaximum)}`;
  return isRealBound(maximum) ? `up to ${shortNumber(maximum)}` : undefined;
}

function nullableKind(members: readonly SettingSchema[]): SettingKind {
  const inner = members.find((member) => member.type !== 'null');
  if (inner === undefined) throw new Error('A setting that can only be null is none.');
  const kind = settingKind(inner);
  return {
    range: `${kind.range}; or null`,
    parse: (text) => (text === 'null' ? null : kind.parse(text)),
    format: (value) => (value === null ? 'null' : kind.format(value)),
  };
}

/** "96,96,64" or "96x96x64"; one number stands for all three of a triple. */
function listKind(items: readonly SettingSchema[]): SettingKind {
  const kinds = items.map(settingKind);
  const [first] = kinds;
  const alike = first !== undefined && kinds.every((kind) => kind.range === first.range);
  const each = alike
    ? `${kinds.length} numbers ${kinds.map((_, i) => 'abcdefgh'.charAt(i)).join(',')}, each a ${first.range}`
    : kinds.map((kind) => kind.range).join(', ');
  return {
    range: each,
    parse: (text) => {
      const parts = text.split(/[,x×]/).map((part) => part.trim());
      const full = parts.length === 1 && kinds.length === 3 && alike ? kinds.map(() => parts[0] ?? '') : parts;
      if (full.length !== kinds.length) return undefined;
      const values = kinds.map((kind, i) => kind.parse(full[i] ?? ''));
      return values.includes(undefined) ? undefined : values;
    },
    format: (value) => (Array.isArray(value) ? value.map((item, i) => kinds[i]?.format(item) ?? String(item)).join(',') : String(value)),
  };
}

/** "whole tumour=1+2+3,core=2+3": names, each with its numbers. */
function groupsKind({ items = {} }: SettingSchema): SettingKind {
  const number = settingKind(items);
  const group = (text: string): [string, unknown[]] | undefined => {
    const [name = '', numbers = '', ...rest] = text.split('=').map((part) => part.trim());
    const values = numbers.split('+').map((part) => number.parse(part));
    return name === '' || rest.length > 0 || values.includes(undefined) ? undefined : [name, values];
  };
  return {
    range: `name=a+b,other=c, each number a ${number.range}`,
    parse: (text) => {
      const groups = text.split(',').map(group);
      const named = groups.filter((g) => g !== undefined);
      return named.length < groups.length || new Set(named.map(([name]) => name)).size < named.length
        ? undefined
        : Object.fromEntries(named);
    },
    format: (value) =>
      typeof value !== 'object' || value === null
        ? String(value)
        : Object.entries(value)
            .map(
              ([name, numbers]) => `${name}=${Array.isArray(numbers) ? numbers.map((n) => number.format(n)).join('+') : String(numbers)}`,
            )
            .join(','),
  };
}

interface Variant {
  readonly tag: string;
  readonly name: string;
  readonly fields: readonly { readonly key: string; readonly kind: SettingKind; readonly required: boolean }[];
}

/** "window:-175,250", "zscore": the name of the variant, then its numbers in their order; numbers with a default may be left out together. */
function variantKind(members: readonly SettingSchema[]): SettingKind {
  const variants = members.map(variantOf);
  const form = ({ name, fields }: Variant): string => (fields.length === 0 ? name : `${name}:${fields.map((f) => f.key).join(',')}`);
  return {
    range: inWords(variants.map(form)),
    parse: (text) => {
      const [name, ...rest] = text.split(':');
      const variant = variants.find((v) => v.name === name);
      return variant === undefined || rest.length > 1 ? undefined : parseVariant(variant, rest[0]);
    },
    format: (value) => {
      if (typeof value !== 'object' || value === null) return String(value);
      const entries = new Map<string, unknown>(Object.entries(value));
      const variant = variants.find((v) => entries.get(v.tag) === v.name);
      if (variant === undefined) return JSON.stringify(value);
      const numbers = variant.fields.map((f) => f.kind.format(entries.get(f.key))).join(',');
      return numbers === '' ? variant.name : `${variant.name}:${numbers}`;
    },
  };
}

function variantOf({ properties = {} }: SettingSchema): Variant {
  const entries = Object.entries(properties);
  const tag = entries.find(([, schema]) => typeof schema.const === 'string');
  if (tag === undefined) throw new Error('Each variant of a setting has a name.');
  const fields = entries
    .filter((entry) => entry !== tag)
    .map(([key, schema]) => ({ key, kind: settingKind(schema), required: schema.default === undefined }));
  return { tag: tag[0], name: String(tag[1].const), fields };
}

function parseVariant({ tag, name, fields }: Variant, text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return fields.some((field) => field.required) ? undefined : { [tag]: name };
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length !== fields.length) return undefined;
  const values = fields.map(({ key, kind }, i) => [key, kind.parse(parts[i] ?? '')] as const);
  return values.some(([, value]) => value === undefined) ? undefined : { [tag]: name, ...Object.fromEntries(values) };
}

export function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

/** 0.0003 as 3e-4, as people write learning rates. */
function shortNumber(value: number): string {
  const plain = String(value);
  const scientific = value.toExponential();
  return value !== 0 && Math.abs(value) < 1e-3 && scientific.length < plain.length ? scientific : plain;
}

/** An error about one setting, as the command line and the window show it. */
export function badSetting(name: string, message: string, advice?: string): TesseraError {
  return new TesseraError('bad-setting', message, { subject: name, ...(advice === undefined ? {} : { advice }) });
}
