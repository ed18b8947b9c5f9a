import { describeLabelObject } from '../../imaging/segmentations/index.ts';
import { rowsText } from './rows.ts';

const kinds = { segmentation: 'DICOM segmentation', 'structure-set': 'DICOM RT structure set' } as const;

/** The labels of a DICOM segmentation or structure set by their names; undefined for any other file. */
export function labelObjectInfo(path: string): { document: object; text: string } | undefined {
  const found = describeLabelObject(path);
  if (found === undefined) return undefined;
  const { kind, type, labels } = found;
  return {
    document: { kind: 'labels', path, object: kind, ...(type === undefined ? {} : { type }), labels },
    text: rowsText([
      ['labels', path],
      ['format', `${kinds[kind]}${type === undefined ? '' : `, ${type}`}`],
      ...labels.map(({ value, name }) => [String(value), name] as const),
    ]),
  };
}
