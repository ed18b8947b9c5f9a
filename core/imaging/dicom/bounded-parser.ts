import dicomParser, { type ByteArrayParser, type ByteStream, type DataSet } from 'dicom-parser';
import { EXPLICIT_BIG, IMPLICIT_LITTLE } from './transfer-syntax.ts';

declare module 'dicom-parser' {
  // Exported by the package, and missing in its types.
  const DataSet: new (parser: ByteArrayParser, bytes: ByteArray, elements: DataSet['elements']) => DataSet;
}

/** A segmentation of 30,000 frames has about a million; more are made to keep us busy, or to fill the memory. */
const MOST_ELEMENTS = 2_000_000;

/** A stream that counts the elements and items that are read from it: each reads its VR or, without one, a length of four bytes. */
function boundedStream(parser: ByteArrayParser, bytes: Uint8Array): ByteStream {
  const stream = new dicomParser.ByteStream(parser, bytes, 0);
  const { readUint32, readFixedString } = stream;
  let left = MOST_ELEMENTS;
  const count = (): void => {
    if (--left < 0) throw new Error('more elements than any object has');
  };
  stream.readUint32 = () => {
    count();
    return readUint32.call(stream);
  };
  stream.readFixedString = (length) => {
    count();
    return readFixedString.call(stream, length);
  };
  return stream;
}

/**
 * The elements of a data set up to a tag, by dicom-parser.
 * @param bytes from the first element on
 * @throws Error, text or object, as dicom-parser does; Error for more elements than any object has
 */
export function parseElements(bytes: Uint8Array, transferSyntax: string, untilTag: string): DataSet {
  const { bigEndianByteArrayParser, littleEndianByteArrayParser, parseDicomDataSetExplicit, parseDicomDataSetImplicit } = dicomParser;
  const parser = transferSyntax === EXPLICIT_BIG ? bigEndianByteArrayParser : littleEndianByteArrayParser;
  const stream = boundedStream(parser, bytes);
  const dataSet = new dicomParser.DataSet(parser, bytes, {});
  dataSet.warnings = stream.warnings;
  const parse = transferSyntax === IMPLICIT_LITTLE ? parseDicomDataSetImplicit : parseDicomDataSetExplicit;
  parse(dataSet, stream, bytes.length, { untilTag });
  return dataSet;
}
