import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecord, journalHeader, readJournal, recordKinds, type JournalRecord } from '../../core/workspace/journal.ts';
import { firstFormat } from './support/first-format.ts';

const AFTER = 41;
const records: JournalRecord[] = Array.from({ length: 12 }, (_, n) => ({
  sequence: AFTER + 1 + n,
  kind: recordKinds[n % 4] ?? 'stroke',
  time: 1.7e12 + n,
  details: {
    title: n % 3 === 0 ? '' : `Läsion ${n}`,
    author: 'tester',
    ...(n % 2 === 0 ? {} : { segments: { at: n, before: [], after: [{ value: n, name: 'lesion', colour: '#aabbcc', locked: true }] } }),
  },
  delta: Uint8Array.from({ length: (n * 7) % 30 }, (_, i) => (i * n) % 256),
}));
const pieces = [journalHeader(AFTER), ...records.map(encodeRecord)];
const journal = Buffer.concat(pieces);
/** How many records end at or before a byte. */
const wholeRecords = (length: number): number => {
  const ends = pieces.map((_, n) => pieces.slice(0, n + 1).reduce((sum, piece) => sum + piece.length, 0));
  return ends.filter((end) => end <= length).length - 1;
};

describe('a journal', () => {
  it('gives back what was written', () => {
    expect(readJournal(journal)).toMatchObject({ after: AFTER, tail: 'none' });
    expect(readJournal(journal)?.records.map(({ delta, ...rest }) => ({ ...rest, delta: new Uint8Array(delta) }))).toEqual(records);
    expect(readJournal(journal)?.ends.at(-1)).toBe(journal.length);
  });

  it('of the first format is read, its records without title and segments', () => {
    const early = Buffer.concat([Buffer.from(`{"schema":"tessera-journal/1","after":${AFTER}}\n`), ...records.map(firstFormat)]);
    const content = readJournal(early);
    expect(content).toMatchObject({ format: 1, after: AFTER, tail: 'none' });
    const details = { title: '', author: '' };
    expect(content?.records.map(({ delta, ...rest }) => ({ ...rest, delta: new Uint8Array(delta) }))).toEqual(
      records.map((record) => ({ ...record, details })),
    );
    expect(content?.ends.at(-1)).toBe(early.length);
  });

  it('of a format to come is none', () => {
    for (const name of ['tessera-journal/3', '__proto__', 'constructor'])
      expect(readJournal(Buffer.concat([Buffer.from(`{"schema":"${name}","after":0}\n`), journal]))).toBeUndefined();
  });

  it('cut at any byte gives all records that are whole, and knows the rest for torn', () => {
    for (let length = journalHeader(AFTER).length; length <= journal.length; length++) {
      const content = readJournal(journal.subarray(0, length));
      const whole = wholeRecords(length);
      expect(content?.records).toHaveLength(whole);
      expect(content?.tail).toBe(content?.ends[whole] === length ? 'none' : 'torn');
    }
  });

  it('without its whole header is none', () => {
    for (let length = 0; length < journalHeader(AFTER).length; length++) expect(readJournal(journal.subarray(0, length))).toBeUndefined();
  });

  it('ends before zeros that a power cut left', () => {
    const content = readJournal(Buffer.concat([journal, Buffer.alloc(4096)]));
    expect(content).toMatchObject({ tail: 'torn' });
    expect(content?.records).toHaveLength(records.length);
  });

  it('with a changed byte gives the records before it, and tells damage from a torn end', () => {
    for (let at = journalHeader(AFTER).length; at < journal.length; at++) {
      const changed = Buffer.from(journal);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const content = readJournal(changed);
      const before = wholeRecords(at);
      expect(content?.records).toHaveLength(before);
      expect(content?.tail).toBe(before === records.length - 1 ? 'torn' : 'damaged');
    }
  });

  it('takes a record twice or out of turn for damage', () => {
    const first = encodeRecord(records[0] as JournalRecord);
    const third = encodeRecord(records[2] as JournalRecord);
    expect(readJournal(Buffer.concat([journalHeader(AFTER), first, first]))?.records).toHaveLength(1);
    expect(readJournal(Buffer.concat([journalHeader(AFTER), first, third]))?.records).toHaveLength(1);
  });

  it('of any bytes is read without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const content = readJournal(Buffer.concat([journalHeader(0), bytes]));
        expect(content?.records).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('made to look like a record everywhere does not keep the reader busy', () => {
    const content = readJournal(Buffer.concat([journalHeader(0), Buffer.alloc(64 * 1024 ** 2, 1)]));
    expect(content).toMatchObject({ records: [], tail: 'damaged' });
  });
});
