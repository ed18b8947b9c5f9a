import { TesseraError } from '../../base/errors.ts';
import * as data from '../dicom/data-set.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { axesOf, pixelSpacingOf } from '../dicom/image.ts';
import type { DicomHeader } from '../dicom/read-header.ts';
import type { Triple } from '../volume.ts';
import { decodedText } from './character-set.ts';
import { fromCielab } from './cielab.ts';
import { TISSUE, type Code, type SegmentDescription } from './codes.ts';
import { labelText, LABELMAP_STORAGE, SEGMENTATION_STORAGE } from './seg-attributes.ts';

/** A DICOM segmentation as far as its header tells. */
export interface SegHeader {
  readonly path: string;
  readonly kind: 'BINARY' | 'FRACTIONAL' | 'LABELMAP';
  readonly columns: number;
  readonly rows: number;
  readonly bitsAllocated: 1 | 8 | 16;
  /** Of FRACTIONAL: the stored value that means 1. */
  readonly maximumFraction: number;
  /** Of LABELMAP: the stored value that means no segment. */
  readonly padding: number | undefined;
  readonly frameOfReference: string;
  readonly axes: readonly [Triple, Triple];
  /** Millimetres between columns and between rows. */
  readonly pixelSpacing: readonly [number, number];
  /** Millimetres between slices as the header says, and their thickness. */
  readonly sliceSpacing: number | undefined;
  readonly sliceThickness: number | undefined;
  /** By number in the file. */
  readonly segments: ReadonlyMap<number, SegmentDescription>;
  readonly frames: readonly SegFrameHeader[];
}

export interface SegFrameHeader {
  /** Centre of the first pixel, LPS millimetres. */
  readonly position: Triple;
  /** Number of its segment; undefined in a label map. */
  readonly segment: number | undefined;
}

const MOST_FRAMES = 1_000_000;
/** All frames together: 64 times a scan of 512 × 512 × 1000 is work for minutes, more is a false header. */
const MOST_PIXELS = 2 ** 34;

export const isSegmentation = ({ dataSet, path }: DicomHeader): boolean =>
  lookingInto(path, () => [SEGMENTATION_STORAGE, LABELMAP_STORAGE].includes(data.text(dataSet, 'x00080016')));

/**
 * What the header of a DICOM segmentation says.
 * @throws TesseraError `unsupported-file` for what is none or lies in no patient (microscopy); `bad-file` for one that contradicts itself
 */
export function segHeader(header: DicomHeader): SegHeader {
  const { dataSet, path } = header;
  if (!isSegmentation(header)) throw unsupported(path, 'is no DICOM segmentation');
  const kind = kindOf(dataSet, path);
  const size = sizeOf(dataSet, path, kind);
  const shared = data.item(dataSet, 'x52009229');
  const items = data.items(dataSet, 'x52009230');
  const count = data.number(dataSet, 'x00280008') ?? 0;
  if (!Number.isInteger(count) || count < 1 || count > MOST_FRAMES) throw bad(path, `claims ${count} frames`);
  if (items.length !== count) throw bad(path, `describes ${items.length} of ${count} frames`);
  if (count * size.columns * size.rows > MOST_PIXELS) throw tooLarge(path);

  const segments = segmentsOf(dataSet, path);
  const [first] = items;
  const axes = axesOf(group(first, shared, 'x00209116'));
  const measures = group(first, shared, 'x00289110');
  const pixelSpacing = pixelSpacingOf(measures);
  if (axes === undefined || pixelSpacing === undefined) throw unsupported(path, 'has no place in a patient (orientation or pixel spacing)');
  return {
    path,
    kind,
    ...size,
    maximumFraction: data.uint16(dataSet, 'x0062000e') ?? 255,
    padding: data.uint16(dataSet, 'x00280120'),
    frameOfReference: data.text(dataSet, 'x00200052'),
    axes,
    pixelSpacing,
    sliceSpacing: positive(measures && data.number(measures, 'x00180088')),
    sliceThickness: positive(measures && data.number(measures, 'x00180050')),
    segments,
    frames: items.map((item) => frameOf(item, shared, axes, kind, segments, path)),
  };
}

const positive = (value: number | undefined): number | undefined =>
  value !== undefined && Math.abs(value) > 0 ? Math.abs(value) : undefined;

/** A functional group of a frame, else of all frames. */
const group = (own: DataSet | undefined, shared: DataSet | undefined, tag: string): DataSet | undefined =>
  data.item(own, tag) ?? data.item(shared, tag);

function kindOf(dataSet: DataSet, path: string): SegHeader['kind'] {
  const kind = data.text(dataSet, 'x00620001');
  if (kind === 'BINARY' || kind === 'FRACTIONAL' || kind === 'LABELMAP') return kind;
  throw unsupported(path, 'is of an unknown kind of segmentation');
}

