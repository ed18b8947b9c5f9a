import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { affineFromColumns, affineColumn, scale } from '../../../../core/imaging/affine.ts';
import { decimalString, encodeDicom } from '../../../../core/imaging/segmentations/encode.ts';
import { freshUid } from '../../../../core/imaging/segmentations/uid.ts';
import { affineLPS } from '../../../../core/imaging/geometry.ts';
import type { Geometry, Triple } from '../../../../core/imaging/volume.ts';

export const CT_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

export interface MadeSeries {
  readonly folder: string;
  readonly frameOfReference: string;
  readonly sopInstances: readonly string[];
}

export interface MadeOptions {
  /** Value in HU of each voxel, i fastest; a ramp unless given. */
  readonly values?: Int16Array;
  /** Millimetres of each slice along k instead of even ones. */
  readonly positions?: readonly number[];
  readonly patientName?: string;
  readonly frameOfReference?: string;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tessera-labels-'));
}

/** Writes a CT series with the given geometry, one file a slice, encoded by dcmjs. The axes i and j must be at right angles. */
export async function makeSeries(geometry: Geometry, options: MadeOptions = {}): Promise<MadeSeries> {
  const folder = join(temporaryFolder(), 'ct');
  mkdirSync(folder);
  const { dims, spacing, direction } = geometry;
  const [studyUid, seriesUid] = [freshUid(), freshUid()];
  const frameOfReference = options.frameOfReference ?? freshUid();
  const sopInstances: string[] = [];
  const slice = dims[0] * dims[1];
  for (let k = 0; k < dims[2]; k++) {
    const along = options.positions?.[k] ?? k * spacing[2];
    const position = affineColumn(affineFromColumns([1, 0, 0], [0, 1, 0], [0, 0, 1], plus(geometry.origin, scale(direction[2], along))), 3);
    const values =
      options.values?.subarray(k * slice, (k + 1) * slice) ?? Int16Array.from({ length: slice }, (_, i) => ((i + 7 * k) % 400) - 100);
    const sopInstance = freshUid();
    sopInstances.push(sopInstance);
    const bytes = await encodeDicom(
      {
        SOPClassUID: CT_STORAGE,
        SOPInstanceUID: sopInstance,
        ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
        StudyDate: '20240102',
        StudyTime: '030405',
        AccessionNumber: '',
        Modality: 'CT',
        Manufacturer: 'Made',
        ReferringPhysicianName: '',
        PatientName: options.patientName ?? 'Secret^Søren',
        PatientID: 'ID-4711',
        PatientBirthDate: '19700101',
        PatientSex: 'O',
        StudyInstanceUID: studyUid,
        SeriesInstanceUID: seriesUid,
        StudyID: '1',
        SeriesNumber: '3',
        InstanceNumber: String(k + 1),
        ImagePositionPatient: position.map(decimalString),
        ImageOrientationPatient: [...direction[0], ...direction[1]].map(decimalString),
        FrameOfReferenceUID: frameOfReference,
        PositionReferenceIndicator: '',
        SliceThickness: decimalString(spacing[2]),
        SamplesPerPixel: 1,
        PhotometricInterpretation: 'MONOCHROME2',
        Rows: dims[1],
        Columns: dims[0],
        PixelSpacing: [decimalString(spacing[1]), decimalString(spacing[0])],
        BitsAllocated: 16,
        BitsStored: 16,
        HighBit: 15,
        PixelRepresentation: 1,
        RescaleIntercept: '0',
        RescaleSlope: '1',
      },
      { vr: 'OW', native: new Uint8Array(Int16Array.from(values).buffer) },
    );
    // Names say nothing of the order.
    writeFileSync(join(folder, `${(k * 7919) % 1009}_${k}.dcm`), bytes);
  }
  return { folder, frameOfReference, sopInstances };
}

const plus = (a: Triple, b: Triple): Triple => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** Where voxel (0, 0, 0) and the axes of a geometry lie, for comparing. */
export const numbersOf = (geometry: Geometry): readonly number[] => affineLPS(geometry).flat();
