import * as data from './data-set.ts';
import type { DicomHeader } from './read-header.ts';

/** A DICOM object with labels in it, as far as it tells what they were drawn on. UIDs are for matching, never for messages. */
export interface DicomLabelObject {
  readonly path: string;
  readonly kind: 'segmentation' | 'structure-set';
  /** SeriesInstanceUIDs that it points at. */
  readonly series: readonly string[];
  readonly frameOfReference: string;
}

const SEGMENTATION_CLASSES = ['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7'] as const;
const STRUCTURE_SET_CLASS = '1.2.840.10008.5.1.4.1.1.481.3';

/** What a DICOM segmentation or RT structure set was drawn on; undefined for other objects. Throws what dicom-parser throws. */
export function labelObjectOf({ dataSet, path }: DicomHeader): DicomLabelObject | undefined {
  const sopClass = data.text(dataSet, 'x00080016');
  if (SEGMENTATION_CLASSES.some((uid) => uid === sopClass)) {
    const series = data.items(dataSet, 'x00081115').map((item) => data.text(item, 'x0020000e'));
    return { path, kind: 'segmentation', series: named(series), frameOfReference: data.text(dataSet, 'x00200052') };
  }
  if (sopClass !== STRUCTURE_SET_CLASS) return undefined;
  const frames = data.items(dataSet, 'x30060010');
  const series = frames
    .flatMap((frame) => data.items(frame, 'x30060012'))
    .flatMap((study) => data.items(study, 'x30060014'))
    .map((item) => data.text(item, 'x0020000e'));
  const frameOfReference = frames.map((frame) => data.text(frame, 'x00200052')).find((uid) => uid !== '') ?? '';
  return { path, kind: 'structure-set', series: named(series), frameOfReference };
}

/** Whether an object was drawn on the images of a series: it says so, or says nothing but that positions mean the same place. */
export function isDrawnOn(labels: DicomLabelObject, image: { readonly series: string; readonly frameOfReference: string }): boolean {
  if (labels.series.length > 0) return labels.series.includes(image.series);
  return labels.frameOfReference !== '' && labels.frameOfReference === image.frameOfReference;
}

const named = (uids: readonly string[]): string[] => [...new Set(uids.filter((uid) => uid !== ''))];
