import type { Random } from '../../core/base/random.ts';
import { NUMBERS_IN_TEXT } from './extremes.ts';

/** As far as headers reach. */
const TEXT_BYTES = 64 * 1024;

/** Changes something in letters among the first bytes of a file: a number, a word, a line. Latin-1 keeps all other bytes as they are. */
export function editText(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('latin1', 0, TEXT_BYTES);
  const edit = edits[random.integer(0, edits.length - 1)] ?? otherNumber;
  return Buffer.concat([Buffer.from(edit(text, random), 'latin1'), bytes.subarray(TEXT_BYTES)]);
}

type Edit = (text: string, random: Random) => string;

const otherNumber: Edit = (text, random) => {
  const found = chosen([...text.matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi)], random);
  const number = NUMBERS_IN_TEXT[random.integer(0, NUMBERS_IN_TEXT.length - 1)] ?? '';
  return found === undefined ? text : replaced(text, found, number);
};

/** A number in a place where files have a fixed number of letters, as in DICOM. */
const sameLengthNumber: Edit = (text, random) => {
  const found = chosen([...text.matchAll(/-?[\d.]+/g)], random);
  if (found === undefined) return text;
  const { length } = found[0];
  const number = NUMBERS_IN_TEXT[random.integer(0, NUMBERS_IN_TEXT.length - 1)] ?? '';
  return replaced(text, found, number.slice(0, length).padEnd(length, random.next() < 0.5 ? ' ' : '9'));
};

/** A word of the text becomes another one of it. */
const otherWord: Edit = (text, random) => {
  const words = [...text.matchAll(/[A-Za-z][\w-]{1,30}/g)];
  const found = chosen(words, random);
  const other = chosen(words, random);
  return found === undefined || other === undefined ? text : replaced(text, found, other[0]);
};

const lines = (change: (lines: string[], at: number, random: Random) => void): Edit => {
  return (text, random) => {
    const split = text.split('\n');
    change(split, random.integer(0, split.length - 1), random);
    return split.join('\n');
  };
};

const withoutLine = lines((all, at) => void all.splice(at, 1));
const lineTwice = lines((all, at) => void all.splice(at, 0, all[at] ?? ''));
const lineElsewhere = lines((all, at, random) => void all.splice(random.integer(0, all.length - 1), 0, ...all.splice(at, 1)));

/** A value of JSON becomes one of another kind. */
const otherJson: Edit = (text, random) => {
  const found = chosen([...text.matchAll(/(?<=[:[,]\s*)(?:"[^"\n]{0,200}"|-?\d[\d.e+-]*|true|false|null|\{\}|\[\])/g)], random);
  const values = [
    'null',
    '[]',
    '{}',
    '""',
    '-1',
    '0',
    '1e400',
    'true',
    '"/../x"',
    '[[[[]]]]',
    '{"__proto__":1}',
    '4294967296',
    '"\\u0000"',
  ];
  return found === undefined ? text : replaced(text, found, values[random.integer(0, values.length - 1)] ?? 'null');
};

const edits: readonly Edit[] = [
  otherNumber,
  otherNumber,
  otherNumber,
  sameLengthNumber,
  sameLengthNumber,
  otherWord,
  withoutLine,
  lineTwice,
  lineElsewhere,
  otherJson,
  otherJson,
];

function chosen<T>(list: readonly T[], random: Random): T | undefined {
  return list[random.integer(0, Math.max(0, list.length - 1))];
}

function replaced(text: string, found: RegExpExecArray, by: string): string {
  return text.slice(0, found.index) + by + text.slice(found.index + found[0].length);
}
