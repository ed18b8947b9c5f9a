import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, MultipartError, partsOf } from '../../core/pacs/web/multipart.ts';

const limits = { headerBytes: 1024, parts: 100 };

/** A message, as a server sends it. */
function message(bodies: readonly Uint8Array[], boundary: string, preamble = ''): Buffer {
  const parts = bodies.flatMap((body) => [
    Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`),
    body,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([Buffer.from(preamble), ...parts, Buffer.from(`--${boundary}--\r\n`)]);
}

/** The bytes in pieces of the given lengths, again and again. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream is what is being made
async function* pieces(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function bodiesOf(stream: AsyncIterable<Uint8Array>, boundary: string, most = limits): Promise<Buffer[]> {
  const bodies: Buffer[] = [];
  for await (const { body, headers } of partsOf(stream, boundary, most)) {
    const got: Uint8Array[] = [];
    for await (const piece of body) got.push(piece);
    expect(headers.get('content-type')).toBe('application/dicom');
    bodies.push(Buffer.concat(got));
  }
  return bodies;
}

/** Bytes that love to look like boundaries. */
const trickyBody = fc
  .array(fc.oneof(fc.constantFrom('\r\n', '--', '\r\n--', 'b', '\r\n--b0un', '\r', '\n--b0und'), fc.string({ maxLength: 4 })), {
    maxLength: 12,
  })
  .map((texts) => Buffer.from(texts.join('')))
  .filter((body) => !body.includes('\r\n--b0undary'));

describe('multipart messages', () => {
  it('come apart the same, however the network cuts them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(trickyBody, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom('', 'a preamble\r\n'),
        async (bodies, lengths, preamble) => {
          const found = await bodiesOf(pieces(message(bodies, 'b0undary', preamble), lengths), 'b0undary');
          expect(found).toEqual(bodies);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('that end too early are refused at every byte', async () => {
    const whole = message([Buffer.from('one'), Buffer.from('two\r\n--b')], 'bb');
    const end = whole.lastIndexOf('--');
    for (let length = 0; length <= end + 1; length++)
      await expect(bodiesOf(pieces(whole.subarray(0, length), [7]), 'bb')).rejects.toThrow(MultipartError);
    expect(await bodiesOf(pieces(whole.subarray(0, end + 2), [7]), 'bb')).toHaveLength(2);
  });

  it('do not grow without end', async () => {
    const endless = message([Buffer.from('x')], 'b')
      .toString()
      .replace('Content-Type', `X: ${'y'.repeat(3000)}\r\nContent-Type`);
    await expect(bodiesOf(pieces(Buffer.from(endless), [100]), 'b')).rejects.toThrow('endless headers');
    await expect(bodiesOf(pieces(Buffer.alloc(5000), [100]), 'b')).rejects.toThrow('does not begin with a boundary');
    const bodies = Array.from({ length: 4 }, () => Buffer.from('x'));
    await expect(bodiesOf(pieces(message(bodies, 'b'), [100]), 'b', { ...limits, parts: 3 })).rejects.toThrow('more than 3 parts');
  });

  it('name their boundary in the header', () => {
    expect(boundaryOf('multipart/related; type="application/dicom"; boundary=a-b')).toBe('a-b');
    expect(boundaryOf('Multipart/Related;Boundary="a b"; type=x')).toBe('a b');
    expect(boundaryOf('multipart/related')).toBeUndefined();
    expect(boundaryOf('application/dicom; boundary=a')).toBeUndefined();
  });
});
