import fc from 'fast-check';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isTesseraError } from '../../core/base/errors.ts';
import { readSafetensors, writeSafetensors, type SafetensorsArray, type SafetensorsEntry } from '../../core/compute/safetensors.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-safetensors-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const path = (name: string): string => join(folder, name);
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

async function contents(
  file: string,
): Promise<{ metadata: object; tensors: Map<string, { shape: readonly number[]; data: SafetensorsArray }> }> {
  const opened = await readSafetensors(file);
  try {
    const tensors = new Map<string, { shape: readonly number[]; data: SafetensorsArray }>();
    for (const name of opened.names) tensors.set(name, { shape: opened.shapeOf(name) ?? [], data: await opened.read(name) });
    return { metadata: opened.metadata, tensors };
  } finally {
    await opened.close();
  }
}

/** What goes wrong when the file is opened and all of it is read; undefined when nothing does. */
async function failure(file: string): Promise<unknown> {
  try {
    await contents(file);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** A file with this header and so many bytes of data. */
async function written(name: string, header: string, dataBytes = 0, length = Buffer.byteLength(header)): Promise<string> {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(length));
  await writeFile(path(name), Buffer.concat([prefix, Buffer.from(header), Buffer.alloc(dataBytes)]));
  return path(name);
}

const anyArray = (n: number): fc.Arbitrary<SafetensorsArray> => {
  const exactly = { minLength: n, maxLength: n };
  return fc.oneof(fc.float32Array(exactly), fc.int32Array(exactly), fc.uint8Array(exactly), fc.bigInt64Array(exactly));
};
const anyEntry = fc
  .array(fc.nat({ max: 4 }), { maxLength: 4 })
  .chain((shape) => anyArray(size(shape)).map((data): { shape: readonly number[]; data: SafetensorsArray } => ({ shape, data })));
const anyName = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__');
const anyFile = fc.array(fc.tuple(anyName, anyEntry), { maxLength: 6 }).map((list) => new Map(list));

describe('round trip', () => {
  test('what is written is read, whatever the names, shapes and types', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.dictionary(anyName, fc.string()), async (entries, metadata) => {
        await writeSafetensors(path('trip'), entries, metadata);
        const back = await contents(path('trip'));
        expect(back.tensors).toEqual(entries);
        expect({ ...back.metadata }).toEqual({ ...metadata });
      }),
      { numRuns: 60 },
    );
  });

  test('tensors given as functions are asked for one by one', async () => {
    const asked: string[] = [];
    const give = (name: string, values: number[]) => (): Promise<Float32Array> => {
      asked.push(name);
      return Promise.resolve(Float32Array.from(values));
    };
    const entries = new Map<string, SafetensorsEntry>([
      ['a', { shape: [2], data: give('a', [1, 2]) }],
      ['b', { shape: [1, 1], data: give('b', [3]) }],
    ]);
    await writeSafetensors(path('lazy'), entries);
    const back = await contents(path('lazy'));
    expect(asked).toEqual(['a', 'b']);
    expect(back.tensors.get('a')?.data).toEqual(Float32Array.of(1, 2));
    expect(back.tensors.get('b')).toEqual({ shape: [1, 1], data: Float32Array.of(3) });
  });

  test('the data begin at a multiple of 8 bytes and wide types come first, so every tensor is aligned', async () => {
    await writeSafetensors(
      path('aligned'),
      new Map<string, SafetensorsEntry>([
        ['bytes', { shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ['floats', { shape: [3], data: Float32Array.of(1, 2, 3) }],
        ['longs', { shape: [1], data: BigInt64Array.of(-1n) }],
      ]),
    );
    const bytes = await readFile(path('aligned'));
    expect(bytes.readBigUInt64LE() % 8n).toBe(0n);
    const opened = await readSafetensors(path('aligned'));
    expect(opened.names).toEqual(['longs', 'floats', 'bytes']);
    await opened.close();
  });

  test('a failed write leaves the old file and nothing else', async () => {
    await writeSafetensors(path('kept'), new Map([['a', { shape: [1], data: Float32Array.of(5) }]]));
    const wrong = new Map([['a', { shape: [2], data: Float32Array.of(5) }]]);
    await expect(writeSafetensors(path('kept'), wrong)).rejects.toThrow('a has 1 values and the shape 2.');
    expect((await contents(path('kept'))).tensors.get('a')?.data).toEqual(Float32Array.of(5));
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a file of the reference implementation', () => {
  // fixtures/make_safetensors.py wrote it with Python's safetensors 0.8.0.
  const fixture = join(import.meta.dirname, 'fixtures/by-python.safetensors');

  test('is read, each type as it should be', async () => {
    const { metadata, tensors } = await contents(fixture);
    expect(metadata).toEqual({ format: 'np', note: 'made by safetensors' });
    expect(Object.fromEntries(tensors)).toEqual({
      f32: { shape: [2, 3], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) },
      f64: { shape: [2], data: Float32Array.of(1 / 3, -2.5) },
      // numpy's own values of these half-precision numbers.
      f16: { shape: [7], data: Float32Array.of(1.5, -0, 65504, 5.960464477539063e-8, Infinity, -Infinity, 0.3330078125) },
      i64: { shape: [2, 1], data: BigInt64Array.of(-1n, 9007199254740991n) },
      i32: { shape: [2], data: Int32Array.of(7, -7) },
      u8: { shape: [3], data: Uint8Array.of(0, 255, 3) },
      scalar: { shape: [], data: Float32Array.of(2.5) },
      empty: { shape: [0, 3], data: new Float32Array(0) },
      'name with "quotes" and é': { shape: [1], data: Float32Array.of(1) },
    });
  });

  test('float32 refuses integers and unknown names, naming the file', async () => {
    const opened = await readSafetensors(fixture);
    await expect(opened.float32('i32')).rejects.toMatchObject({ code: 'bad-model', subject: fixture });
    await expect(opened.float32('absent')).rejects.toMatchObject({ code: 'bad-model', subject: fixture });
    expect(opened.shapeOf('absent')).toBeUndefined();
    await opened.close();
  });

  test('bfloat16 is the upper half of a float', async () => {
    // 1, -2.5, 3.140625 from struct.pack('<f', v)[2:].
    const header = '{"b":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}';
    const file = await written('bf16', header, 6);
    const bytes = await readFile(file);
    Buffer.from([0x80, 0x3f, 0x20, 0xc0, 0x49, 0x40]).copy(bytes, bytes.length - 6);
    await writeFile(file, bytes);
    expect((await contents(file)).tensors.get('b')?.data).toEqual(Float32Array.of(1, -2.5, 3.140625));
  });
});

describe('damaged files give a typed error that names them', () => {
  test('cut off anywhere', async () => {
    const entries = new Map<string, SafetensorsEntry>([
      ['weight', { shape: [5, 7], data: Float32Array.from({ length: 35 }, (_, i) => i) }],
      ['count', { shape: [], data: BigInt64Array.of(3n) }],
    ]);
    await writeSafetensors(path('whole'), entries, { format: 'pt' });
    const { length } = await readFile(path('whole'));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: length - 1 }), async (bytes) => {
        await writeSafetensors(path('cut'), entries, { format: 'pt' });
        await truncate(path('cut'), bytes);
        expect(await failure(path('cut'))).toMatchObject({ code: 'bad-model', subject: path('cut'), advice: expect.any(String) });
      }),
      { numRuns: 60 },
    );
  });

  test('any bytes in place of the header: a typed error or a file that reads, never anything else', async () => {
    const bytes = await readFile(join(import.meta.dirname, 'fixtures/by-python.safetensors'));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 200 }), fc.uint8Array({ minLength: 1, maxLength: 4 }), async (at, noise) => {
        const damaged = Buffer.from(bytes);
        damaged.set(noise, at);
        await writeFile(path('noise'), damaged);
        const error = await failure(path('noise'));
        expect(error === undefined || (isTesseraError(error) && error.code === 'bad-model')).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  const one = (fields: string): string => `{"a":{${fields}}}`;
  test.each([
    ['nothing at all', '', 0, 0],
    ['a header longer than the limit', '{}', 0, 100_000_001],
    ['a header longer than the file', '{}', 0, 1000],
    ['no JSON', '{"a":', 0, undefined],
    ['no object', '[]', 0, undefined],
    ['bytes that belong to no tensor', '{}', 4, undefined],
    ['an unknown type', one('"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]'), 1, undefined],
    ['a negative size', one('"dtype":"F32","shape":[-1],"data_offsets":[0,4]'), 4, undefined],
    ['a fraction as size', one('"dtype":"F32","shape":[1.5],"data_offsets":[0,6]'), 6, undefined],
    ['a shape beyond its place', one('"dtype":"F32","shape":[2],"data_offsets":[0,4]'), 4, undefined],
    ['a shape beyond all numbers', one('"dtype":"F32","shape":[9007199254740991,9007199254740991],"data_offsets":[0,4]'), 4, undefined],
    ['a place beyond the file', one('"dtype":"F32","shape":[2],"data_offsets":[0,8]'), 4, undefined],
    ['places back to front', one('"dtype":"F32","shape":[0],"data_offsets":[4,0]'), 4, undefined],
    ['a gap before the first tensor', one('"dtype":"U8","shape":[2],"data_offsets":[1,3]'), 3, undefined],
    [
      'tensors that overlap',
      '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
      3,
      undefined,
    ],
    [
      'a name given twice',
      '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"\\u0061":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}',
      2,
      undefined,
    ],
    ['metadata that are no texts', '{"__metadata__":{"a":1}}', 0, undefined],
  ])('%s', async (_, header, dataBytes, length) => {
    const file = await written('damaged', header, dataBytes, length);
    expect(await failure(file)).toMatchObject({ code: 'bad-model', subject: file, advice: expect.any(String) });
  });

  test('missing, or a folder', async () => {
    expect(await failure(path('absent'))).toMatchObject({ code: 'bad-model', subject: path('absent') });
    expect(await failure(folder)).toMatchObject({ code: 'bad-model', subject: folder });
  });
});
