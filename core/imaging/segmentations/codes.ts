import type { DicomAttributes } from './encode.ts';

/** A concept of a terminology (PS3.3 8.8). */
export interface Code {
  readonly value: string;
  /** 'SCT' (SNOMED CT), 'DCM' (DICOM PS3.16), 'NCIt', 'UCUM', '99TESSERA' (our own). */
  readonly scheme: string;
  readonly meaning: string;
}

/** What the voxels of one value are. */
export interface SegmentDescription {
  /** Value in the label map, from 1. */
  readonly value: number;
  readonly name: string;
  readonly category: Code;
  readonly type: Code;
  /** 'Left' and 'Right', 'Anterior': what the type leaves open. */
  readonly modifiers: readonly Code[];
  /** Where it is, when the type does not say. */
  readonly region?: Code;
  readonly regionModifiers?: readonly Code[];
  /** Red, green, blue from 0 to 255. */
  readonly colour?: readonly [number, number, number];
}

export const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });
export const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });

/** The item of a code sequence. */
export function codeItem({ value, scheme, meaning }: Code): DicomAttributes {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning.slice(0, 64) };
}

export const TISSUE = sct('85756007', 'Tissue');

/**
 * Descriptions for labels that no terminology is known for: tissue, under the label's own name.
 * @param names label value → name
 */
export function plainSegment(value: number, name: string): SegmentDescription {
  return { value, name, category: TISSUE, type: TISSUE, modifiers: [] };
}
