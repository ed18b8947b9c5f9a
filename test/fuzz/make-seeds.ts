// Writes the valid files that mutations start from: `npm run fuzz -- --make-seeds`. They are kept in the repository, so that a seed names the
// same mutations on every machine; made anew only when a format is added.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import type * as Codecs from 'dcmjs-codecs';
import { writeSafetensors } from '../../core/compute/safetensors.ts';
import { writeNifti, pointLPS, type Geometry, type Volume } from '../../core/imaging/index.ts';
import { labelsOnGrid, readSourceSeries, writeSegmentation, writeStructureSet } from '../../core/imaging/segmentations/index.ts';
import { encodeRle } from '../../core/imaging/segmentations/seg-pixels.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import { addComment, addReply, assign, createWorkspace, markComment, noteSitting, type Workspace } from '../../core/workspace/index.ts';
import { compressedFile, ctSlice, dicomFile, encapsulated, type DicomElements } from '../imaging/support/dicom-writer.ts';
import { zip } from '../imaging/support/zip.ts';
import { strewn, threeSegments } from '../imaging/segmentations/support/made-labels.ts';
import { makeSeries } from '../imaging/segmentations/support/made-series.ts';
import { SCAN_GEOMETRY } from './open.ts';

export async function makeSeeds(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const put = async (path: string, bytes: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  };
  await dicom(put);
  await grids(folder, put);
  await labels(folder);
  await workspace(join(folder, 'workspace', 'study'));
  await tensors(folder, put);
}

type Put = (path: string, bytes: Uint8Array | string) => Promise<void>;

const SIZE = 16;

async function dicom(put: Put): Promise<void> {
  const one = ctSlice(0, { '00080008CS': 'ORIGINAL\\PRIMARY\\AXIAL', '0008103eLO': 'abdomen', '00280120SS': [-2000] }, SIZE);
  await put('dicom/native.dcm', dicomFile(one));
  await put('dicom/deflated.dcm', dicomFile(one, '1.2.840.10008.1.2.1.99'));
  await put('dicom/enhanced.dcm', dicomFile(enhanced(3)));
  for (const z of [0, 1.5, 3, 6]) await put(`series/four/${z}.dcm`, dicomFile(ctSlice(z, {}, 8)));
  const pixels = Int16Array.from({ length: SIZE * SIZE }, (_, i) => ((i * 7919) % 1009) - 200);
  const bytes = new Uint8Array(pixels.buffer);
  await put('dicom/rle.dcm', compressedFile(one, '1.2.840.10008.1.2.5', encapsulated(encodeRle(bytes, SIZE, 2))));
  const { NativeCodecs, Context } = createRequire(import.meta.url)('dcmjs-codecs') as typeof Codecs;
  await NativeCodecs.initializeAsync();
  const context = (bits: 8 | 16): Codecs.Context =>
    new Context({
      width: SIZE,
      height: SIZE,
      bitsAllocated: bits,
      bitsStored: bits === 8 ? 8 : 16,
      samplesPerPixel: 1,
      pixelRepresentation: bits === 8 ? 0 : 1,
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      decodedBuffer: bits === 8 ? bytes.subarray(0, SIZE * SIZE) : bytes,
    });
  const eight: DicomElements = { ...one, '00280100US': [8], '00280101US': [8], '00280102US': [7], '00280103US': [0], '00280120SS': [0] };
  const packed: readonly (readonly [string, string, DicomElements, Codecs.Context])[] = [
    ['j2k', '1.2.840.10008.1.2.4.90', one, NativeCodecs.encodeJpeg2000(context(16), { lossy: false })],
    ['htj2k', '1.2.840.10008.1.2.4.201', one, NativeCodecs.encodeHtJpeg2000(context(16), { lossy: false })],
    ['jpeg-ls', '1.2.840.10008.1.2.4.80', one, NativeCodecs.encodeJpegLs(context(16), {})],
    ['jpeg', '1.2.840.10008.1.2.4.50', eight, NativeCodecs.encodeJpeg(context(8), { lossy: true })],
  ];
  for (const [name, syntax, elements, encoded] of packed)
    await put(`dicom/${name}.dcm`, compressedFile(elements, syntax, encapsulated(encoded.getEncodedBuffer() ?? new Uint8Array(0))));
  const slices = Object.fromEntries([0, 1, 2].map((z) => [`study/ct ${z}.dcm`, dicomFile(ctSlice(z, {}, 8))]));
  await put('zip/series.zip', zip(slices));
}

