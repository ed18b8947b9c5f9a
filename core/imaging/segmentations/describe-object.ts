import * as data from '../dicom/data-set.ts';
import { labelObjectOf, type DicomLabelObject } from '../dicom/label-object.ts';
import { readDicomHeader } from '../dicom/read-header.ts';
import { decodedText } from './character-set.ts';
import { lookingInto, segHeader } from './seg-header.ts';

/** What the header of a DICOM segmentation or structure set tells of its labels. */
export interface LabelObjectDescription {
  readonly kind: DicomLabelObject['kind'];
  /** 'BINARY', 'FRACTIONAL', 'LABELMAP'; absent for a structure set. */
  readonly type?: string;
  readonly labels: readonly { readonly value: number; readonly name: string }[];
  /** A UID, for matching; '' where it names none. */
  readonly frameOfReference: string;
}

/** @returns undefined for any other file. @throws TesseraError `bad-file`, `unsupported-file`, `not-found` */
export function describeLabelObject(path: string): LabelObjectDescription | undefined {
  const header = readDicomHeader(path);
  if (header === undefined) return undefined;
  return lookingInto(path, () => {
    const object = labelObjectOf(header);
    if (object === undefined) return undefined;
    const { kind, frameOfReference } = object;
    if (kind === 'segmentation') {
      const { kind: type, segments } = segHeader(header);
      return { kind, type, frameOfReference, labels: [...segments.values()].map(({ value, name }) => ({ value, name })) };
    }
    const structures = data.items(header.dataSet, 'x30060020');
    const labels = structures.map((item) => ({
      value: data.number(item, 'x30060022') ?? 0,
      name: plainText(decodedText(item, 'x30060026')),
    }));
    return { kind, frameOfReference, labels };
  });
}

/** It is printed on terminals. */
const plainText = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
