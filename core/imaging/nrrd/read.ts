import { open } from 'node:fs/promises';
import { TesseraError } from '../../base/errors.ts';
import { note, warning, type Finding } from '../finding.ts';
import { dataFileBeside, readGrid, type GridData, type GridFile } from '../grid-file.ts';
import type { ReadOptions, ScanFile } from '../scan-file.ts';
import { readTextHeader } from '../text-header.ts';
import type { Triple } from '../volume.ts';
import { scale } from '../affine.ts';
import { nrrdHeaderEnd, parseNrrdHeader, type NrrdHeader } from './header.ts';

export const NRRD_EXTENSIONS = ['.nrrd', '.nhdr'] as const;

/**
 * Reads one volume of an NRRD file (teem.sourceforge.net/nrrd/format.html), with the voxels in it or in a data file beside it: raw, gzip,
 * bzip2 or text. Axes that are not in space (time, channels, layers) count volumes wherever they stand.
 * @throws TesseraError `not-found`; `bad-file`; `unsupported-file` (colours, blocks, several data files); `bad-geometry`; `too-large`;
 * `bad-setting` (several volumes and no `volumeIndex`); `cancelled`
 */
export async function readNrrd(path: string, options: ReadOptions = {}): Promise<ScanFile> {
  const { text, bytes } = await readTextHeader(path, nrrdHeaderEnd);
  const header = parseNrrdHeader(text, path);
  return readGrid(await gridOf(header, path, bytes), options);
}

/** C's names for number types, as NRRD uses them. */
const TYPES: Readonly<Record<string, string>> = {
  'signed char': 'int8',
  int8: 'int8',
  int8_t: 'int8',
  uchar: 'uint8',
  'unsigned char': 'uint8',
  uint8: 'uint8',
  uint8_t: 'uint8',
  short: 'int16',
  'short int': 'int16',
  'signed short': 'int16',
  'signed short int': 'int16',
  int16: 'int16',
  int16_t: 'int16',
  ushort: 'uint16',
  'unsigned short': 'uint16',
  'unsigned short int': 'uint16',
  uint16: 'uint16',
  uint16_t: 'uint16',
  int: 'int32',
  'signed int': 'int32',
  int32: 'int32',
  int32_t: 'int32',
  uint: 'uint32',
  'unsigned int': 'uint32',
  uint32: 'uint32',
  uint32_t: 'uint32',
  longlong: 'int64',
  'long long': 'int64',
  'long long int': 'int64',
  'signed long long': 'int64',
  'signed long long int': 'int64',
  int64: 'int64',
  int64_t: 'int64',
  ulonglong: 'uint64',
  'unsigned long long': 'uint64',
  'unsigned long long int': 'uint64',
  uint64: 'uint64',
  uint64_t: 'uint64',
  float: 'float32',
  double: 'float64',
};

const PACKINGS: Readonly<Record<string, GridData['packing']>> = {
  raw: 'raw',
  gzip: 'gzip',
  gz: 'gzip',
  bzip2: 'bzip2',
  bz2: 'bzip2',
  ascii: 'text',
  text: 'text',
  txt: 'text',
};

const MOST_AXES = 16;

async function gridOf(header: NrrdHeader, path: string, headerBytes: number): Promise<GridFile> {
  const { fields, version } = header;
  const type = (fields.get('type') ?? '').toLowerCase();
  const dimension = Number(fields.get('dimension'));
  const shape = words(fields.get('sizes')).map(Number);
  if (!(dimension >= 1 && dimension <= MOST_AXES) || shape.length !== dimension)
    throw bad(path, `claims ${shape.length} sizes for ${fields.get('dimension') ?? 'no'} axes`);
  if (!shape.every((n) => Number.isInteger(n) && n >= 1 && n < 2 ** 31)) throw bad(path, `claims ${shape.join(' × ')} voxels`);
  const kinds = words(fields.get('kinds')).map((kind) => kind.toLowerCase());
  const colour = kinds.find((kind) => /color|complex|quaternion|matrix/.test(kind));
  if (colour !== undefined) throw unsupported(path, `holds ${colour.replace(/[^a-z0-9-]/g, '')} values, not one real number a voxel.`);
  const findings: Finding[] = [];
  const place = placeOf(fields, shape, kinds, path, findings);
  if (place.spatial.length < 2 || place.spatial.length > 3)
    throw unsupported(path, `has ${place.spatial.length} axes in space; 2 or 3 are read.`);
  const endian = fields.get('endian')?.toLowerCase();
  return {
    path,
    format: 'NRRD',
    type: TYPES[type] ?? (type === 'block' ? 'blocks of bytes' : 'an unknown type'),
    littleEndian: endian !== 'big',
    shape,
    ...place,
    data: await dataOf(fields, path, headerBytes),
    findings,
    description: fields.get('content') ?? '',
    details: { version },
  };
}

type Place = Pick<GridFile, 'spatial' | 'columns' | 'origin'>;

function placeOf(
  fields: ReadonlyMap<string, string>,
  shape: readonly number[],
  kinds: readonly string[],
  path: string,
  findings: Finding[],
): Place {
  const directions = vectors(fields.get('space directions'), path);
  if (directions === undefined) return withoutDirections(fields, shape, kinds, findings);
  if (directions.length !== shape.length) throw bad(path, `gives ${directions.length} space directions for ${shape.length} axes`);
  const toLps = lpsSigns(fields.get('space'), findings);
  const unit = millimetres(fields.get('space units'), findings);
  const turn = (v: Triple): Triple => [v[0] * toLps[0] * unit, v[1] * toLps[1] * unit, v[2] * toLps[2] * unit];
  const [origin] = vectors(fields.get('space origin'), path) ?? [];
  if (origin === undefined) findings.push(warning('no-position', 'The file gives no origin; the first voxel was put at 0.'));
  const spatial = directions.flatMap((direction, axis) => (direction === undefined ? [] : [axis]));
  return {
    spatial,
    columns: directions.flatMap((direction) => (direction === undefined ? [] : [turn(direction)])),
    origin: turn(origin ?? [0, 0, 0]),
  };
}

