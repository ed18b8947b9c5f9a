import type { DicomElement } from './element.ts';
import type { ProfileOptions } from './rules.ts';
import { withText } from './value.ts';

/** Attributes that say that and how an object was de-identified (PS3.15 E.1.1, PS3.16 CID 7050). */
export function declaration({ keepDatesShifted, keepPrivateSafe, cleanDescriptors }: ProfileOptions): DicomElement[] {
  const codes: readonly (readonly [code: string, meaning: string])[] = [
    ['113100', 'Basic Application Confidentiality Profile'],
    ...(cleanDescriptors ? [['113105', 'Clean Descriptors Option'] as const] : []),
    ...(keepDatesShifted ? [['113107', 'Retain Longitudinal Temporal Information Modified Dates Option'] as const] : []),
    ...(keepPrivateSafe ? [['113111', 'Retain Safe Private Option'] as const] : []),
  ];
  return [
    text(0x00120062, 'CS', 'YES'),
    text(0x00120063, 'LO', 'Tessera: PS3.15 table E.1-1, keyed UIDs'),
    {
      tag: 0x00120064,
      vr: 'SQ',
      items: codes.map(([code, meaning]) => [text(0x00080100, 'SH', code), text(0x00080102, 'SH', 'DCM'), text(0x00080104, 'LO', meaning)]),
    },
    text(0x00280303, 'CS', keepDatesShifted ? 'MODIFIED' : 'REMOVED'),
  ];
}

/** Tags that the declaration sets; what a file said there before is dropped. */
export const DECLARED_TAGS: ReadonlySet<number> = new Set([0x00120062, 0x00120063, 0x00120064, 0x00280303]);

const text = (tag: number, vr: string, value: string): DicomElement => withText({ tag, vr, bytes: new Uint8Array(0) }, value);
