import { TesseraError } from '../../base/errors.ts';
import { scale } from '../affine.ts';
import { warning, type Finding } from '../finding.ts';
import { dataFileBeside, readGrid, type GridFile } from '../grid-file.ts';
import type { ReadOptions, ScanFile } from '../scan-file.ts';
import { readTextHeader } from '../text-header.ts';
import type { Triple } from '../volume.ts';

export const METAIMAGE_EXTENSIONS = ['.mha', '.mhd'] as const;

/**
 * Reads one volume of a MetaImage file: .mha, or .mhd with its data file beside it; raw, zlib or text. World coordinates are taken as
 * left, posterior, superior, as ITK writes them (itk.org, "MetaIO"). Channels and a fourth axis count volumes.
 * @throws TesseraError `not-found`; `bad-file`; `unsupported-file` (lists of data files); `bad-geometry`; `too-large`; `bad-setting` (several
 * volumes and no `volumeIndex`); `cancelled`
 */
export async function readMetaImage(path: string, options: ReadOptions = {}): Promise<ScanFile> {
  const { text, bytes } = await readTextHeader(path, headerEnd);
  return readGrid(gridOf(fieldsOf(text, path), path, bytes), options);
}

/** ElementDataFile is the last line of the header. */
function headerEnd(text: string): number | undefined {
  const found = /^\s*ElementDataFile\s*=[^\n]*\n/im.exec(text);
  return found === null ? undefined : found.index + found[0].length;
}

function fieldsOf(text: string, path: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^\s*([A-Za-z]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name.toLowerCase(), value);
  }
  if (fields.has('ndims') && fields.has('elementdatafile')) return fields;
  throw new TesseraError('bad-file', 'is no MetaImage file.', { subject: path, advice: 'Choose another file.' });
}

/** The element types with their sizes on the machines that write them (MetaIO, metaTypes.h); MET_LONG differs between systems. */
const TYPES: Readonly<Record<string, string>> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};

function gridOf(fields: ReadonlyMap<string, string>, path: string, headerBytes: number): GridFile {
  const numbers = (...names: string[]): number[] => {
    const value = names.map((name) => fields.get(name)).find((text) => text !== undefined);
    return (value ?? '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .map(Number);
  };
  const yes = (...names: string[]): boolean => names.some((name) => /^(true|1)/i.test(fields.get(name) ?? ''));
  const dimension = Number(fields.get('ndims'));
  const sizes = numbers('dimsize');
  if (!(dimension >= 2 && dimension <= 4) || sizes.length !== dimension)
    throw bad(path, `claims ${sizes.length} sizes for ${fields.get('ndims') ?? 'no'} axes`);
  const channels = Number(fields.get('elementnumberofchannels') ?? '1');
  if (![...sizes, channels].every((n) => Number.isInteger(n) && n >= 1 && n < 2 ** 31))
    throw bad(path, `claims ${sizes.join(' × ')} voxels`);

  const findings: Finding[] = [];
  const spacing = numbers('elementspacing', 'elementsize');
  if (spacing.length === 0) findings.push(warning('spacing-assumed', 'The file gives no spacing; 1 mm was assumed.'));
  const offset = numbers('offset', 'position', 'origin');
  if (offset.length === 0) findings.push(warning('no-position', 'The file gives no origin; the first voxel was put at 0.'));
  const matrix = numbers('transformmatrix', 'rotation', 'orientation');
  const directions = directionsOf(matrix, dimension, path);
  const shift = channels > 1 ? 1 : 0;
  const compressed = yes('compresseddata');
  const text = fields.has('binarydata') && !yes('binarydata');
  const skip = Number(fields.get('headersize') ?? '0');
  if (!Number.isInteger(skip) || skip < -1) throw bad(path, `tells to skip ${skip} bytes`);
  const file = fields.get('elementdatafile') ?? '';
  const local = /^local$/i.test(file);
  const type = (fields.get('elementtype') ?? '').toUpperCase();
  const spatial = sizes.slice(0, 3).map((_, k) => k + shift);
  return {
    path,
    format: 'MetaImage',
    type: TYPES[type.replace(/_ARRAY$/, '')] ?? 'an unknown type',
    littleEndian: !yes('binarydatabyteordermsb', 'elementbyteordermsb'),
    shape: channels > 1 ? [channels, ...sizes] : sizes,
    spatial,
    columns: spatial.map((_, k) => scale(directions[k] ?? [0, 0, 1], Math.abs(spacing[k] ?? 1))),
    origin: [offset[0] ?? 0, offset[1] ?? 0, dimension > 2 ? (offset[2] ?? 0) : 0],
    data: {
      path: local ? path : dataFileBeside(path, file),
      packing: text ? 'text' : compressed ? 'gzip' : 'raw',
      start: local ? headerBytes : 0,
      skip: skip === -1 ? 'end' : skip,
    },
    findings,
    description: fields.get('comment') ?? '',
    details: {},
  };
}

const UPRIGHT: readonly Triple[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Each row of the matrix in the file is the direction of one axis (ITK's reader takes it so). */
function directionsOf(matrix: readonly number[], dimension: number, path: string): readonly Triple[] {
  if (matrix.length === 0) return UPRIGHT;
  if (matrix.length !== dimension * dimension) throw bad(path, `gives a matrix of ${matrix.length} numbers for ${dimension} axes`);
  return Array.from({ length: Math.min(3, dimension) }, (_, axis): Triple => {
    const at = (k: number): number => (k < dimension ? (matrix[axis * dimension + k] ?? 0) : 0);
    return [at(0), at(1), at(2)];
  });
}

function bad(path: string, what: string): TesseraError {
  return new TesseraError('bad-file', `has a false header: it ${what}.`, { subject: path, advice: 'Export it again.' });
}
