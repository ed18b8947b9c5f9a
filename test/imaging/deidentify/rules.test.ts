import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isTesseraError } from '../../../core/base/errors.ts';
import { seededRandom } from '../../../core/base/random.ts';
import { cleanDescriptor } from '../../../core/imaging/deidentify/clean-descriptor.ts';
import { shiftedDate } from '../../../core/imaging/deidentify/dates.ts';
import { deidentifyObject, loadDictionary, Pseudonyms, type ProfileOptions } from '../../../core/imaging/deidentify/index.ts';
import { profileRows } from '../../../core/imaging/deidentify/profile-table.ts';
import { actionFor, type Action } from '../../../core/imaging/deidentify/rules.ts';
import { contains } from '../../../core/imaging/deidentify/search.ts';
import { identifyingFile } from './support/identifying-file.ts';
import { element, plainFile } from './support/plain-writer.ts';
import { valueOf } from './support/value-of.ts';

const BASIC: ProfileOptions = { keepDatesShifted: false, keepPrivateSafe: false, cleanDescriptors: false };
const pseudonyms = new Pseudonyms(new Uint8Array(32).fill(3));
let dictionary: Awaited<ReturnType<typeof loadDictionary>>;
beforeAll(async () => {
  dictionary = await loadDictionary();
});

describe('the table of PS3.15', () => {
  it('names every attribute once, by the keyword of the dictionary', () => {
    const tags = profileRows.map(([tag]) => tag);
    expect(new Set(tags).size).toBe(tags.length);
    expect(tags.length).toBeGreaterThan(600);
    const misnamed = profileRows.filter(([tag, keyword]) => (dictionary.get(tag)?.keyword ?? keyword) !== keyword);
    expect(misnamed).toEqual([]);
  });

  it('keeps no attribute of it as it is, but the sequences that are cleaned within', () => {
    const kept = profileRows.filter(([tag]) => actionFor(tag, dictionary.get(tag)?.vr ?? 'LO', BASIC, dictionary, false) === 'keep');
    expect(kept.map(([, keyword]) => keyword)).toEqual([
      'ReferencedPerformedProcedureStepSequence',
      'ReferencedImageSequence',
      'SourceImageSequence',
      'ContentSequence',
      'GraphicAnnotationSequence',
    ]);
  });

  it.each<readonly [string, number, string, Action]>([
    ['UID that is no row of the table', 0x00189999, 'UI', 'remove-unknown'],
    ['UID of a known attribute beside the table', 0x00081167, 'UI', 'uid'],
    ['name where none belongs', 0x00400500, 'PN', 'empty'],
    ['class of an object', 0x00080016, 'UI', 'keep'],
    ['rows', 0x00280010, 'US', 'keep'],
    ['group length', 0x00080000, 'UL', 'remove'],
    ['repeated overlay', 0x601e3000, 'OW', 'remove-overlay'],
    ['private', 0x00291010, 'OB', 'remove-private'],
    ['digital signature', 0xfffafffa, 'SQ', 'remove'],
    ['encrypted original', 0x04000500, 'SQ', 'remove'],
  ])('%s', (_, tag, vr, action) => {
    expect(actionFor(tag, vr, BASIC, dictionary, false)).toBe(action);
  });
});

describe('clean descriptors', () => {
  it.each([
    ['CT Abdomen w/o contrast 5mm', 'CT Abdomen w o contrast 5mm'],
    ['t1_mprage_sag', 't1 mprage sag'],
    ['GTV-1', 'GTV 1'],
    ['Lung L', 'Lung L'],
    ['Chest Mrs Quastenflosser 2023-05-17', 'Chest'],
    ['head 089 555 123', 'head'],
    ['Thorax Müller', 'Thorax'],
    ['Head 19471103', 'Head'],
    ['Dr. Kim, liver', 'liver'],
  ])('%s', (before, after) => {
    expect(cleanDescriptor(before)).toBe(after);
  });

  it('keep no run of four digits and no word that is not listed', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[b-df-hj-np-tv-z]{7,12}$/), fc.string(), (before, name, after) => {
        const cleaned = cleanDescriptor(`${before} ${name} ${after}`);
        return !/\d{4}/.test(cleaned) && !cleaned.includes(name);
      }),
    );
  });
});

describe('private attributes that are safe', () => {
  const elements = [
    element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.4'),
    element(0x00431001, 'LO', 'stray, without a creator'),
    element(0x00430010, 'LO', 'GEMS_PARM_01'),
    element(0x00430011, 'LO', 'OTHER MAKER'),
    element(0x00431039, 'IS', '1000\\8\\0\\0'),
    element(0x0043103a, 'LO', 'Quastenflosser'),
    element(0x00431139, 'LO', 'Wendehals'),
  ];
  const after = (keepPrivateSafe: boolean): ReturnType<typeof valueOf> => {
    const file = plainFile('', [], elements, 'explicit');
    return valueOf(deidentifyObject(file, 'x', { ...BASIC, keepPrivateSafe }, pseudonyms, dictionary)?.bytes ?? file, dictionary);
  };

  it('stay on request with their creator, and nothing else of the same block or number', () => {
    const value = after(true);
    expect(value(0x00431039)).toBe('1000\\8\\0\\0');
    expect(value(0x00430010)).toBe('GEMS_PARM_01');
    expect([0x00431001, 0x00430011, 0x0043103a, 0x00431139].map((tag) => value(tag))).toEqual([undefined, undefined, undefined, undefined]);
    expect(value(0x00120064, 0x00080100)).toBe('113100');
  });

  it('go without it', () => {
    const value = after(false);
    expect([0x00430010, 0x00431039].map((tag) => value(tag))).toEqual([undefined, undefined]);
  });
});

it('dates go back by whole days over months and leap years, and what is no date is dropped', () => {
  expect(shiftedDate('20240301', 1)).toBe('20240229');
  expect(shiftedDate('2023.01.01', 366)).toBe('20211231');
  expect(shiftedDate('20230519143355.12+0200', 19)).toBe('20230430143355.12+0200');
  expect(['2023', '20231345', 'May 2023', ''].map((value) => shiftedDate(value, 400))).toEqual(['', '', '', '']);
});

it('the search finds words whatever their case, but no number within another', () => {
  expect(contains('b30 m\xfcller sharp', 'M\xdcLLER')).toBe(true);
  expect(contains('chestnut', 'Nut')).toBe(false);
  expect(contains('to nut.', 'Nut')).toBe(true);
  expect(contains('0.123456', '123456')).toBe(false);
  expect(contains('a123456b', '123456')).toBe(true);
});

it('300 damaged copies are written whole, passed over or refused, and keep no name', () => {
  const { bytes, planted } = identifyingFile('explicit', 'latin-1');
  const random = seededRandom(5);
  let refused = 0;
  for (let i = 0; i < 300; i++) {
    const damaged = Buffer.from(bytes);
    for (let n = 0; n < 3; n++) damaged[132 + Math.floor(random.next() * (damaged.length - 132))] = Math.floor(random.next() * 256);
    try {
      const after = deidentifyObject(damaged, 'x', BASIC, pseudonyms, dictionary)?.bytes;
      // Damage may turn a name into something else; those that are still whole are known and gone.
      const text = Buffer.from(after ?? []);
      expect(planted.filter((one) => one.where === 'number' && text.includes(one.bytes))).toEqual([]);
    } catch (error) {
      expect(isTesseraError(error)).toBe(true);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(20);
});