/** A multi-frame CT: places in functional groups. */
function enhanced(frames: number): DicomElements {
  const placed = ['00200032DS', '00200037DS', '00280030DS'];
  return {
    ...Object.fromEntries(Object.entries(ctSlice(0, {}, SIZE)).filter(([name]) => !placed.includes(name))),
    '00080016UI': '1.2.840.10008.5.1.4.1.1.2.1',
    '00280008IS': String(frames),
    '52009229SQ': {
      items: [
        {
          '00209116SQ': { items: [{ '00200037DS': '1\\0\\0\\0\\1\\0' }] },
          '00289110SQ': { items: [{ '00180050DS': '2', '00280030DS': '0.5\\0.5' }] },
          '00289145SQ': { items: [{ '00281052DS': '-1024', '00281053DS': '1' }] },
        },
      ],
    },
    '52009230SQ': {
      items: Array.from({ length: frames }, (_, k) => ({ '00209113SQ': { items: [{ '00200032DS': `0\\0\\${2 * k}` }] } })),
    },
    '7fe00010OW': new Uint8Array(2 * SIZE * SIZE * frames).map((_, i) => i % 251),
  };
}

async function grids(folder: string, put: Put): Promise<void> {
  const volume = ctVolume({ ...SCAN_GEOMETRY, dims: [6, 5, 4] });
  await mkdir(join(folder, 'nifti'), { recursive: true });
  await writeNifti(join(folder, 'nifti', 'scan.nii'), volume);
  await writeNifti(join(folder, 'nifti', 'scan-packed.nii.gz'), volume);
  await put('zip/nifti.zip', zip({ 'scan.nii.gz': await readFile(join(folder, 'nifti', 'scan-packed.nii.gz')) }));
  const { voxels } = volume;
  const raw = new Uint8Array(voxels.buffer);
  const text = Array.from(voxels).join(' ');
  const nrrd = (encoding: string, more = ''): string =>
    `NRRD0004\n# made\ntype: int16\ndimension: 3\nspace: left-posterior-superior\nsizes: 6 5 4\nspace directions: (1,0,0) (0,2,0) (0,0,3)\n` +
    `kinds: domain domain domain\nendian: little\nencoding: ${encoding}\nspace origin: (-10,5,7.5)\n${more}`;
  const nrrdFile = (encoding: string, data: Uint8Array): Buffer => Buffer.concat([Buffer.from(`${nrrd(encoding)}\n`), data]);
  await put('nrrd/raw.nrrd', nrrdFile('raw', raw));
  await put('nrrd/gzip.nrrd', nrrdFile('gzip', gzipSync(raw)));
  await put('nrrd/text.nrrd', nrrdFile('ascii', Buffer.from(text)));
  await put('nrrd/detached.nhdr', nrrd('raw', 'line skip: 0\nbyte skip: 0\ndata file: detached.raw\n\n'));
  await put('nrrd/detached.raw', raw);
  const meta = (file: string, more = ''): string =>
    `ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n${more}TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = -10 5 7.5\n` +
    `CenterOfRotation = 0 0 0\nElementSpacing = 1 2 3\nDimSize = 6 5 4\nElementType = MET_SHORT\nElementDataFile = ${file}\n`;
  const packed = deflateSync(raw);
  const zlib = meta('LOCAL', `CompressedData = True\nCompressedDataSize = ${packed.length}\n`);
  await put('metaimage/raw.mha', Buffer.concat([Buffer.from(meta('LOCAL')), raw]));
  await put('metaimage/zlib.mha', Buffer.concat([Buffer.from(zlib), packed]));
  await put('metaimage/text.mha', meta('LOCAL').replace('BinaryData = True', 'BinaryData = False') + text);
  await put('metaimage/detached.mhd', meta('detached.raw', 'HeaderSize = 0\n'));
  await put('metaimage/detached.raw', raw);
}

function ctVolume(geometry: Geometry): Volume {
  const [nx, ny, nz] = geometry.dims;
  return { geometry, voxels: Int16Array.from({ length: nx * ny * nz }, (_, i) => (i % 300) - 100), slope: 1, intercept: -24 };
}

