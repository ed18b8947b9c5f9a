import { z } from 'zod';
import { printable } from '../query.ts';
import type { WebAnswer } from './request.ts';

/** DICOM JSON (PS3.18 annex F), as much of it as is used. */
const dicomJson = z.array(z.record(z.string(), z.object({ Value: z.array(z.unknown()).optional() })));
export type DicomJson = z.infer<typeof dicomJson>[number];

/** An answer in DICOM JSON is not what it should be. */
export class DicomJsonError extends Error {}

/**
 * Data sets of an answer.
 * @param most bytes
 * @throws DicomJsonError when it is longer or no DICOM JSON
 */
export async function readDicomJson(answer: WebAnswer, most: number): Promise<readonly DicomJson[]> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer.pieces) {
    length += piece.length;
    if (length > most) throw new DicomJsonError(`is longer than ${most} bytes`);
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  if (text.trim() === '') return [];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DicomJsonError(`is no JSON (${answer.type === '' ? 'no type given' : answer.type})`, { cause });
  }
  // Answers to STOW are one data set.
  const parsed = dicomJson.safeParse(Array.isArray(json) ? json : [json]);
  if (!parsed.success) throw new DicomJsonError('is no DICOM JSON');
  return parsed.data;
}

/** The values of an attribute as one text; undefined when it is absent or empty. */
export function textOf(dataSet: DicomJson, tag: string): string | undefined {
  const values = (dataSet[tag]?.Value ?? []).map((value) => {
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    // A person's name.
    if (typeof value === 'object' && value !== null && 'Alphabetic' in value && typeof value.Alphabetic === 'string')
      return value.Alphabetic;
    return '';
  });
  const text = printable(values.join('\\'));
  return text === '' ? undefined : text;
}

/** The items of a sequence. */
export function itemsOf(dataSet: DicomJson | undefined, tag: string): readonly DicomJson[] {
  const parsed = dicomJson.safeParse(dataSet?.[tag]?.Value ?? []);
  return parsed.success ? parsed.data : [];
}
