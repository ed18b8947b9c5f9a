import { TesseraError } from '../../base/errors.ts';
import type { Finding } from '../finding.ts';
import { note } from '../finding.ts';
import type { Geometry, Triple } from '../volume.ts';

/** The scan that labels belong to. A `SourceSeries` is one; of a scan in another format the geometry is enough. */
export interface LabelTarget {
  readonly geometry: Geometry;
  readonly frameOfReference?: string;
  /** The scan itself names none; see `SourceSeries`. */
  readonly ownFrameOfReference?: boolean;
  /** The true place of each slice, which differs from the geometry's where slices are uneven. */
  readonly slices?: readonly { readonly position: Triple; readonly sopInstance?: string }[];
  /** Its path, for messages. */
  readonly path?: string;
}

export function gridMismatch(subject: string, difference: string, target: LabelTarget | undefined): TesseraError {
  return new TesseraError('grid-mismatch', `does not lie on the grid of ${target?.path ?? 'its scan'}: ${difference}.`, {
    subject,
    advice: 'Check that the two belong together; with --resample they are brought onto the scan by their place in millimetres.',
  });
}

/**
 * Whether positions in an object mean the same place as in the scan (PS3.3 C.7.4.1).
 * @returns what to say when one of the two names no frame of reference
 * @throws TesseraError `grid-mismatch` when they name different ones
 */
export function checkFrameOfReference(subject: string, frameOfReference: string, target: LabelTarget): readonly Finding[] {
  // A scan in another format never has one.
  if (target.frameOfReference === undefined || target.frameOfReference === frameOfReference) return [];
  if (frameOfReference === '' || target.ownFrameOfReference === true)
    return [note('no-frame-of-reference', 'Not both name a frame of reference; positions were taken to mean the same place.')];
  throw gridMismatch(subject, 'it was made in another frame of reference (another examination or position of the patient)', target);
}
