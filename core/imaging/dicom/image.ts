import { TesseraError } from '../../base/errors.ts';
import { cross, dot, norm, scale } from '../affine.ts';
import type { Triple } from '../volume.ts';
import * as data from './data-set.ts';
import type { DataSet } from './data-set.ts';
import type { DicomHeader } from './read-header.ts';

/** One DICOM file with pixel data, as far as its header tells. */
export interface DicomImage {
  readonly path: string;
  readonly fileBytes: number;
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly series: string;
  readonly frameOfReference: string;
  readonly modality: string;
  readonly seriesNumber: number | undefined;
  readonly description: string;
  readonly imageType: readonly string[];
  readonly instanceNumber: number;
  readonly pixels: PixelFormat;
}

/** How pixels are stored in one file (PS3.3 C.7.6.3). */
export interface PixelFormat {
  readonly transferSyntax: string;
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  readonly samples: number;
  readonly photometric: string;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Stored values that mean "outside of the picture", both ends included. */
  readonly padding?: readonly [from: number, to: number];
  /** Byte of the pixel data; length undefined when they are in fragments. */
  readonly offset: number;
  readonly length: number | undefined;
  /** A table of values in place of slope and intercept. */
  readonly lookupTable: boolean;
}

/** One picture of a file: a slice, with its place in the patient. */
export interface DicomFrame {
  readonly image: DicomImage;
  /** Frame of the file, from 0. */
  readonly index: number;
  readonly columns: number;
  readonly rows: number;
  /** First column and row of the slice in its frame, where a frame holds many (Siemens mosaic). */
  readonly tile?: readonly [column: number, row: number];
  /** Centre of the first pixel, LPS millimetres. */
  readonly position?: Triple;
  /** LPS unit vectors along a row (growing column) and along a column (growing row). */
  readonly axes?: readonly [Triple, Triple];
  /** Millimetres between columns and between rows: along i and j. */
  readonly pixelSpacing?: readonly [number, number];
  /** Millimetres to the next slice as the header says; believed only where there is one slice. */
  readonly sliceSpacing?: number;
  readonly slope: number;
  readonly intercept: number;
  /** What parts pictures at one place: kind of picture, then time. */
  readonly kind: string;
  readonly times: readonly number[];
}

export interface DicomContent {
  readonly image: DicomImage;
  readonly frames: readonly DicomFrame[];
}

/** More pictures than this in one file, or larger ones, are a false header. */
const MOST_FRAMES = 1_000_000;

/** The SOP classes that hold pixel data but are no scans. */
const NO_SCANS: Readonly<Record<string, string>> = {
  '1.2.840.10008.5.1.4.1.1.66.4': 'a segmentation (DICOM SEG)',
  '1.2.840.10008.5.1.4.1.1.66.7': 'a label map segmentation (DICOM SEG)',
  '1.2.840.10008.5.1.4.1.1.481.2': 'a radiotherapy dose',
  '1.2.840.10008.5.1.4.1.1.30': 'a parametric map',
};

/**
 * What a header says of its pixels.
 * @throws TesseraError `unsupported-file` for a DICOM object without pixel data or that is no scan; `bad-file` for a header that
 * contradicts itself
 */
export function imageOf(header: DicomHeader): DicomImage {
  const { dataSet, path, fileBytes } = header;
  const sopClass = data.text(dataSet, 'x00080016');
  const other = NO_SCANS[sopClass];
  if (other !== undefined) throw noScan(path, `is ${other}, not a scan.`);
  if (dataSet.elements['x7fe00008'] !== undefined || dataSet.elements['x7fe00009'] !== undefined)
    throw noScan(path, 'holds floating-point pixel data, which scans do not have.');
  if (header.pixelData === undefined) throw noScan(path, `holds no picture (${modalityOf(dataSet)}).`);
  return {
    path,
    fileBytes,
    sopClass,
    sopInstance: data.text(dataSet, 'x00080018'),
    series: data.text(dataSet, 'x0020000e'),
    frameOfReference: data.text(dataSet, 'x00200052'),
    modality: modalityOf(dataSet),
    seriesNumber: data.number(dataSet, 'x00200011'),
    description: data.prose(dataSet, 'x0008103e'),
    imageType: data.text(dataSet, 'x00080008').split('\\'),
    instanceNumber: data.number(dataSet, 'x00200013') ?? 0,
    pixels: pixelFormat(header, header.pixelData),
  };
}

