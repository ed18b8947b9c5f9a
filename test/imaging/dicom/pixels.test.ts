import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { createRequire } from 'node:module';
import type * as Codecs from 'dcmjs-codecs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScan } from '../../../core/imaging/index.ts';
import { decodeRle } from '../../../core/imaging/dicom/rle.ts';
import { compressedFile, ctSlice, dicomFile, encapsulated } from '../support/dicom-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-pixels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { NativeCodecs, Context, log } = createRequire(import.meta.url)('dcmjs-codecs') as typeof Codecs;
beforeAll(async () => {
  log.setLevel('silent');
  await NativeCodecs.initializeAsync();
});

const SIZE = 64;
const values = Int16Array.from({ length: SIZE * SIZE }, (_, i) => ((i * 37) % 4001) - 2000);
const bytes = new Uint8Array(values.buffer);

function context(): Codecs.Context {
  return new Context({
    width: SIZE,
    height: SIZE,
    bitsAllocated: 16,
    bitsStored: 16,
    samplesPerPixel: 1,
    pixelRepresentation: 1,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
    decodedBuffer: bytes.slice(),
  });
}

let count = 0;
function write(file: Uint8Array): string {
  const path = join(folder, `${count++}.dcm`);
  writeFileSync(path, file);
  return path;
}
const compressed = (uid: string, ...pieces: readonly Uint8Array[]): string =>
  write(compressedFile(ctSlice(0, {}, SIZE), `1.2.840.10008.1.2.${uid}`, encapsulated(...pieces)));
const encoded = (done: Codecs.Context): Uint8Array => done.getEncodedBuffer() ?? new Uint8Array(0);

describe('compressed pixels', () => {
  it.each([
    ['HTJ2K lossless', '4.201', () => encoded(NativeCodecs.encodeHtJpeg2000(context(), { lossy: false }))],
    ['HTJ2K lossless RPCL', '4.202', () => encoded(NativeCodecs.encodeHtJpeg2000(context(), { lossy: false, progressionOrder: 2 }))],
    ['HTJ2K', '4.203', () => encoded(NativeCodecs.encodeHtJpeg2000(context(), { lossy: false }))],
    ['JPEG 2000', '4.90', () => encoded(NativeCodecs.encodeJpeg2000(context(), { lossy: false }))],
    ['JPEG-LS', '4.80', () => encoded(NativeCodecs.encodeJpegLs(context(), { lossy: false }))],
    ['JPEG lossless', '4.70', () => encoded(NativeCodecs.encodeJpeg(context(), { lossy: false, predictor: 1, pointTransform: 0 }))],
    ['RLE', '5', () => encoded(NativeCodecs.encodeRle(context()))],
    ['deflated frames', '8.1', () => deflateRawSync(bytes)],
  ])('%s gives back every value, whole and in pieces', async (_name, uid, encode) => {
    const picture = encode();
    expect((await readScan(compressed(uid, picture))).volume.voxels).toEqual(values);
    const half = 2 * Math.floor(picture.length / 4);
    expect((await readScan(compressed(uid, picture.subarray(0, half), picture.subarray(half)))).volume.voxels).toEqual(values);
  });

  it('deflated files give back every value', async () => {
    const path = write(dicomFile(ctSlice(0, { '7fe00010OW': bytes }, SIZE), '1.2.840.10008.1.2.1.99'));
    expect((await readScan(path)).volume.voxels).toEqual(values);
  });

  it('are refused when they are cut short, of another size, or none', async () => {
    const picture = encoded(NativeCodecs.encodeJpeg2000(context(), { lossy: false }));
    const refused = [
      compressed('4.90', picture.subarray(0, 1000)),
      compressed('4.90', Buffer.alloc(2000, 7)),
      compressed('4.90'),
      compressed('5', picture),
      compressed('8.1', deflateRawSync(Buffer.alloc(10e6))),
      compressed('8.1', deflateRawSync(Buffer.alloc(100))),
      write(compressedFile(ctSlice(0, {}, 32), '1.2.840.10008.1.2.4.90', encapsulated(picture))),
      write(dicomFile(ctSlice(0), '1.2.840.10008.1.2.4.90')),
    ];
    for (const path of refused) await expect(readScan(path), path).rejects.toMatchObject({ code: 'bad-file', subject: path });
  });

  it('frames of one file come apart by the number of pieces, and by where pictures begin', async () => {
    const other = values.map((value) => -value);
    const [a, b] = [values, other].map((v) => {
      const one = context();
      one.setDecodedBuffer(new Uint8Array(v.slice().buffer));
      return encoded(NativeCodecs.encodeJpegLs(one, { lossy: false }));
    });
    if (a === undefined || b === undefined) throw new Error('nothing encoded');
    const two = { ...ctSlice(0, { '00280008IS': '2' }, SIZE) };
    const even = 2 * Math.floor(a.length / 4);
    for (const pieces of [
      [a, b],
      [a.subarray(0, even), a.subarray(even), b],
    ]) {
      const path = write(compressedFile(two, '1.2.840.10008.1.2.4.80', encapsulated(...pieces)));
      const { volume } = await readScan(path);
      expect(volume.voxels).toEqual(Int16Array.of(...values, ...other));
    }
  });
});

describe('decodeRle', () => {
  it('undoes what packs bytes in runs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: fc.integer({ min: 0, max: 65535 }), run: fc.integer({ min: 1, max: 300 }) }), {
          minLength: 1,
          maxLength: 20,
        }),
        (runs) => {
          const pixels = Uint16Array.from(runs.flatMap(({ value, run }) => Array.from({ length: run }, () => value)));
          expect(decodeRle(packRle(pixels), pixels.length, 2)).toEqual(new Uint8Array(pixels.buffer));
        },
      ),
    );
  });

  it('refuses segments that are cut short or lie outside of the frame', () => {
    const packed = packRle(Uint16Array.of(1, 1, 1, 2, 3));
    expect(() => decodeRle(packed.subarray(0, 66), 5, 2)).toThrow();
    expect(() => decodeRle(packed, 500, 2)).toThrow();
    expect(() => decodeRle(packed, 5, 4)).toThrow();
    expect(() => decodeRle(new Uint8Array(10), 5, 2)).toThrow();
  });
});

/** A packer of the plainest kind: runs of up to 128 equal bytes, and single bytes. */
function packRle(pixels: Uint16Array): Uint8Array {
  const planes = [Array.from(pixels, (v) => v >> 8), Array.from(pixels, (v) => v & 255)].map((plane) => {
    const out: number[] = [];
    for (let i = 0; i < plane.length;) {
      let run = 1;
      while (run < 128 && plane[i + run] === plane[i]) run++;
      out.push(...(run === 1 ? [0, plane[i] ?? 0] : [257 - run, plane[i] ?? 0]));
      i += run;
    }
    return out;
  });
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(64 + (planes[0]?.length ?? 0), 8);
  return Buffer.concat([header, ...planes.map((plane) => Buffer.from(plane))]);
}