/** Spacing alone, or nothing: the axes are taken to run along the patient's. */
function withoutDirections(
  fields: ReadonlyMap<string, string>,
  shape: readonly number[],
  kinds: readonly string[],
  findings: Finding[],
): Place {
  const spacings = words(fields.get('spacings')).map(Number);
  const inSpace = shape.flatMap((_, axis) =>
    kinds[axis] === undefined || kinds[axis] === 'domain' || kinds[axis] === 'space' || kinds[axis] === '???' ? [axis] : [],
  );
  const spatial = inSpace.slice(0, 3);
  findings.push(warning('no-position', 'The file does not say where the voxels lie in the patient; orientation and place are a guess.'));
  if (spacings.length === 0) findings.push(warning('spacing-assumed', 'The file gives no spacing; 1 mm was assumed.'));
  const columns = spatial.map((axis, k): Triple => {
    const spacing = Math.abs(spacings[axis] ?? 1);
    return scale([Number(k === 0), Number(k === 1), Number(k === 2)], spacing > 0 ? spacing : 1);
  });
  return { spatial, columns, origin: [0, 0, 0] };
}

/** The signs that turn a space's coordinates into left, posterior, superior. */
function lpsSigns(space: string | undefined, findings: Finding[]): Triple {
  const name = (space ?? '').toLowerCase().replace(/-time$/, '');
  const letters = /^[rl][ap][si]t?$/.test(name)
    ? name.slice(0, 3)
    : name
        .split('-')
        .map((word) => word.charAt(0))
        .join('');
  if (/^[rl][ap][si]$/.test(letters))
    return [letters.startsWith('l') ? 1 : -1, letters.charAt(1) === 'p' ? 1 : -1, letters.endsWith('s') ? 1 : -1];
  findings.push(
    warning('space-unknown', 'The file does not say how its space lies in the patient; left, posterior, superior was assumed.'),
  );
  return [1, 1, 1];
}

const UNITS: Readonly<Record<string, number>> = { mm: 1, cm: 10, m: 1000, um: 0.001, µm: 0.001 };

function millimetres(units: string | undefined, findings: Finding[]): number {
  const name = /"([^"]*)"/.exec(units ?? '')?.[1];
  const factor = UNITS[name ?? 'mm'];
  if (factor !== undefined && factor !== 1) findings.push(note('unit', `Lengths are in ${name ?? ''}; they were turned into millimetres.`));
  return factor ?? 1;
}

async function dataOf(fields: ReadonlyMap<string, string>, path: string, headerBytes: number): Promise<GridData> {
  const encoding = (fields.get('encoding') ?? '').toLowerCase();
  const packing = PACKINGS[encoding];
  if (packing === undefined) throw unsupported(path, 'is encoded in a way that cannot be read.');
  const named = fields.get('data file') ?? fields.get('datafile');
  const dataPath = named === undefined ? path : dataFileBeside(path, named);
  const lines = wholeNumber(fields.get('line skip') ?? fields.get('lineskip') ?? '0', path);
  const skip = Number(fields.get('byte skip') ?? fields.get('byteskip') ?? '0');
  if (!Number.isInteger(skip) || skip < -1) throw bad(path, `tells to skip ${skip} bytes`);
  const start = named === undefined ? headerBytes : 0;
  return {
    path: dataPath,
    packing,
    start: lines === 0 ? start : await afterLines(dataPath, start, lines),
    skip: skip === -1 ? 'end' : skip,
  };
}

/** The byte after some lines, which lie within the first megabyte. */
async function afterLines(path: string, start: number, lines: number): Promise<number> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(1024 ** 2);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    let at = 0;
    for (let line = 0; line < lines; line++) {
      at = bytes.subarray(0, bytesRead).indexOf(10, at) + 1;
      if (at === 0) throw bad(path, `has fewer than ${lines} lines`);
    }
    return start + at;
  } finally {
    await handle.close();
  }
}

const words = (value: string | undefined): string[] => (value ?? '').split(/\s+/).filter((word) => word !== '');

/** Vectors of two or three numbers in parentheses; undefined for `none`, the direction of an axis that is not in space. */
function vectors(value: string | undefined, path: string): (Triple | undefined)[] | undefined {
  if (value === undefined || value === '') return undefined;
  return [...value.matchAll(/none|\(([^)]*)\)/g)].map(([, inside]) => {
    if (inside === undefined) return undefined;
    const [x, y, z = 0, ...more] = inside.split(',').map(Number);
    if (x === undefined || y === undefined || more.length > 0) throw bad(path, 'gives vectors that have not 2 or 3 numbers');
    return [x, y, z] as const;
  });
}

function wholeNumber(text: string, path: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw bad(path, 'tells to skip a number of lines that is none');
}

function bad(path: string, what: string): TesseraError {
  return new TesseraError('bad-file', `has a false header: it ${what}.`, { subject: path, advice: 'Export it again.' });
}

function unsupported(path: string, what: string): TesseraError {
  return new TesseraError('unsupported-file', what, { subject: path, advice: 'Convert it to NIfTI or a plain NRRD file.' });
}
