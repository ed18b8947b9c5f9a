import { beforeAll, describe, expect, it } from 'vitest';
import { inflateRawSync } from 'node:zlib';
import { readFileMeta } from '../../../core/imaging/dicom/file-meta.ts';
import { deidentifyObject, loadDictionary, Pseudonyms, type ProfileOptions } from '../../../core/imaging/deidentify/index.ts';
import { readDicomObject } from '../../../core/imaging/deidentify/dicom-object.ts';
import { identifyingFile, OTHER_OBJECT_UID, STUDY_UID, type Charset, type IdentifyingFile } from './support/identifying-file.ts';
import type { Form } from './support/plain-writer.ts';
import { valueOf } from './support/value-of.ts';

const BASIC: ProfileOptions = { keepDatesShifted: false, keepPrivateSafe: false, cleanDescriptors: false };
const ALL: ProfileOptions = { keepDatesShifted: true, keepPrivateSafe: true, cleanDescriptors: true };
const pseudonyms = new Pseudonyms(new Uint8Array(32).fill(7));
let dictionary: Awaited<ReturnType<typeof loadDictionary>>;
beforeAll(async () => {
  dictionary = await loadDictionary();
});

function deidentified(file: IdentifyingFile, options: ProfileOptions): Buffer {
  const result = deidentifyObject(file.bytes, 'fixture.dcm', options, pseudonyms, dictionary);
  if (result === undefined) throw new Error('not taken for DICOM');
  return Buffer.from(result.bytes);
}

/** All bytes of a file in which something could be read, those of a deflated one unpacked too. */
function readable(bytes: Buffer, form: Form): Buffer {
  if (form !== 'deflated') return bytes;
  return Buffer.concat([bytes, inflateRawSync(bytes.subarray(readFileMeta(bytes)?.dataSetStart ?? 0))]);
}

const surviving = (file: IdentifyingFile, bytes: Buffer): string[] =>
  file.planted.filter((one) => bytes.includes(one.bytes)).map(({ where }) => where);

const cases: readonly (readonly [Form, Charset])[] = [
  ['explicit', 'latin-1'],
  ['explicit', 'utf-8'],
  ['implicit', 'latin-1'],
  ['big-endian', 'utf-8'],
  ['deflated', 'latin-1'],
  ['compressed', 'utf-8'],
];

describe.each(cases)('65 identifiers in a %s file in %s', (form, charset) => {
  it('are all in the raw bytes before, and none after', () => {
    const file = identifyingFile(form, charset);
    expect(file.planted).toHaveLength(65);
    expect(new Set(file.planted.map(({ bytes }) => bytes.toString('hex'))).size).toBe(65);
    expect(surviving(file, readable(file.bytes, form))).toHaveLength(65);
    const after = readable(deidentified(file, BASIC), form);
    expect(surviving(file, after)).toEqual([]);
    // Nor a part of the name in a field where none belongs.
    expect(after.toString('latin1').toLowerCase()).not.toMatch(charset === 'utf-8' ? /yamada/ : /j\xe9r\xf4me/);
  });

  it('are gone with every option too, but for times of day', () => {
    const file = identifyingFile(form, charset);
    expect(surviving(file, readable(deidentified(file, ALL), form))).toEqual(['study time']);
  });

  it('leave the pixels byte for byte', () => {
    const file = identifyingFile(form, charset);
    const object = readDicomObject(deidentified(file, BASIC), 'x', dictionary);
    const pixels = object?.elements.find(({ tag }) => tag === 0x7fe00010);
    if (pixels === undefined || 'items' in pixels) throw new Error('no pixels');
    const bytes = Buffer.from(pixels.bytes);
    expect(pixels.encapsulated === true).toBe(form === 'compressed');
    // Of compressed pixels, after the empty offset table and the head of the fragment.
    expect(form === 'compressed' ? bytes.subarray(16) : bytes).toEqual(Buffer.from(file.pixels));
  });
});

describe('what takes the place of identifiers', () => {
  const object = (options: ProfileOptions, key = pseudonyms): ReturnType<typeof valueOf> => {
    const { bytes } = identifyingFile('explicit', 'latin-1');
    const result = deidentifyObject(bytes, 'x', options, key, dictionary);
    return valueOf(result?.bytes ?? new Uint8Array(0), dictionary);
  };

  it('is the same for the same key, in references and file meta information too, and another for another key', () => {
    const value = object(BASIC);
    expect(value(0x0020000d)).toBe(pseudonyms.uid(STUDY_UID));
    expect(value(0x00081140, 0x00081155)).toBe(pseudonyms.uid(OTHER_OBJECT_UID));
    expect(value(0x00020003)).toBe(value(0x00080018));
    expect(value(0x0020000d)).toMatch(/^2\.25\.[1-9]\d{30,38}$/);
    expect(object(BASIC)(0x00080018)).toBe(value(0x00080018));
    const other = object(BASIC, new Pseudonyms(new Uint8Array(32).fill(8)));
    expect(other(0x0020000d)).not.toBe(value(0x0020000d));
    expect(other(0x00100020)).not.toBe(value(0x00100020));
  });

  it('is a pseudonym for name and number, empty or a dummy elsewhere, and a statement of what was done', () => {
    const value = object(BASIC);
    expect(value(0x00100020)).toMatch(/^ANON-[0-9A-F]{12}$/);
    expect(value(0x00100010)).toBe(value(0x00100020));
    expect(value(0x00100030)).toBe('');
    expect(value(0x00080020)).toBe('');
    expect(value(0x00080021)).toBe('19000101');
    expect(value(0x00101040)).toBeUndefined();
    expect(value(0x00120062)).toBe('YES');
    expect(value(0x00120064, 0x00080100)).toBe('113100');
    expect(value(0x00280303)).toBe('REMOVED');
    expect(value(0x00291001)).toBeUndefined();
    expect(value(0x60000022)).toBeUndefined();
    // What is no identifier stays.
    expect(value(0x00080070)).toBe('Maker of scanners');
    expect(value(0x00080008)).toBe('ORIGINAL\\PRIMARY\\AXIAL');
    expect(value(0x00200032)).toBe('0\\0\\10');
  });

  it('is a date as many days earlier for all dates of a patient, with days between them kept', () => {
    const value = object(ALL);
    const day = (tag: number): number => {
      const [, year, month, date] = /^(\d{4})(\d{2})(\d{2})/.exec(value(tag) ?? '') ?? [];
      return Date.UTC(Number(year), Number(month) - 1, Number(date)) / 86_400_000;
    };
    expect(day(0x00080021) - day(0x00080020)).toBe(1);
    expect(day(0x0008002a) - day(0x00080020)).toBe(2);
    expect(value(0x0008002a)).toMatch(/143355\.120000\+0200$/);
    expect(Date.UTC(2023, 4, 17) / 86_400_000 - day(0x00080020)).toBe(pseudonyms.shiftDays('HK-7734-921'));
    expect(pseudonyms.shiftDays('HK-7734-921')).toBeGreaterThanOrEqual(366);
    expect(value(0x00100030)).toBe('');
    expect(value(0x00080030)).toBe('143122.250');
    expect(value(0x00280303)).toBe('MODIFIED');
  });
});
