import { isTesseraError, TesseraError, type ErrorCode } from '../../base/errors.ts';
import { message } from '../decode-process-messages.ts';
import { readDicomHeader } from '../dicom/read-header.ts';
import type { Finding } from '../finding.ts';
import type { Geometry } from '../volume.ts';
import type { SegmentDescription } from './codes.ts';
import type { LabelTarget } from './label-target.ts';
import { isStructureSet, readStructureSet } from './read-rtstruct.ts';
import { readSegmentation, type ReadLabels, type ReadLabelsOptions } from './read-seg.ts';
import { isSegmentation } from './seg-header.ts';

/** What a decode process is asked to read, as JSON. */
export interface LabelJob {
  readonly path: string;
  readonly options: Omit<ReadLabelsOptions, 'signal'>;
}

/** What it answers, as JSON; the voxels of the layers follow as bytes. */
export type LabelAnswer =
  | {
      readonly ok: true;
      readonly layers: readonly { readonly geometry: Geometry; readonly values: readonly number[]; readonly wide: boolean }[];
      readonly segments: readonly SegmentDescription[];
      readonly findings: readonly Finding[];
    }
  | { readonly ok: false; readonly error: { code: ErrorCode; message: string; subject?: string; advice?: string } }
  /** A mistake in the program. */
  | { readonly ok: false; readonly unexpected: string };

/** The options of a job; of a scan only what places labels, for a source series also knows the patient. */
export function labelJob(path: string, options: ReadLabelsOptions): LabelJob {
  const { scan, resample, threshold, maxBytes } = options;
  return {
    path,
    options: {
      ...(scan === undefined ? {} : { scan: targetOnly(scan) }),
      ...(resample === undefined ? {} : { resample }),
      ...(threshold === undefined ? {} : { threshold }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    },
  };
}

function targetOnly({ geometry, frameOfReference, ownFrameOfReference, slices, path }: LabelTarget): LabelTarget {
  return {
    geometry,
    ...(frameOfReference === undefined ? {} : { frameOfReference }),
    ...(ownFrameOfReference === undefined ? {} : { ownFrameOfReference }),
    ...(slices === undefined
      ? {}
      : { slices: slices.map(({ position, sopInstance }) => ({ position, ...(sopInstance === undefined ? {} : { sopInstance }) })) }),
    ...(path === undefined ? {} : { path }),
  };
}

/** As `readDicomLabels`, in this process. */
export async function readDicomLabelsHere(path: string, options: ReadLabelsOptions): Promise<ReadLabels> {
  const header = readDicomHeader(path);
  if (header !== undefined && isSegmentation(header)) return readSegmentation(path, options);
  if (header === undefined || !isStructureSet(header))
    throw new TesseraError('unsupported-file', 'holds no labels that can be read.', {
      subject: path,
      advice: 'Give a DICOM segmentation or RT structure set, or a label map in NIfTI, NRRD or MetaImage.',
    });
  const { scan } = options;
  if (scan !== undefined) return readStructureSet(path, { ...options, scan });
  throw new TesseraError('usage', 'holds contours, which have no grid of their own.', {
    subject: path,
    advice: 'Give the scan that they were drawn on as --scan.',
  });
}

/** Does a job; the answer as pieces of a message. */
export async function answerLabelJob({ path, options }: LabelJob): Promise<readonly Uint8Array[]> {
  const answer = (head: LabelAnswer, ...body: readonly Uint8Array[]): readonly Uint8Array[] => message(head, ...body);
  try {
    const { layers, segments, findings } = await readDicomLabelsHere(path, options);
    const about = layers.map(({ volume, values }) => ({
      geometry: volume.geometry,
      values,
      wide: volume.voxels instanceof Uint16Array,
    }));
    const bytes = layers.map(({ volume: { voxels } }) => new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength));
    return answer({ ok: true, layers: about, segments, findings }, ...bytes);
  } catch (error) {
    if (!isTesseraError(error)) return answer({ ok: false, unexpected: error instanceof Error ? error.name : typeof error });
    const { code, message: text, subject, advice } = error;
    return answer({
      ok: false,
      error: { code, message: text, ...(subject === undefined ? {} : { subject }), ...(advice === undefined ? {} : { advice }) },
    });
  }
}
