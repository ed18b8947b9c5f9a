import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDicom } from '../../../core/imaging/dicom/read.ts';
import { labelsOnGrid, type GridLabels } from '../../../core/imaging/segmentations/on-grid.ts';
import { segmentNumbers } from '../../../core/imaging/segmentations/segment-numbers.ts';
import { readSourceSeries, type SourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { writeMeasurementReport } from '../../../core/imaging/segmentations/write-sr.ts';
import { writeSegmentation } from '../../../core/imaging/segmentations/write-seg.ts';
import { pointLPS, type Geometry } from '../../../core/imaging/volume.ts';
import { dciodvfy, describeWithJudges, outputOf, pydicom } from '../../support/judges.ts';
import { threeSegments } from './support/made-labels.ts';
import { makeSeries } from './support/made-series.ts';

const geometry: Geometry = {
  dims: [4, 3, 2],
  spacing: [2, 3, 5],
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

// Liver: voxels 0, 1, 2 with 10, 20, 60 HU. Left kidney: voxel 12 with −7 HU.
const hu = Int16Array.from({ length: 24 }, (_, i) => ({ 0: 10, 1: 20, 2: 60, 12: -7 })[i] ?? 500);

async function report(): Promise<{ path: string; segPath: string; source: SourceSeries; labels: GridLabels }> {
  const { folder } = await makeSeries(geometry, { values: hu });
  const source = await readSourceSeries(folder);
  const { volume } = await readDicom(folder);
  const voxels = Uint8Array.from({ length: 24 }, (_, i) => ({ 0: 1, 1: 1, 2: 1, 12: 2 })[i] ?? 0);
  const labels = labelsOnGrid({ geometry: source.geometry, voxels, slope: 1, intercept: 0 }, source.geometry);
  const [path, segPath] = [join(dirname(folder), 'report.dcm'), join(dirname(folder), 'labels.dcm')];
  const seg = await writeSegmentation(segPath, labels, source, threeSegments);
  await writeMeasurementReport(path, segmentNumbers(labels, volume), threeSegments, seg, source);
  return { path, segPath, source, labels };
}

describe('what is measured of segments', () => {
  it('is the volume of whole voxels and the mean of the scan, by slope and intercept', () => {
    const labels = Uint8Array.from({ length: 24 }, (_, i) => (i < 3 ? 1 : 0));
    const onGrid = labelsOnGrid({ geometry, voxels: labels, slope: 1, intercept: 0 }, geometry);
    expect(segmentNumbers(onGrid)).toEqual([{ value: 1, voxels: 3, cubicMillimetres: 90 }]);
    const scan = { geometry, voxels: hu, slope: 2, intercept: -5 };
    expect(segmentNumbers(onGrid, scan)).toEqual([{ value: 1, voxels: 3, cubicMillimetres: 90, mean: 55 }]);
    const broken = { geometry, voxels: Float32Array.from(hu, (v, i) => (i === 2 ? NaN : v)), slope: 1, intercept: 0 };
    expect(segmentNumbers(onGrid, broken)[0]?.mean).toBe(15);
  });
});

describeWithJudges('a written measurement report', ['dciodvfy', 'dsrdump', 'pydicom'], () => {
  it('has no error for dciodvfy, and dsrdump prints its tree', async () => {
    const { path } = await report();
    expect(dciodvfy(path).errors).toEqual([]);
    const tree = outputOf('dsrdump', ['-Ee', '+Pc', path]);
    expect(tree).toContain('Imaging Measurement Report');
    expect(tree).toMatch(/Volume[^\n]*"90"[^\n]*cubic millimeter/);
  });

  it('says for each segment what, where, how large and how dense, and points at the segmentation and the scan', async () => {
    const { path, segPath, source } = await report();
    const groups = pydicom(
      `d = pydicom.dcmread(sys.argv[1]); s = pydicom.dcmread(sys.argv[2])
measurements = d.ContentSequence[-1].ContentSequence
def value(i):
    if i.ValueType == 'NUM': m = i.MeasuredValueSequence[0]; return [float(m.NumericValue), m.MeasurementUnitsCodeSequence[0].CodeValue]
    if i.ValueType == 'CODE': return i.ConceptCodeSequence[0].CodeValue
    if i.ValueType == 'IMAGE': r = i.ReferencedSOPSequence[0]; return [r.ReferencedSOPInstanceUID == s.SOPInstanceUID, int(r.ReferencedSegmentNumber)]
    return str(i.UID if i.ValueType == 'UIDREF' else i.TextValue)
print(json.dumps([{i.ConceptNameCodeSequence[0].CodeMeaning: value(i) for i in g.ContentSequence} for g in measurements]))`,
      path,
      segPath,
    ) as Record<string, unknown>[];
    expect(groups).toHaveLength(2);
    expect(groups[0]).toMatchObject({
      'Tracking Identifier': 'liver',
      Finding: '10200004',
      'Referenced Segment': [true, 1],
      'Source series for segmentation': source.seriesUid,
      Volume: [90, 'mm3'],
      'Attenuation Coefficient': [30, "[hnsf'U]"],
    });
    expect(groups[1]).toMatchObject({ Finding: '64033007', 'Referenced Segment': [true, 2], Volume: [30, 'mm3'] });
    expect(groups[1]?.['Attenuation Coefficient']).toEqual([-7, "[hnsf'U]"]);
  });
});
