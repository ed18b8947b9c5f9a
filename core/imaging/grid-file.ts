import { isAbsolute, join, normalize, dirname } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { decodeBzip2 } from './bzip2.ts';
import { affineFromColumns, cross, norm, scale, type Affine } from './affine.ts';
import { note, warning, type Finding } from './finding.ts';
import { geometryFromLPS, isOrthogonal } from './geometry.ts';
import { gigabytes, openByteSource, type ByteSource } from './nifti/byte-source.ts';
import { datatypeNamed, swapBytes, type Datatype } from './nifti/datatypes.ts';
import { DEFAULT_MAX_BYTES, DEFAULT_MAX_BYTES_SUSPICIOUS, USUAL_COMPRESSION, type ReadOptions, type ScanFile } from './scan-file.ts';
import type { Triple, VoxelArray } from './volume.ts';
import { countNonFinite, emptyLike } from './voxel-array.ts';

/** What the text header of an NRRD or MetaImage file says: a grid of numbers and where its bytes are. */
export interface GridFile {
  /** The file with the header. */
  readonly path: string;
  readonly format: string;
  /** 'int16', 'float32'. */
  readonly type: string;
  readonly littleEndian: boolean;
  /** All axes, the fastest first. */
  readonly shape: readonly number[];
  /** Which of them are i, j and k: two or three. The others count volumes. */
  readonly spatial: readonly number[];
  /** From voxels to LPS millimetres; a missing third column is made up. */
  readonly columns: readonly Triple[];
  readonly origin: Triple;
  readonly data: GridData;
  readonly findings: readonly Finding[];
  readonly description: string;
  readonly details: Readonly<Record<string, string | number>>;
}

export interface GridData {
  readonly path: string;
  readonly packing: 'raw' | 'gzip' | 'bzip2' | 'text';
  /** Byte of the data file at which they begin, packed or not. */
  readonly start: number;
  /** Bytes to pass over once unpacked; `end` when the voxels are the last bytes. */
  readonly skip: number | 'end';
}

/** Numbers written as text take at most this many bytes each. */
const LONGEST_NUMBER = 32;

/**
 * Reads one volume of a grid file. Sizes are checked before memory is taken, and packed data may not unpack to more than the header says.
 * @throws TesseraError `bad-file`, `unsupported-file`, `bad-geometry`, `too-large`, `bad-setting` (several volumes), `cancelled`
 */
export async function readGrid(grid: GridFile, options: ReadOptions = {}): Promise<ScanFile> {
  const datatype = datatypeNamed(grid.type);
  if (datatype === undefined) throw unsupported(grid.path, `holds ${grid.type}, not one real number a voxel.`);
  const layout = layoutOf(grid);
  const volumeIndex = chosenVolume(layout.volumes, options.volumeIndex, grid.path);
  const findings: Finding[] = [...grid.findings];
  const geometry = geometryFromLPS(affineOf(grid, findings), layout.dims, grid.path);
  if (!isOrthogonal(geometry)) findings.push(warning('sheared', 'The voxel axes are not at right angles.', 'straighten'));
  const total = grid.shape.reduce((product, n) => product * n, 1);
  const read = await readValues(grid, datatype, total, layout, volumeIndex, options);
  const nonFinite = countNonFinite(read.voxels);
  if (nonFinite > 0) findings.push(warning('non-finite-voxels', `${nonFinite} voxels are NaN or infinite.`));
  return {
    volume: { geometry, voxels: read.voxels, slope: 1, intercept: 0 },
    findings: [...findings, ...read.findings],
    header: {
      format: grid.format,
      storedType: datatype.name,
      shape: grid.shape,
      volumes: layout.volumes,
      description: grid.description,
      details: { encoding: grid.data.packing, byteOrder: grid.littleEndian ? 'little' : 'big', ...grid.details },
    },
  };
}

/**
 * The path of a data file that a header names: beside the header or below it, so that a header cannot reach for other files.
 * @throws TesseraError `bad-file` for a path that leads elsewhere, `unsupported-file` for a list or pattern of files
 */
