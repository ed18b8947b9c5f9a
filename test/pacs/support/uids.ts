import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import dicomParser, { type DataSet } from 'dicom-parser';
import { text } from '../../../core/imaging/dicom/data-set.ts';
import { readDicomHeader } from '../../../core/imaging/dicom/read-header.ts';

export interface Uids {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
}

export function headerUids(path: string): Uids {
  const header = readDicomHeader(path);
  if (header === undefined) throw new Error(`${path} is no DICOM file`);
  const [study = '', series = '', instance = ''] = ['x0020000d', 'x0020000e', 'x00080018'].map((tag) => text(header.dataSet, tag));
  return { study, series, instance };
}

/** SHA-256 of files by their SOP instance UID. */
export function hashes(paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    paths
      .map((path): [string, string] => [headerUids(path).instance, createHash('sha256').update(readFileSync(path)).digest('hex')])
      .sort(),
  );
}

/** Every element of a file behind its meta information, sequences within, values as bytes: the same for any way to write lengths. */
export function elementsOf(path: string): object {
  const plain = (dataSet: DataSet): object =>
    Object.fromEntries(
      Object.values(dataSet.elements)
        .filter(({ tag }) => !tag.startsWith('x0002') && tag !== 'xfffee00d')
        .map(({ tag, items, dataOffset, length }) => [
          tag,
          items?.map((item) => (item.dataSet === undefined ? {} : plain(item.dataSet))) ??
            Buffer.from(dataSet.byteArray.subarray(dataOffset, dataOffset + length)).toString('base64'),
        ]),
    );
  return plain(dicomParser.parseDicom(readFileSync(path)));
}
