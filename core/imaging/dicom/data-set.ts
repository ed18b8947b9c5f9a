import type { DataSet } from 'dicom-parser';
import type { Triple } from '../volume.ts';
import { parseElements } from './bounded-parser.ts';

export type { DataSet };

export const PIXEL_DATA = 'x7fe00010';

/**
 * The elements of a data set up to its pixel data, by dicom-parser.
 * @param bytes from the first element on
 * @throws Error when the bytes are no data set, or end within an element
 */
export function parseDataSet(bytes: Uint8Array, transferSyntax: string): DataSet {
  try {
    return parseElements(bytes, transferSyntax, PIXEL_DATA);
  } catch (thrown) {
    // dicom-parser throws strings.
    throw thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

/** A text value without padding; '' when it is absent or empty. */
export function text(dataSet: DataSet, tag: string): string {
  const element = dataSet.elements[tag];
  return element === undefined || element.length === 0 || element.items !== undefined ? '' : (dataSet.string(tag) ?? '').trim();
}

/** A text of people's language, UTF-8 where the file says so (ISO_IR 192), else Latin-1. Control characters are dropped, for it is printed on terminals. */
export function prose(dataSet: DataSet, tag: string): string {
  const value = text(dataSet, tag);
  const utf8 = text(dataSet, 'x00080005').includes('ISO_IR 192');
  return (utf8 ? Buffer.from(value, 'latin1').toString('utf8') : value).replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
}

/** The numbers of a decimal or integer string (DS, IS), parted by backslashes; undefined unless all of them are finite. */
export function numbers(dataSet: DataSet, tag: string): readonly number[] | undefined {
  const value = text(dataSet, tag);
  if (value === '') return undefined;
  const parts = value.split('\\').map((part) => (part.trim() === '' ? NaN : Number(part)));
  return parts.every(Number.isFinite) ? parts : undefined;
}

export function number(dataSet: DataSet, tag: string): number | undefined {
  return numbers(dataSet, tag)?.[0];
}

export function triple(dataSet: DataSet, tag: string): Triple | undefined {
  const [x, y, z, ...more] = numbers(dataSet, tag) ?? [];
  return x === undefined || y === undefined || z === undefined || more.length > 0 ? undefined : [x, y, z];
}

/** A binary unsigned 16-bit value (US). */
export function uint16(dataSet: DataSet, tag: string): number | undefined {
  const element = dataSet.elements[tag];
  return element === undefined || element.length < 2 ? undefined : dataSet.uint16(tag);
}

/** A binary double (FD). */
export function float64(dataSet: DataSet, tag: string): number | undefined {
  const element = dataSet.elements[tag];
  return element === undefined || element.length < 8 ? undefined : dataSet.double(tag);
}

/** The items of a sequence; none when it is absent. */
export function items(dataSet: DataSet | undefined, tag: string): readonly DataSet[] {
  return (dataSet?.elements[tag]?.items ?? []).flatMap((item) => (item.dataSet === undefined ? [] : [item.dataSet]));
}

/** The first item of a sequence. */
export function item(dataSet: DataSet | undefined, tag: string): DataSet | undefined {
  return dataSet?.elements[tag]?.items?.[0]?.dataSet;
}

/** The bytes of an element's value. */
export function valueBytes(dataSet: DataSet, tag: string): Uint8Array | undefined {
  const element = dataSet.elements[tag];
  if (element === undefined || element.length <= 0 || element.hadUndefinedLength === true) return undefined;
  return dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
}
