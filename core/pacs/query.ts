import { TesseraError } from '../base/errors.ts';

/** What a question is about (PS3.4 C.6.2, study root). */
export type QueryLevel = 'study' | 'series' | 'instance';

/** UIDs of what is meant; a series needs its study, an instance its series. */
export interface PacsTarget {
  readonly study: string;
  readonly series?: string;
  readonly instance?: string;
}

/** What to look for. Texts may hold * and ? where the server knows them. */
export interface PacsQuery {
  readonly level: QueryLevel;
  /** Values by attribute (PS3.6 keyword). */
  readonly filters: Readonly<Partial<Record<FilterKeyword, string>>>;
  /** At most so many answers. */
  readonly limit: number;
}

/** One answer: values by attribute (PS3.6 keyword). What the server does not say is absent; several values are parted by backslashes. */
export type PacsMatch = Readonly<Record<string, string>>;

export interface PacsAnswer {
  readonly matches: readonly PacsMatch[];
  /** There are more than the limit. */
  readonly more: boolean;
}

/** Attributes by which can be looked for. */
export type FilterKeyword =
  | 'PatientID'
  | 'PatientName'
  | 'AccessionNumber'
  | 'StudyDate'
  | 'StudyDescription'
  | 'ModalitiesInStudy'
  | 'Modality'
  | 'SeriesDescription'
  | 'StudyInstanceUID'
  | 'SeriesInstanceUID'
  | 'SOPInstanceUID';

/** Attributes that are asked for at each level, and their tags, in the order in which they are shown. */
export const answeredTags: Readonly<Record<QueryLevel, Readonly<Record<string, string>>>> = {
  study: {
    StudyDate: '00080020',
    ModalitiesInStudy: '00080061',
    PatientID: '00100020',
    PatientName: '00100010',
    StudyDescription: '00081030',
    AccessionNumber: '00080050',
    NumberOfStudyRelatedSeries: '00201206',
    NumberOfStudyRelatedInstances: '00201208',
    StudyInstanceUID: '0020000D',
  },
  series: {
    Modality: '00080060',
    SeriesNumber: '00200011',
    SeriesDescription: '0008103E',
    NumberOfSeriesRelatedInstances: '00201209',
    StudyInstanceUID: '0020000D',
    SeriesInstanceUID: '0020000E',
  },
  instance: {
    InstanceNumber: '00200013',
    SOPClassUID: '00080016',
    StudyInstanceUID: '0020000D',
    SeriesInstanceUID: '0020000E',
    SOPInstanceUID: '00080018',
  },
};

/** @throws TesseraError `bad-setting` for what is no UID (PS3.5 9.1); UIDs go into addresses and names of files */
export function checkUid(uid: string, subject: string): void {
  if (isUid(uid)) return;
  throw new TesseraError('bad-setting', 'is no UID.', {
    subject,
    advice: 'A UID has digits and dots, at most 64; tessera pacs find shows them.',
  });
}

export const isUid = (text: string): boolean => /^[0-9]+(\.[0-9]+)+$/.test(text) && text.length <= 64;

/** @throws TesseraError `bad-setting` for UIDs that are none, or an instance without its series */
export function checkTarget({ study, series, instance }: PacsTarget): void {
  checkUid(study, '--study');
  if (series !== undefined) checkUid(series, '--series');
  if (instance === undefined) return;
  checkUid(instance, '--instance');
  if (series === undefined)
    throw new TesseraError('bad-setting', 'needs the series that it is in.', { subject: '--instance', advice: 'Give --series too.' });
}

/** A value of a server without characters that could steer a terminal. */
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').trim();