function sizeOf(dataSet: DataSet, path: string, kind: SegHeader['kind']): Pick<SegHeader, 'columns' | 'rows' | 'bitsAllocated'> {
  const rows = data.uint16(dataSet, 'x00280010') ?? 0;
  const columns = data.uint16(dataSet, 'x00280011') ?? 0;
  const bits = data.uint16(dataSet, 'x00280100') ?? 0;
  if (rows < 1 || columns < 1) throw bad(path, 'has no size');
  const allowed = { BINARY: [1], FRACTIONAL: [8], LABELMAP: [8, 16] }[kind];
  if (!allowed.includes(bits)) throw bad(path, `is ${kind} with ${bits} bits a pixel`);
  if ((data.uint16(dataSet, 'x00280002') ?? 1) !== 1) throw bad(path, 'has more than one sample a pixel');
  return { rows, columns, bitsAllocated: bits === 1 ? 1 : bits === 8 ? 8 : 16 };
}

const SAME_AXES = 1e-3;

function frameOf(
  item: DataSet,
  shared: DataSet | undefined,
  axes: readonly [Triple, Triple],
  kind: SegHeader['kind'],
  segments: ReadonlyMap<number, SegmentDescription>,
  path: string,
): SegFrameHeader {
  const place = group(item, shared, 'x00209113');
  const position = place && data.triple(place, 'x00200032');
  if (position === undefined) throw unsupported(path, 'has frames without a position in the patient');
  const own = axesOf(data.item(item, 'x00209116'));
  if (own !== undefined && own.flat().some((cosine, i) => Math.abs(cosine - (axes.flat()[i] ?? NaN)) > SAME_AXES))
    throw unsupported(path, 'has frames of several orientations');
  if (kind === 'LABELMAP') return { position, segment: undefined };
  const identification = group(item, shared, 'x0062000a');
  const segment = identification && data.uint16(identification, 'x0062000b');
  if (segment === undefined || !segments.has(segment)) throw bad(path, 'has frames of a segment that it does not describe');
  return { position, segment };
}

function segmentsOf(dataSet: DataSet, path: string): ReadonlyMap<number, SegmentDescription> {
  const items = data.items(dataSet, 'x00620002');
  const numbers = items.map((item) => data.uint16(item, 'x00620004'));
  if (items.length === 0 || numbers.includes(undefined) || new Set(numbers).size !== items.length)
    throw bad(path, 'does not number its segments');
  const values = labelValues(dataSet, items, numbers);
  return new Map(
    items.map((item, i) => {
      const number = numbers[i] ?? 0;
      return [number, describe(item, values[i] ?? number)];
    }),
  );
}

/** The label values that our own files remember; of others, the numbers of the segments. */
function labelValues(
  dataSet: DataSet,
  items: readonly DataSet[],
  numbers: readonly (number | undefined)[],
): readonly (number | undefined)[] {
  if (data.text(dataSet, 'x00081090') !== 'Tessera') return numbers;
  const values = items.map((item, i) => {
    const value = Number(/^Label (\d{1,5})$/.exec(data.text(item, 'x00620006'))?.[1] ?? NaN);
    return numbers[i] === 0 ? 0 : value > 0 && value <= 65535 ? value : undefined;
  });
  return values.includes(undefined) || new Set(values).size !== values.length ? numbers : values;
}

function describe(item: DataSet, value: number): SegmentDescription {
  const name = decodedText(item, 'x00620005').replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  const type = data.item(item, 'x0062000f');
  const region = data.item(item, 'x00082218');
  const regionCode = codeOf(region);
  const [l, a, b] = (item.elements['x0062000d']?.length ?? 0) < 6 ? [] : [0, 1, 2].map((i) => item.uint16('x0062000d', i));
  return {
    value,
    name: name === '' ? labelText(value) : name,
    category: codeOf(data.item(item, 'x00620003')) ?? TISSUE,
    type: codeOf(type) ?? TISSUE,
    modifiers: codesOf(type, 'x00620011'),
    ...(regionCode === undefined ? {} : { region: regionCode, regionModifiers: codesOf(region, 'x00082220') }),
    ...(l === undefined || a === undefined || b === undefined ? {} : { colour: fromCielab([l, a, b]) }),
  };
}

const codesOf = (item: DataSet | undefined, tag: string): Code[] => data.items(item, tag).flatMap((one) => codeOf(one) ?? []);

function codeOf(item: DataSet | undefined): Code | undefined {
  if (item === undefined) return undefined;
  const value = data.text(item, 'x00080100') || data.text(item, 'x00080119');
  const scheme = data.text(item, 'x00080102');
  return value === '' || scheme === '' ? undefined : { value, scheme, meaning: decodedText(item, 'x00080104') };
}

function unsupported(path: string, what: string): TesseraError {
  return new TesseraError('unsupported-file', `${what}.`, {
    subject: path,
    advice: 'Give a DICOM segmentation of a CT or MR scan, or a label map in NIfTI or NRRD.',
  });
}

export function bad(path: string, what: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-file', `${what}.`, { subject: path, advice: 'Export the segmentation again.', cause });
}

/** Runs what looks into a parsed data set: dicom-parser throws texts where a nested element claims more bytes than there are. */
export function lookingInto<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (thrown) {
    if (typeof thrown !== 'string') throw thrown;
    throw bad(path, 'has damaged elements', new Error(thrown));
  }
}

export function tooLarge(path: string): TesseraError {
  return new TesseraError('too-large', 'claims more voxels than any scan has.', { subject: path, advice: 'Export it again, or crop it.' });
}
