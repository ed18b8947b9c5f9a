import { createHash } from 'node:crypto';
import { TesseraError } from '../base/errors.ts';
import { silentTask, type Task } from '../base/task.ts';
import { isLabelObject } from '../imaging/index.ts';
import { describeLabelObject, readLabels, type LabelTarget, type SegmentDescription } from '../imaging/segmentations/index.ts';
import type { LayerDocument, ScanDocument } from './schemas.ts';
import type { Workspace } from './workspace.ts';

export interface ImportLabelsOptions {
  /** Of the layer, a number added where segments overlap and make several; 'imported' unless given. */
  readonly name?: string;
  /** The user's word that labels on another grid, or of another frame of reference, may be resampled (nearest voxel). */
  readonly resample?: boolean;
  /** What places labels on the scan, where more is known than the workspace keeps: its DICOM series. */
  readonly target?: LabelTarget;
}

/**
 * Reads a label map, DICOM segmentation or structure set onto the grid of a scan of the workspace and stores it as a layer, or as several
 * where segments overlap. Names, colours and codes are kept.
 * @throws TesseraError `grid-mismatch` and what `readLabels` throws; `write-failed`, `read-only`
 */
export async function importLabels(
  workspace: Workspace,
  scan: ScanDocument,
  path: string,
  options: ImportLabelsOptions = {},
  task: Task = silentTask,
): Promise<LayerDocument[]> {
  const { name = 'imported', resample = false, target = { geometry: scan.geometry } } = options;
  if (options.target === undefined && !resample) checkFrameOfReference(scan, path);
  const { layers, segments } = await readLabels(path, { scan: target, resample, signal: task.signal });
  const stored: LayerDocument[] = [];
  for (const [i, { labels, values }] of layers.entries()) {
    const described = values.map((value) =>
      layerLabel(
        value,
        segments.find((segment) => segment.value === value),
      ),
    );
    const called = layers.length === 1 ? name : `${name} ${i + 1}`;
    stored.push(await workspace.createLayer(scan.id, { name: called, kind: 'imported', initial: labels, labels: described }));
  }
  return stored;
}

/** SHA-256 of a frame of reference: enough to know it again, without keeping the UID. */
export const frameOfReferenceHash = (uid: string): string => createHash('sha256').update(uid).digest('hex');

/** @throws TesseraError `grid-mismatch` when scan and DICOM object name different frames of reference */
function checkFrameOfReference(scan: ScanDocument, path: string): void {
  if (!isLabelObject(path)) return;
  const uid = describeLabelObject(path)?.frameOfReference ?? '';
  if (uid === '' || scan.frameOfReference === undefined || frameOfReferenceHash(uid) === scan.frameOfReference) return;
  throw new TesseraError('grid-mismatch', 'was made in another frame of reference (another examination or position of the patient).', {
    subject: path,
    advice: 'Check that labels and scan belong together; with --resample they are brought onto it by their place in millimetres.',
  });
}

/** What a layer keeps of a segment. */
export function layerLabel(value: number, segment: SegmentDescription | undefined): LayerDocument['labels'][number] {
  if (segment === undefined) return { value, name: `label ${value}` };
  const { name, colour, type } = segment;
  return {
    value,
    name,
    ...(colour === undefined ? {} : { colour: `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}` }),
    ...(type.scheme === 'SCT' && type.meaning === 'Tissue' ? {} : { code: { ...type } }),
  };
}
