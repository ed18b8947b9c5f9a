import { isTesseraError, TesseraError } from '../../base/errors.ts';
import { arrange } from '../dicom/arrange.ts';
import { chooseStack } from '../dicom/choose-stack.ts';
import { text, type DataSet } from '../dicom/data-set.ts';
import type { DicomFrame } from '../dicom/image.ts';
import { indexDicomFiles } from '../dicom/index-files.ts';
import { mayBeDicom } from '../dicom/may-be-dicom.ts';
import { placementOf } from '../dicom/placement.ts';
import { readDicomHeader } from '../dicom/read-header.ts';
import { seriesPathOf } from '../dicom/series-path.ts';
import { formatOf } from '../formats.ts';
import { gridDifference } from '../geometry.ts';
import { filesOf } from '../list-files.ts';
import type { Geometry, Triple } from '../volume.ts';
import { decodedText } from './character-set.ts';
import type { DicomAttributes } from './encode.ts';
import type { LabelTarget } from './label-target.ts';
import { uidFrom } from './uid.ts';

/** One slice of a DICOM scan, as other objects refer to it. */
export interface SourceSlice {
  readonly sopClass: string;
  readonly sopInstance: string;
  /** Frame of a multi-frame file, from 1. */
  readonly frame?: number;
  /** Centre of the first pixel, LPS millimetres: the slice's own, where distances vary. */
  readonly position: Triple;
}

/** The DICOM series behind a scan: where it lies and what segmentations, contours and reports of it must refer to and repeat. */
export interface SourceSeries {
  readonly path: string;
  /** Exactly that of `readScan` on the same path. */
  readonly geometry: Geometry;
  /** One for each k of the geometry. */
  readonly slices: readonly SourceSlice[];
  /** LPS unit vectors along a row and along a column. */
  readonly axes: readonly [Triple, Triple];
  /** Millimetres between columns and between rows. */
  readonly pixelSpacing: readonly [number, number];
  readonly sopInstances: readonly { readonly sopClass: string; readonly sopInstance: string }[];
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly frameOfReference: string;
  /** The series names no frame of reference; this one follows from its UID, so that all objects derived from it agree. */
  readonly ownFrameOfReference?: boolean;
  readonly modality: string;
  /** Attributes of patient and study, which a derived object repeats. They identify the patient: for files only, never for messages. */
  readonly patientAndStudy: DicomAttributes;
}

/**
 * Reads the headers of the DICOM series at a path that `readScan` takes.
 * @param volumeIndex which volume of a series that holds several, unless the path names it
 * @throws TesseraError `unsupported-file` when the scan is no DICOM series or lacks what a derived object must refer to; else as `readDicom`
 */
export async function readSourceSeries(path: string, volumeIndex = 0): Promise<SourceSeries> {
  const folder = seriesPathOf(path);
  const files = folder === undefined ? [path] : (await filesOf(folder.folder)).filter(mayBeDicom);
  const index = await indexDicomFiles(files);
  if (index.files === 0)
    throw new TesseraError('unsupported-file', 'is no DICOM scan.', {
      subject: path,
      advice: 'Segmentations, contours and reports in DICOM need the DICOM series that they belong to: give its folder.',
    });
  const { stack } = chooseStack(index, folder?.folder ?? path, folder?.key);
  const { volumes, positions } = arrange(stack.frames);
  const frames = volumes[folder?.volume ?? volumeIndex];
  const [first] = frames ?? [];
  if (frames === undefined || first === undefined)
    throw new TesseraError('bad-setting', `has no volume ${volumeIndex}.`, { subject: path, advice: `Choose 0 to ${volumes.length - 1}.` });
  const { geometry } = placementOf(frames, positions, path);
  const header = readDicomHeader(first.image.path);
  if (header === undefined || first.axes === undefined || first.pixelSpacing === undefined) throw unusable(path, 'a place in the patient');
  const { dataSet } = header;
  const uids = uidsOf(dataSet, first, path);
  return {
    path,
    geometry,
    slices: frames.map((frame, k) => sliceOf(frame, geometry, k, path)),
    axes: first.axes,
    pixelSpacing: first.pixelSpacing,
    sopInstances: [...new Map(frames.map(({ image }) => [image.sopInstance, image])).values()].map(({ sopClass, sopInstance }) => ({
      sopClass,
      sopInstance,
    })),
    ...uids,
    modality: stack.modality,
    patientAndStudy: patientAndStudyOf(dataSet, uids.studyUid),
  };
}

/**
 * What labels of a scan are placed by: of a DICOM series its frame of reference and true slice places, else the grid alone.
 * @param geometry of the scan as it was read
 * @throws TesseraError as `readDicom`
 */
export async function labelTargetOf(path: string, geometry: Geometry): Promise<LabelTarget> {
  if (!isDicomPath(path)) return { geometry, path };
  try {
    const source = await readSourceSeries(path);
    return gridDifference(source.geometry, geometry) === undefined ? source : { geometry, path };
  } catch (error) {
    // A series without the UIDs that derived objects need is read all the same.
    if (isTesseraError(error) && error.code === 'unsupported-file') return { geometry, path };
    throw error;
  }
}

