import { readDicomObject } from '../../../../core/imaging/deidentify/dicom-object.ts';
import type { Dictionary } from '../../../../core/imaging/deidentify/dictionary.ts';
import type { DicomElement } from '../../../../core/imaging/deidentify/element.ts';
import { textOf } from '../../../../core/imaging/deidentify/value.ts';

/** Looks up texts of a DICOM file: by tag, or by the tags of sequences (their first items) and then one. */
export function valueOf(bytes: Uint8Array, dictionary: Dictionary): (...path: readonly number[]) => string | undefined {
  const object = readDicomObject(bytes, 'test', dictionary);
  return (...path) => {
    let elements: readonly DicomElement[] = [...(object?.meta ?? []), ...(object?.elements ?? [])];
    for (const tag of path) {
      const found = elements.find((one) => one.tag === tag);
      if (found === undefined) return undefined;
      if (!('items' in found)) return textOf(found);
      elements = found.items[0] ?? [];
    }
    return undefined;
  };
}
