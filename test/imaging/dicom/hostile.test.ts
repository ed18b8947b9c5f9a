import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import type * as Codecs from 'dcmjs-codecs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScan } from '../../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { compileImaging } from '../support/compiled.ts';
import { compressedFile, ctSlice, dicomFile, encapsulated, type DicomElements } from '../support/dicom-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function write(file: Uint8Array): string {
  const path = join(folder, `${count++}.dcm`);
  writeFileSync(path, file);
  return path;
}
const good = dicomFile(ctSlice(0));

/** A JPEG 2000 picture that claims a size and holds noise. */
function falseJpeg2000(size: number): Uint8Array {
  const siz = Buffer.alloc(49);
  Buffer.from('ff4fff5100290000', 'hex').copy(siz);
  for (const at of [8, 12, 24, 28]) siz.writeUInt32BE(size, at);
  siz.writeUInt16BE(1, 40);
  Buffer.from([15, 1, 1, 0xff, 0x52, 0, 12]).copy(siz, 42);
  return Buffer.concat([siz, Buffer.alloc(3000, 0x5a), Buffer.from('ffd9', 'hex')]);
}

const sized = (size: number, more: DicomElements = {}): DicomElements => ({
  ...ctSlice(0),
  '00280010US': [size],
  '00280011US': [size],
  ...more,
});
const nested = (depth: number): Buffer => {
  // Sequences of unknown length, each the only element of an item of the one before.
  const open = Buffer.from('080040115351' + '0000ffffffff' + 'feff00e0ffffffff', 'hex');
  return Buffer.concat([good.subarray(0, 150), ...Array.from({ length: depth }, () => open)]);
};

describe('hostile DICOM files', () => {
  it.each([
    ['one cut in half', () => good.subarray(0, good.length / 2), 'bad-file'],
    ['65535 × 65535 pixels in 32 bytes', () => dicomFile(sized(65535)), 'bad-file'],
    ['two million frames', () => dicomFile({ ...ctSlice(0), '00280008IS': '2000000' }), 'bad-file'],
    ['frames that are not there', () => dicomFile({ ...ctSlice(0), '00280008IS': '20000' }), 'bad-file'],
    ['minus one frame', () => dicomFile({ ...ctSlice(0), '00280008IS': '-1' }), 'bad-file'],
    ['7 bits of 16 that end at bit 3', () => dicomFile({ ...ctSlice(0), '00280101US': [7], '00280102US': [3] }), 'bad-file'],
    ['60000 colours a pixel', () => dicomFile({ ...ctSlice(0), '00280002US': [60000] }), 'unsupported-file'],
    [
      'a compressed picture of 60000 × 60000',
      () => compressedFile(sized(60000), '1.2.840.10008.1.2.4.90', encapsulated(falseJpeg2000(60000))),
      'too-large',
    ],
    [
      'a compressed picture larger than its header',
      () => compressedFile(sized(64), '1.2.840.10008.1.2.4.90', encapsulated(falseJpeg2000(60000))),
      'bad-file',
    ],
    [
      'a compressed picture of noise',
      () => compressedFile(sized(64), '1.2.840.10008.1.2.4.90', encapsulated(falseJpeg2000(64))),
      'bad-file',
    ],
    ['20000 sequences in each other', () => nested(20000), 'bad-file'],
    [
      'a deflate bomb',
      () => Buffer.concat([dicomFile({}, '1.2.840.10008.1.2.1.99').subarray(0, -2), deflateRawSync(Buffer.alloc(300e6))]),
      'bad-file',
    ],
  ])('%s', async (_what, make, code) => {
    const path = write(make());
    const before = process.memoryUsage().rss;
    const error: unknown = await readScan(path).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'TesseraError', code, subject: path });
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  });

  it('that are no DICOM files at all are passed over in a folder', async () => {
    const mixed = join(folder, 'mixed');
    mkdirSync(mixed);
    for (const z of [0, 1, 2]) writeFileSync(join(mixed, `a${z}`), dicomFile(ctSlice(z)));
    const others = {
      empty: Buffer.alloc(0),
      text: Buffer.from('hello\n'.repeat(99)),
      zeros: Buffer.alloc(1e6),
      dicm: Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]),
    };
    for (const [name, content] of Object.entries(others)) writeFileSync(join(mixed, name), content);
    writeFileSync(join(mixed, 'damaged'), good.subarray(0, 300));
    const { volume, findings } = await readScan(mixed);
    expect(volume.geometry.dims[2]).toBe(3);
    expect(findings.map(({ code }) => code)).toEqual(['damaged-files']);
  });
});