export function dataFileBeside(header: string, name: string): string {
  if (/^LIST\b/i.test(name) || name.includes('%')) throw unsupported(header, 'spreads its voxels over several data files.');
  const path = normalize(name.replaceAll('\\', '/'));
  if (isAbsolute(path) || /^[A-Za-z]:/.test(name) || path.split(/[/\\]/).includes('..'))
    throw bad(
      header,
      'names a data file outside of its folder, which is not followed',
      'Put the data file beside the header and name it there.',
    );
  return join(dirname(header), path);
}

interface GridLayout {
  readonly dims: Triple;
  readonly volumes: number;
  /** Values from one voxel to the next along i, j, k, and from one volume to the next. */
  readonly strides: Triple;
  readonly volumeStrides: readonly { readonly size: number; readonly stride: number }[];
  /** Volumes lie one after another, i fastest. */
  readonly plain: boolean;
}

function layoutOf({ shape, spatial }: GridFile): GridLayout {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, 1));
  const at = (list: readonly number[], k: number, otherwise: number): number => list[spatial[k] ?? -1] ?? otherwise;
  const others = shape.map((size, axis) => ({ size, stride: strides[axis] ?? 1, axis })).filter(({ axis }) => !spatial.includes(axis));
  return {
    dims: [at(shape, 0, 1), at(shape, 1, 1), at(shape, 2, 1)],
    volumes: others.reduce((product, { size }) => product * size, 1),
    strides: [at(strides, 0, 0), at(strides, 1, 0), at(strides, 2, 0)],
    volumeStrides: others,
    plain: spatial.every((axis, k) => axis === k),
  };
}

function affineOf({ columns, origin, spatial }: GridFile, findings: Finding[]): Affine {
  const [x, y, z] = columns;
  if (x === undefined || y === undefined) throw new RangeError('a grid with fewer than two axes');
  if (z !== undefined) return affineFromColumns(x, y, z, origin);
  if (spatial.length < 3) findings.push(note('spacing-assumed', 'The picture has two axes; a third of one voxel and 1 mm was assumed.'));
  const normal = cross(x, y);
  return affineFromColumns(x, y, norm(normal) > 0 ? scale(normal, 1 / norm(normal)) : [0, 0, 1], origin);
}

function chosenVolume(volumes: number, index: number | undefined, path: string): number {
  if (index === undefined && volumes === 1) return 0;
  if (index !== undefined && Number.isInteger(index) && index >= 0 && index < volumes) return index;
  throw new TesseraError('bad-setting', index === undefined ? `holds ${volumes} volumes.` : `has no volume ${index}.`, {
    subject: path,
    advice: `Choose one with volumeIndex, 0 to ${volumes - 1}.`,
  });
}

async function readValues(
  grid: GridFile,
  datatype: Datatype,
  total: number,
  layout: GridLayout,
  volumeIndex: number,
  options: ReadOptions,
): Promise<{ voxels: VoxelArray; findings: readonly Finding[] }> {
  const { data } = grid;
  const voxels = layout.dims[0] * layout.dims[1] * layout.dims[2];
  // Volumes that are not interleaved are passed over, not read.
  const wanted = layout.plain ? voxels : total;
  const before = layout.plain ? volumeIndex * voxels : 0;
  const source = await openByteSource(data.path, options.signal, { at: data.start, compressed: data.packing === 'gzip' });
  try {
    checkSize(source, wanted * datatype.bytes, grid.path, options.maxBytes);
    const { buffer, findings } = await readBytes(source, grid, datatype, total, before, wanted);
    if (!grid.littleEndian && data.packing !== 'text') swapBytes(buffer, datatype.bytes);
    const values = datatype.view(buffer, grid.path);
    return { voxels: layout.plain ? values : gathered(values, layout, volumeIndex), findings };
  } finally {
    await source.close();
  }
}

function checkSize(source: ByteSource, bytes: number, path: string, maxBytes?: number): void {
  const limit =
    maxBytes ?? (source.compressed && bytes > USUAL_COMPRESSION * source.size ? DEFAULT_MAX_BYTES_SUSPICIOUS : DEFAULT_MAX_BYTES);
  if (bytes <= limit) return;
  throw new TesseraError('too-large', `holds ${gigabytes(bytes)} of voxels; the limit is ${gigabytes(limit)}.`, {
    subject: path,
    advice: 'Crop or downsample it, or raise the limit (maxBytes).',
  });
}