async function labels(folder: string): Promise<void> {
  const made = await makeSeries(SCAN_GEOMETRY);
  const source = await readSourceSeries(made.folder);
  const grid = labelsOnGrid(strewn(source.geometry, 6), source.geometry);
  const at = (format: string, name: string): string => join(folder, format, name);
  await mkdir(join(folder, 'seg'), { recursive: true });
  await mkdir(join(folder, 'rtstruct'), { recursive: true });
  await writeSegmentation(at('seg', 'binary.dcm'), grid, source, threeSegments, { kind: 'binary' });
  await writeSegmentation(at('seg', 'labelmap.dcm'), grid, source, threeSegments, { kind: 'labelmap' });
  await writeSegmentation(at('seg', 'labelmap-rle.dcm'), grid, source, threeSegments, { kind: 'labelmap', compression: 'rle' });
  await writeSegmentation(at('seg', 'deflated.dcm'), grid, source, threeSegments, { compression: 'deflate' });
  await writeStructureSet(at('rtstruct', 'structures.dcm'), grid, source, threeSegments);
  await rm(dirname(made.folder), { recursive: true });
}

/** One scan, two layers with strokes, a kept version, a split, a work list, a comment and a time. */
async function workspace(to: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-seed-'));
  const study = await createWorkspace(folder, { name: 'study', who: 'tester' });
  const volume = ctVolume({ ...SCAN_GEOMETRY, origin: pointLPS(1, 2, 3), dims: [6, 5, 4] });
  const { scan } = await study.addScan({ volume, format: 'NIfTI-1', modality: 'CT', title: 'one', sources: ['ab'.repeat(32)] });
  for (const type of ['uint8', 'uint16'] as const) {
    const { id } = await study.createLayer(scan.id, { name: 'liver', type, labels: [{ value: 1, name: 'liver', colour: '#aa3300' }] });
    const layer = await study.openLayer(scan.id, id);
    for (let n = 0; n < 6; n++) await layer.apply(paintedDelta(layer.labels, [[n * 11, 9]], 1 + n));
    await layer.undo();
    await layer.undo();
    await layer.redo();
    await layer.version('first', 'tester');
    await layer.close();
  }
  await study.saveSplit('folds', { train: [scan.id] });
  await readTogether(study, scan.id);
  await study.close();
  await mkdir(dirname(to), { recursive: true });
  await cp(folder, to, { recursive: true });
  await rm(folder, { recursive: true });
}

async function readTogether({ readerWork }: Workspace, scan: string): Promise<void> {
  const done = { by: 'tester', time: '2026-01-02T03:04:05.000Z' };
  const readers = ['Anna', 'Ben'].map((reader) => ({ scan, reader }));
  let ids = 0;
  await readerWork.list.change(0, (now) => assign(now, readers, done, () => `abcdef0${++ids}`));
  await readerWork.comments(scan).change(0, (now) => addComment(now, { id: 'abcdef01', point: [1, 2, 3.5], text: 'too far' }, done));
  await readerWork.comments(scan).change(1, (now) => addReply(now, 'abcdef01', { id: 'abcdef02', text: 'done' }, done));
  await readerWork.comments(scan).change(2, (now) => markComment(now, 'abcdef01', 'resolved', done));
  await readerWork.times(scan).change(0, (now) => noteSitting(now, { id: 'abcdef01', reader: 'Anna', seconds: 61 }, done.time));
}

async function tensors(folder: string, put: Put): Promise<void> {
  await mkdir(join(folder, 'safetensors'), { recursive: true });
  const entries = new Map([
    ['weights', { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) }],
    ['steps', { shape: [2], data: BigInt64Array.from([1n, -5n]) }],
    ['mask', { shape: [5], data: Uint8Array.from([1, 0, 1, 1, 0]) }],
    ['one', { shape: [], data: Float64Array.from([0.5]) }],
  ]);
  await writeSafetensors(join(folder, 'safetensors', 'mixed.safetensors'), entries, { format: 'tessera', epochs: '3' });
  const header = Buffer.from(
    '{"a":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[4],"data_offsets":[8,16]}}',
  );
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  await put('safetensors/halves.safetensors', Buffer.concat([prefix, header, Buffer.from('803f004000c0803f003c004000c40035', 'hex')]));
}
