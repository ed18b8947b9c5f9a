import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../base/project-folder.ts';
import { dicomNow, shortText, type DicomAttributes } from './encode.ts';
import type { SourceSeries } from './source-series.ts';
import { freshUid } from './uid.ts';

/** What the objects written for one scan have in common. */
export interface DerivedOptions {
  /** For the series; 'Tessera segmentation' and the like unless given. Never put a patient's name here. */
  readonly seriesDescription?: string;
  readonly seriesNumber?: number;
  /** What made the labels: 'AUTOMATIC' unless given. */
  readonly algorithmType?: 'AUTOMATIC' | 'SEMIAUTOMATIC' | 'MANUAL';
  /** 'Tessera' unless given. */
  readonly algorithmName?: string;
  readonly now?: Date;
}

export interface DerivedModules {
  readonly attributes: DicomAttributes;
  readonly sopInstance: string;
  readonly seriesUid: string;
}

/** Patient, study, series and equipment of an object derived from a scan, with fresh UIDs (PS3.3 C.7). */
export function derivedModules(
  source: SourceSeries,
  sopClass: string,
  modality: string,
  description: string,
  options: DerivedOptions,
): DerivedModules {
  const { date, time } = dicomNow(options.now);
  const [sopInstance, seriesUid] = [freshUid(), freshUid()];
  const attributes = {
    ...source.patientAndStudy,
    SOPClassUID: sopClass,
    SOPInstanceUID: sopInstance,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    Modality: modality,
    SeriesInstanceUID: seriesUid,
    SeriesNumber: String(options.seriesNumber ?? 1000),
    SeriesDescription: shortText(options.seriesDescription ?? description, 64),
    SeriesDate: date,
    SeriesTime: time,
    InstanceNumber: '1',
    Manufacturer: 'Tessera',
    ManufacturerModelName: 'Tessera',
    DeviceSerialNumber: '0',
    SoftwareVersions: programVersion(),
  };
  return { attributes, sopInstance, seriesUid };
}

/** Every image of the scan, by series (PS3.3 C.12.2). */
export function referencedSeries(source: SourceSeries): readonly DicomAttributes[] {
  return [
    {
      SeriesInstanceUID: source.seriesUid,
      ReferencedInstanceSequence: source.sopInstances.map(({ sopClass, sopInstance }) => ({
        ReferencedSOPClassUID: sopClass,
        ReferencedSOPInstanceUID: sopInstance,
      })),
    },
  ];
}

export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectFolder(), 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}