async function readBytes(
  source: ByteSource,
  grid: GridFile,
  datatype: Datatype,
  total: number,
  before: number,
  wanted: number,
): Promise<{ buffer: ArrayBuffer; findings: readonly Finding[] }> {
  const { data, path } = grid;
  const all = total * datatype.bytes;
  if (data.packing === 'text' || data.packing === 'bzip2' || data.skip === 'end') {
    const most = data.packing === 'text' ? total * LONGEST_NUMBER : Math.min(2 * all + 1024 ** 2, DEFAULT_MAX_BYTES);
    const content = await unpackAll(source, data, most, path);
    if (data.packing === 'text') return { buffer: numbersOf(content, datatype, total, before, wanted, path), findings: [] };
    const start = data.skip === 'end' ? content.length - all : data.skip;
    if (start < 0 || start + all > content.length)
      throw bad(path, `is cut short: ${gigabytes(all)} of voxels are needed, ${gigabytes(content.length)} are there`);
    const from = start + before * datatype.bytes;
    return { buffer: new Uint8Array(content.subarray(from, from + wanted * datatype.bytes)).buffer, findings: [] };
  }
  await source.skip(data.skip + before * datatype.bytes);
  const buffer = await source.exactly(wanted * datatype.bytes);
  await source.skip((total - before - wanted) * datatype.bytes);
  const packedRest = await source.finish();
  const left = source.compressed ? packedRest.length : source.size - data.start - data.skip - all;
  return { buffer, findings: left > 0 ? [BYTES_LEFT] : [] };
}

/** A wrong number of bytes to skip shows in this way only. */
const BYTES_LEFT = warning(
  'bytes-after-voxels',
  'There are more bytes than the voxels take; if the picture looks shifted, the header is false (bytes to skip).',
);

/** Everything in the data file from its start, unpacked. */
async function unpackAll(source: ByteSource, data: GridData, most: number, path: string): Promise<Uint8Array> {
  const content = new Uint8Array(await source.upTo(data.packing === 'bzip2' ? source.size : most));
  if (data.packing !== 'bzip2') return content;
  try {
    return decodeBzip2(content, most);
  } catch (cause) {
    throw bad(path, 'holds damaged compressed data', 'Copy or export it again.', cause);
  }
}

function numbersOf(content: Uint8Array, datatype: Datatype, total: number, before: number, wanted: number, path: string): ArrayBuffer {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length < total) throw bad(path, `holds ${words.length} numbers instead of ${total}`);
  // 64-bit integers are kept as float64 anyway, so the view of an empty buffer tells the right array.
  const values = emptyLike(datatype.view(new ArrayBuffer(0), path), wanted);
  for (let i = 0; i < wanted; i++) {
    const value = Number(words[before + i]);
    if (Number.isNaN(value) && !/^nan$/i.test(words[before + i] ?? '')) throw bad(path, 'holds words where numbers should be');
    values[i] = value;
  }
  if (datatype.name.endsWith('64') && !datatype.name.startsWith('float')) throw unsupported(path, 'holds 64-bit integers as text.');
  return values.buffer as ArrayBuffer;
}

/** The voxels of one volume out of values in which they are not neighbours. */
function gathered(values: VoxelArray, { dims, strides, volumeStrides }: GridLayout, volumeIndex: number): VoxelArray {
  let offset = 0;
  let rest = volumeIndex;
  for (const { size, stride } of volumeStrides) {
    offset += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  const out = emptyLike(values, dims[0] * dims[1] * dims[2]);
  let at = 0;
  for (let k = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++) {
      const row = offset + j * strides[1] + k * strides[2];
      for (let i = 0; i < dims[0]; i++) out[at++] = values[row + i * strides[0]] as number;
    }
  return out;
}

function bad(path: string, what: string, advice = 'Copy or export it again.', cause?: unknown): TesseraError {
  return new TesseraError('bad-file', `${what}.`, { subject: path, advice, cause });
}

function unsupported(path: string, what: string): TesseraError {
  return new TesseraError('unsupported-file', what, { subject: path, advice: 'Convert it to NIfTI or a plain NRRD file.' });
}