function modalityOf(dataSet: DataSet): string {
  const modality = data.text(dataSet, 'x00080060');
  return /^[A-Z0-9]{1,16}$/.test(modality) ? modality : 'OT';
}

function pixelFormat(header: DicomHeader, at: { offset: number; length: number | undefined }): PixelFormat {
  const { dataSet, path } = header;
  const required = (tag: string, name: string, from: number, to: number): number => {
    const value = data.uint16(dataSet, tag);
    if (value !== undefined && value >= from && value <= to) return value;
    throw contradiction(path, value === undefined ? `has no ${name}` : `says ${name} ${value}`);
  };
  const rows = required('x00280010', 'Rows', 1, 65535);
  const columns = required('x00280011', 'Columns', 1, 65535);
  const bitsAllocated = required('x00280100', 'BitsAllocated', 1, 64);
  const bitsStored = data.uint16(dataSet, 'x00280101') ?? bitsAllocated;
  if (bitsStored < 1 || bitsStored > bitsAllocated) throw contradiction(path, `stores ${bitsStored} bits in ${bitsAllocated}`);
  const highBit = data.uint16(dataSet, 'x00280102') ?? bitsStored - 1;
  if (highBit < bitsStored - 1 || highBit >= bitsAllocated) throw contradiction(path, `has its highest bit at ${highBit}`);
  const frames = data.number(dataSet, 'x00280008') ?? 1;
  if (!Number.isInteger(frames) || frames < 1 || frames > MOST_FRAMES) throw contradiction(path, `claims ${frames} frames`);
  const signed = data.uint16(dataSet, 'x00280103') === 1;
  const padding = paddingOf(dataSet, signed);
  return {
    transferSyntax: header.transferSyntax,
    rows,
    columns,
    frames,
    samples: data.uint16(dataSet, 'x00280002') ?? 1,
    photometric: data.text(dataSet, 'x00280004'),
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
    ...(padding === undefined ? {} : { padding }),
    ...at,
    lookupTable: data.item(dataSet, 'x00283000') !== undefined,
  };
}

function paddingOf(dataSet: DataSet, signed: boolean): readonly [number, number] | undefined {
  const read = (tag: string): number | undefined => {
    const value = data.uint16(dataSet, tag);
    return value === undefined || !signed ? value : (value << 16) >> 16;
  };
  const value = read('x00280120');
  if (value === undefined) return undefined;
  const limit = read('x00280121') ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}

/** Direction cosines may be rounded to few digits, but not be something else than two perpendicular unit vectors. */
const COSINE_TOLERANCE = 0.01;

/** The two axes of a picture from ImageOrientationPatient, made exactly unit long; undefined when they are not perpendicular directions. */
export function axesOf(dataSet: DataSet | undefined): readonly [Triple, Triple] | undefined {
  const values = dataSet === undefined ? undefined : data.numbers(dataSet, 'x00200037');
  if (values?.length !== 6) return undefined;
  const [a, b, c, d, e, f] = values as [number, number, number, number, number, number];
  const [row, column]: [Triple, Triple] = [
    [a, b, c],
    [d, e, f],
  ];
  const isUnit = (v: Triple): boolean => Math.abs(norm(v) - 1) < COSINE_TOLERANCE;
  if (!isUnit(row) || !isUnit(column) || Math.abs(dot(row, column)) > COSINE_TOLERANCE) return undefined;
  return [scale(row, 1 / norm(row)), scale(column, 1 / norm(column))];
}

/** PixelSpacing as millimetres along i and along j: DICOM gives the distance of rows first. */
export function pixelSpacingOf(dataSet: DataSet | undefined): readonly [number, number] | undefined {
  const [betweenRows, betweenColumns] = (dataSet === undefined ? undefined : data.numbers(dataSet, 'x00280030')) ?? [];
  if (betweenRows === undefined || betweenColumns === undefined || !(betweenRows > 0) || !(betweenColumns > 0)) return undefined;
  return [betweenColumns, betweenRows];
}

/** The normal of a picture's plane: row × column. */
export function normalOf([row, column]: readonly [Triple, Triple]): Triple {
  const normal = cross(row, column);
  return scale(normal, 1 / norm(normal));
}

function noScan(path: string, message: string): TesseraError {
  return new TesseraError('unsupported-file', message, { subject: path, advice: 'Give the images of a CT or MR series.' });
}

function contradiction(path: string, what: string): TesseraError {
  return new TesseraError('bad-file', `has a false header: it ${what}.`, { subject: path, advice: 'Export it again.' });
}