describeWithSharedData('mutated DICOM files', ['dicom_series', 'dicom_odd', 'dicom_seg_rt'], () => {
  it.each([
    'dicom_series/ct_head_64x64x93/CTHead1.dcm',
    'dicom_odd/pydicom/MR_small_RLE.dcm',
    'dicom_seg_rt/tiny_24x38x3/multiframe/mf.dcm',
    'dicom_odd/pydicom/image_dfl.dcm',
  ])('%s: each is read or refused with a typed error', async (name) => {
    const original = readFileSync(sharedData(name) ?? name);
    const path = join(folder, 'mutated.dcm');
    // Most flips go to the header, where they hurt.
    const position = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: Math.min(4000, original.length - 1) }) },
      fc.integer({ min: 0, max: original.length - 1 }),
    );
    const mutation = fc.record({
      flips: fc.array(fc.tuple(position, fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
      length: fc.option(fc.nat(original.length), { freq: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ flips, length }) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of flips) bytes[at] = value;
        writeFileSync(path, length === null ? bytes : bytes.subarray(0, length));
        const outcome: unknown = await readScan(path, { volumeIndex: 0 }).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'TesseraError' });
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe.skipIf(process.platform !== 'linux')('decode processes (seen through /proc)', () => {
  let module = '';
  const series = join(folder, 'series');
  beforeAll(async () => {
    module = pathToFileURL(join(await compileImaging(join(folder, 'compiled')), 'index.js')).href;
    mkdirSync(series);
    const { NativeCodecs, Context } = createRequire(import.meta.url)('dcmjs-codecs') as typeof Codecs;
    await NativeCodecs.initializeAsync();
    const SIZE = 256;
    const decodedBuffer = new Uint8Array(Int16Array.from({ length: SIZE * SIZE }, (_, i) => (i * 7919) % 1009).buffer);
    const context = new Context({
      width: SIZE,
      height: SIZE,
      bitsAllocated: 16,
      bitsStored: 16,
      samplesPerPixel: 1,
      pixelRepresentation: 1,
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      decodedBuffer,
    });
    const picture = NativeCodecs.encodeJpeg2000(context, { lossy: false }).getEncodedBuffer() ?? new Uint8Array(0);
    for (let z = 0; z < 40; z++)
      writeFileSync(join(series, `${z}.dcm`), compressedFile(ctSlice(z, {}, SIZE), '1.2.840.10008.1.2.4.90', encapsulated(picture)));
    expect(readdirSync(series)).toHaveLength(40);
  }, 60_000);

  /** A program that has `readScan`, the series, and `children()`: the command lines of its child processes by their ids. */
  const run = async (body: string): Promise<unknown> => {
    const program = `
      import { readScan } from ${JSON.stringify(module)};
      import { readdirSync, readFileSync } from 'node:fs';
      const series = ${JSON.stringify(series)};
      const children = () => readdirSync('/proc/self/task').flatMap((task) => readFileSync('/proc/self/task/' + task + '/children', 'utf8').split(' ').filter(Boolean))
        .map((id) => ({ id: Number(id), line: readFileSync('/proc/' + id + '/cmdline', 'utf8').replaceAll('\\0', ' ') }));
      const until = async (found) => { for (;;) { const value = found(); if (value) return value; await new Promise((next) => setTimeout(next, 2)); } };
      const answer = await (async () => { ${body} })();
      console.log(JSON.stringify(answer));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 60_000 });
    return JSON.parse(stdout);
  };

  it('have bounded memory, and let the program end when it has nothing more to do', async () => {
    const line = await run(`
      const reading = readScan(series);
      const child = await until(() => children().find(({ line }) => line.includes('--wasm-' + 'max')));
      await reading;
      return child.line;`);
    expect(line).toMatch(/--wasm-max-mem-pages=8192 .*decode-process-child\.js/);
  }, 90_000);

  it('may die: the scan is refused with the name of the file, the program lives, the next scan is read', async () => {
    const answer = await run(`
      const reading = readScan(series).then(() => 'read', (error) => [error.name, error.code, error.subject.startsWith(series)]);
      const child = await until(() => children().find(({ line }) => line.includes('--wasm-' + 'max')));
      await new Promise((next) => setTimeout(next, 50));
      process.kill(child.id, 'SIGKILL');
      const first = await reading;
      const { volume } = await readScan(series);
      return [first, volume.geometry.dims];`);
    expect(answer).toEqual([
      ['TesseraError', 'bad-file', true],
      [256, 256, 40],
    ]);
  }, 90_000);

  it('are ended when the reading is cancelled', async () => {
    const answer = await run(`
      const controller = new AbortController();
      const reading = readScan(series, { signal: controller.signal }).then(() => 'read', (error) => error.code);
      await until(() => children().length > 0);
      controller.abort();
      const code = await reading;
      await until(() => children().length === 0);
      return code;`);
    expect(answer).toBe('cancelled');
  }, 90_000);
});