/** Whether a path is read as DICOM: a folder, a file with its ending, or one without a known ending. */
export function isDicomPath(path: string): boolean {
  const format = formatOf(path)?.format.name;
  return format === 'DICOM' || (format === undefined && (seriesPathOf(path) !== undefined || mayBeDicom(path)));
}

function uidsOf(
  dataSet: DataSet,
  { image }: DicomFrame,
  path: string,
): Pick<SourceSeries, 'studyUid' | 'seriesUid' | 'frameOfReference' | 'ownFrameOfReference'> {
  const studyUid = text(dataSet, 'x0020000d');
  if (!isUid(studyUid)) throw unusable(path, 'a StudyInstanceUID');
  if (!isUid(image.series)) throw unusable(path, 'a SeriesInstanceUID');
  const seriesUid = image.series;
  if (isUid(image.frameOfReference)) return { studyUid, seriesUid, frameOfReference: image.frameOfReference };
  return { studyUid, seriesUid, frameOfReference: uidFrom(`frame of reference of ${seriesUid}`), ownFrameOfReference: true };
}

const isUid = (uid: string): boolean => /^[0-9.]{1,64}$/.test(uid);

function sliceOf({ image, index, position }: DicomFrame, geometry: Geometry, k: number, path: string): SourceSlice {
  // Files with their SOP class removed (found in the wild) are CT or MR all the same.
  const sopClass = image.sopClass === '' ? DEFAULT_CLASSES[image.modality] : image.sopClass;
  if (!isUid(image.sopInstance) || sopClass === undefined) throw unusable(path, 'SOP class and instance UIDs');
  const step = geometry.direction[2].map((cosine) => cosine * geometry.spacing[2] * k);
  const along: Triple = [geometry.origin[0] + (step[0] ?? 0), geometry.origin[1] + (step[1] ?? 0), geometry.origin[2] + (step[2] ?? 0)];
  return {
    sopClass,
    sopInstance: image.sopInstance,
    ...(image.pixels.frames > 1 ? { frame: index + 1 } : {}),
    position: position ?? along,
  };
}

const DEFAULT_CLASSES: Readonly<Record<string, string | undefined>> = {
  CT: '1.2.840.10008.5.1.4.1.1.2',
  MR: '1.2.840.10008.5.1.4.1.1.4',
};

const DATE = /^\d{8}$/;
const TIME = /^\d{2,6}(\.\d{1,6})?$/;
const SHORT = /^.{0,16}$/;
const ANY = /^/;

/** What every derived object says of patient and study (PS3.3 C.7.1.1, C.7.2.1), all of type 2; a value that DICOM forbids is left empty. */
const REPEATED: readonly (readonly [keyword: string, tag: string, allowed: RegExp])[] = [
  ['PatientName', 'x00100010', ANY],
  ['PatientID', 'x00100020', ANY],
  ['PatientBirthDate', 'x00100030', DATE],
  ['PatientSex', 'x00100040', /^[MFO]$/],
  ['StudyDate', 'x00080020', DATE],
  ['StudyTime', 'x00080030', TIME],
  ['AccessionNumber', 'x00080050', SHORT],
  ['ReferringPhysicianName', 'x00080090', ANY],
  ['StudyID', 'x00200010', SHORT],
];
/** Repeated where they are there (type 3). */
const REPEATED_IF_PRESENT: readonly (readonly [keyword: string, tag: string, allowed: RegExp])[] = [
  ['StudyDescription', 'x00081030', ANY],
  ['PatientAge', 'x00101010', /^\d{3}[DWMY]$/],
];

function patientAndStudyOf(dataSet: DataSet, studyUid: string): DicomAttributes {
  const values: Record<string, string | readonly string[]> = { StudyInstanceUID: studyUid };
  const put = ([keyword, tag, allowed]: (typeof REPEATED)[number], always: boolean): void => {
    const value = decodedText(dataSet, tag);
    if (value !== '' && allowed.test(value)) values[keyword] = value.includes('\\') ? value.split('\\') : value;
    else if (always) values[keyword] = '';
  };
  for (const one of REPEATED) put(one, true);
  for (const one of REPEATED_IF_PRESENT) put(one, false);
  // Identity removed, and how, only say something together.
  const [removed, how] = [text(dataSet, 'x00120062'), decodedText(dataSet, 'x00120063')];
  return removed === 'YES' && how !== '' ? { ...values, PatientIdentityRemoved: removed, DeidentificationMethod: how.split('\\') } : values;
}

function unusable(path: string, what: string): TesseraError {
  return new TesseraError('unsupported-file', `lacks ${what}, to which a derived DICOM object must refer.`, {
    subject: path,
    advice: 'Export the series again with it, or write another format.',
  });
}
