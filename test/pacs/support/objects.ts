import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readDicom } from '../../../core/imaging/dicom/read.ts';
import { labelsOnGrid } from '../../../core/imaging/segmentations/on-grid.ts';
import { segmentNumbers } from '../../../core/imaging/segmentations/segment-numbers.ts';
import { readSourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { writeMeasurementReport } from '../../../core/imaging/segmentations/write-sr.ts';
import { writeSegmentation } from '../../../core/imaging/segmentations/write-seg.ts';
import { pointLPS, type Geometry } from '../../../core/imaging/volume.ts';
import { outgoingFiles, type OutgoingFile } from '../../../core/pacs/index.ts';
import { headerUids, type Uids } from './uids.ts';
import { threeSegments } from '../../imaging/segmentations/support/made-labels.ts';
import { makeSeries } from '../../imaging/segmentations/support/made-series.ts';

const geometry: Geometry = {
  dims: [16, 12, 5],
  spacing: [2, 3, 5],
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

/** A made-up study: five CT slices, a segmentation and a report, seven files. */
export interface MadeStudy {
  readonly folder: string;
  readonly study: string;
  /** The CT series. */
  readonly series: string;
  readonly files: readonly OutgoingFile[];
}

export async function makeStudy(): Promise<MadeStudy> {
  const { folder: ct } = await makeSeries(geometry, { patientName: 'Secret^Name' });
  const folder = dirname(ct);
  const source = await readSourceSeries(ct);
  const { volume } = await readDicom(ct);
  const voxels = Uint8Array.from({ length: volume.voxels.length }, (_, i) => (i % 16 < 4 ? 1 + (i % 2) : 0));
  const labels = labelsOnGrid({ geometry: source.geometry, voxels, slope: 1, intercept: 0 }, source.geometry);
  const seg = await writeSegmentation(join(folder, 'labels.dcm'), labels, source, threeSegments);
  await writeMeasurementReport(join(folder, 'report.dcm'), segmentNumbers(labels, volume), threeSegments, seg, source);
  const [first = ''] = await readdir(ct);
  const { study, series }: Uids = headerUids(join(ct, first));
  return { folder, study, series, files: (await outgoingFiles([folder])).files };
}
