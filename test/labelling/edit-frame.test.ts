import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEdit, encodeEdit, MOST_EDIT_BYTES, MOST_EDIT_JSON_BYTES } from '../../core/labelling/edit-frame.ts';
import { deltaBetween } from '../../core/labelling/index.ts';

const map = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 }).map((values) => Uint8Array.from(values));
const nothing = { runs: new Uint32Array() };

/** A frame with this length in front of a text, and bytes behind it. */
function frame(length: number, text: string, behind: readonly number[] = []): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, length, true);
  return Uint8Array.from([...head, ...new TextEncoder().encode(text), ...behind]);
}

describe('an edit frame', () => {
  it('gives back what was put in, wherever it lies in memory', () => {
    fc.assert(
      fc.property(fc.jsonValue(), map, map, fc.nat(7), (json, before, after, offset) => {
        const edit = { json: JSON.parse(JSON.stringify(json)) as unknown, delta: deltaBetween(before, after) };
        const bytes = encodeEdit(json, edit.delta);
        const within = new Uint8Array(bytes.length + offset);
        within.set(bytes, offset);
        expect(decodeEdit(within.subarray(offset))).toEqual(edit);
      }),
    );
  });

  it('of any bytes is read or refused in words', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeEdit(bytes);
        } catch (error) {
          expect(error).toMatchObject({
            name: 'TesseraError',
            code: expect.stringMatching(/^(bad-setting|bad-labels|too-large)$/) as string,
          });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('cut at any byte of its text is refused; cut in its delta it is none, or one of fewer runs', () => {
    const delta = deltaBetween(
      new Uint8Array(20),
      Uint8Array.from({ length: 20 }, (_, n) => (n % 7 === 0 ? 200 : 0)),
    );
    const bytes = encodeEdit({ name: 'Läsion' }, delta);
    const text = bytes.length - 3 * 5;
    for (let length = 0; length < text; length++)
      expect(() => decodeEdit(bytes.subarray(0, length))).toThrow(expect.objectContaining({ code: 'bad-setting' }));
    for (let length = text; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      if ((length - text) % 5 === 0) expect(decodeEdit(cut).delta.runs).toEqual(delta.runs.slice(0, (4 * (length - text)) / 5));
      else expect(() => decodeEdit(cut)).toThrow(expect.objectContaining({ code: 'bad-labels' }));
    }
  });

  it.each([
    ['a length beyond its end', frame(200, '{}')],
    ['the largest length there is', frame(2 ** 32 - 1, '{}')],
    ['a text that is no JSON', frame(2, '{]')],
    ['an empty text', frame(0, '')],
    ['bytes that are no UTF-8', Uint8Array.of(3, 0, 0, 0, 0x22, 0xff, 0x22)],
    ['a number of more than 32 bits', frame(2, '{}', [255, 255, 255, 255, 255, 255, 255, 255, 1, 1, 0, 1])],
    ['a run that leaves 32 bits', frame(2, '{}', [255, 255, 255, 255, 15, 2, 0, 1, 0, 1, 0, 1])],
  ])('with %s is refused', (_, bytes) => {
    expect(() => decodeEdit(bytes)).toThrow(expect.objectContaining({ name: 'TesseraError' }));
  });

  it('has its limits, on both sides', () => {
    expect(() => decodeEdit(new Uint8Array(MOST_EDIT_BYTES + 1))).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => decodeEdit(frame(MOST_EDIT_JSON_BYTES + 1, '{}'))).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => encodeEdit('x'.repeat(MOST_EDIT_JSON_BYTES), nothing)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });
});
