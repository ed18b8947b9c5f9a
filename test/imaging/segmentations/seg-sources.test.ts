import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDicom } from '../../../core/imaging/dicom/read.ts';
import { labelsOnGrid } from '../../../core/imaging/segmentations/on-grid.ts';
import { readSegmentation } from '../../../core/imaging/segmentations/read-seg.ts';
import { readStructureSet } from '../../../core/imaging/segmentations/read-rtstruct.ts';
import { readSourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { writeSegmentation } from '../../../core/imaging/segmentations/write-seg.ts';
import { writeStructureSet } from '../../../core/imaging/segmentations/write-rtstruct.ts';
import { voxelCount, type Geometry, type Volume } from '../../../core/imaging/volume.ts';
import { dciodvfy, describeWithJudges } from '../../support/judges.ts';
import { sharedData } from '../../support/shared-data.ts';
import { threeSegments } from './support/made-labels.ts';
import { temporaryFolder } from './support/made-series.ts';

/** Real series that are hard: a leaning and uneven stack, one file with frames, few oblique slices, pixels that are not square. */
const series = [
  'ct_gantry_tilt_ge',
  'dicom_seg_rt/tiny_24x38x3/multiframe',
  'dicom_seg_rt/oblique_ct_tiny',
  'mr_head_dicom_studyforrest',
  'dicom_series/ct_head_64x64x93',
] as const;

const missing = series.filter((path) => sharedData(path) === undefined);

/** Boxes in different corners, one with a hole. */
function boxes(geometry: Geometry): Volume {
  const [nx, ny, nz] = geometry.dims;
  const voxels = new Uint8Array(voxelCount(geometry.dims));
  const fill = (value: number, [i0, i1, j0, j1, k0, k1]: readonly number[]): void => {
    for (let k = Math.round((k0 ?? 0) * nz); k < (k1 ?? 0) * nz; k++)
      for (let j = Math.round((j0 ?? 0) * ny); j < (j1 ?? 0) * ny; j++)
        for (let i = Math.round((i0 ?? 0) * nx); i < (i1 ?? 0) * nx; i++) voxels[i + nx * (j + ny * k)] = value;
  };
  fill(1, [0.1, 0.5, 0.1, 0.6, 0, 0.7]);
  fill(0, [0.2, 0.4, 0.3, 0.5, 0, 0.5]);
  fill(2, [0.6, 0.9, 0.2, 0.4, 0.3, 1]);
  fill(7, [0, 0.3, 0.7, 1, 0.5, 1]);
  return { geometry, voxels, slope: 1, intercept: 0 };
}

describeWithJudges('labels of real series', ['dciodvfy'], () => {
  it.skipIf(missing.length > 0).each(series)(
    `%s: come back the same from SEG and RTSTRUCT${missing.length > 0 ? ' (skipped: shared data absent)' : ''}`,
    async (name) => {
      const folder = sharedData(name) ?? '';
      const source = await readSourceSeries(folder);
      expect(source.geometry).toEqual((await readDicom(folder)).volume.geometry);
      const labels = labelsOnGrid(boxes(source.geometry), source.geometry);
      const out = temporaryFolder();
      const [seg, structures] = [join(out, 'a.seg.dcm'), join(out, 'a.rtstruct.dcm')];
      await writeSegmentation(seg, labels, source, threeSegments);
      await writeStructureSet(structures, labels, source, threeSegments);
      const same = (read: { readonly layers: readonly { readonly volume: Volume }[] }): boolean =>
        read.layers.length === 1 && Buffer.compare(Buffer.from(labels.labels), Buffer.from(read.layers[0]?.volume.voxels ?? [])) === 0;
      expect(same(await readSegmentation(seg, { scan: source }))).toBe(true);
      expect(same(readStructureSet(structures, { scan: source }))).toBe(true);
      expect(dciodvfy(seg).errors).toEqual([]);
      expect(dciodvfy(structures).errors).toEqual([]);
    },
    60_000,
  );
});
