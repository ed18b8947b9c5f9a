import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNifti } from '../../../core/imaging/nifti/read.ts';
import { encodeDicom, type DicomAttributes } from '../../../core/imaging/segmentations/encode.ts';
import { labelsOnGrid } from '../../../core/imaging/segmentations/on-grid.ts';
import { readStructureSet } from '../../../core/imaging/segmentations/read-rtstruct.ts';
import { readSourceSeries, type SourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { freshUid } from '../../../core/imaging/segmentations/uid.ts';
import { RTSTRUCT_STORAGE, writeStructureSet } from '../../../core/imaging/segmentations/write-rtstruct.ts';
import { pointLPS, type Geometry } from '../../../core/imaging/volume.ts';
import { dciodvfy, describeWithJudges, pydicom } from '../../support/judges.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { geometries, strewn, threeSegments } from './support/made-labels.ts';
import { makeSeries } from './support/made-series.ts';

describe('a label map written as an RT structure set and read back', () => {
  it('is the same, voxel for voxel, on turned grids with pixels that are not square', async () => {
    await fc.assert(
      fc.asyncProperty(geometries, fc.integer({ min: 1, max: 2 ** 31 }), async (geometry, seed) => {
        const { folder } = await makeSeries(geometry);
        try {
          const source = await readSourceSeries(folder);
          const labels = strewn(source.geometry, seed);
          const path = join(dirname(folder), 'structures.dcm');
          await writeStructureSet(path, labelsOnGrid(labels, source.geometry), source, threeSegments);
          const { layers, segments } = readStructureSet(path, { scan: source });
          expect(layers).toHaveLength(1);
          expect(layers[0]?.volume.voxels).toEqual(labels.voxels);
          for (const { value, name } of segments) expect(threeSegments.find((s) => s.value === value)?.name).toBe(name);
        } finally {
          rmSync(dirname(folder), { recursive: true, force: true });
        }
      }),
      { numRuns: 15, seed: 4 },
    );
  }, 60_000);
});

const upright: Geometry = {
  dims: [10, 8, 6],
  spacing: [1, 2, 3],
  origin: pointLPS(-20, 5, 100),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

/** A rectangle around pixels of a slice, at a height in slices. */
function rectangle(from: readonly [number, number], to: readonly [number, number], slice: number): readonly string[] {
  const corners = [
    [from[0], from[1]],
    [to[0], from[1]],
    [to[0], to[1]],
    [from[0], to[1]],
  ] as const;
  return corners.flatMap(([i, j]) => [-20 + i, 5 + 2 * j, 100 + 3 * slice].map(String));
}

async function structureSet(
  source: SourceSeries,
  rois: readonly { name: string; contours: readonly (readonly string[])[] }[],
  more: DicomAttributes = {},
): Promise<string> {
  const path = join(dirname(source.path), `rt-${freshUid().slice(-6)}.dcm`);
  const bytes = await encodeDicom({
    SOPClassUID: RTSTRUCT_STORAGE,
    SOPInstanceUID: freshUid(),
    ReferencedFrameOfReferenceSequence: [{ FrameOfReferenceUID: source.frameOfReference }],
    StructureSetROISequence: rois.map(({ name }, i) => ({ ROINumber: String(i + 1), ROIName: name })),
    ROIContourSequence: rois.map(({ contours }, i) => ({
      ReferencedROINumber: String(i + 1),
      ContourSequence: contours.map((contour) => ({
        ContourGeometricType: contour.length === 3 ? 'POINT' : 'CLOSED_PLANAR',
        ContourData: contour,
      })),
    })),
    ...more,
  });
  writeFileSync(path, bytes);
  return path;
}

const perSlice = (voxels: ArrayLike<number>, value: number): number[] =>
  Array.from(
    { length: 6 },
    (_, k) =>
      Array.from(voxels)
        .slice(k * 80, (k + 1) * 80)
        .filter((v) => v === value).length,
  );

describe('contours of other programs', () => {
  it('between slices count for the nearest slice; the rest stays empty', async () => {
    const source = await readSourceSeries((await makeSeries(upright)).folder);
    const [small, large] = [
      [0.5, 0.5],
      [3.5, 2.5],
    ] as const;
    const finer = [1, 1.5, 2, 2.5, 3].map((height) => rectangle(small, large, height));
    const between = [1.4, 2.4, 3.4].map((height) => rectangle(small, large, height));
    const path = await structureSet(source, [
      { name: 'finer than slices', contours: finer },
      { name: 'beside slices', contours: between },
    ]);
    const { layers, findings } = readStructureSet(path, { scan: source });
    expect(layers).toHaveLength(2);
    expect(perSlice(layers[0]?.volume.voxels ?? [], 1)).toEqual([0, 6, 6, 6, 0, 0]);
    expect(perSlice(layers[1]?.volume.voxels ?? [], 2)).toEqual([0, 6, 6, 6, 0, 0]);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['contours-between-slices', 'overlapping-segments']));
  });

  it('with a hole as a contour of its own, repeats and points: the hole is one, repeats count once, points are told', async () => {
    const source = await readSourceSeries((await makeSeries(upright)).folder);
    const outline = rectangle([-0.5, -0.5], [5.5, 4.5], 2);
    const turned = [...outline.slice(6), ...outline.slice(0, 6)];
    const path = await structureSet(source, [
      { name: 'ring', contours: [outline, turned, rectangle([1.5, 1.5], [2.5, 2.5], 2), ['0', '0', '106']] },
      { name: 'nothing', contours: [] },
    ]);
    const { layers, segments, findings } = readStructureSet(path, { scan: source });
    expect(perSlice(layers[0]?.volume.voxels ?? [], 1)).toEqual([0, 0, 29, 0, 0, 0]);
    expect(segments.map(({ name }) => name)).toEqual(['ring', 'nothing']);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['repeated-contours', 'skipped-contours']));
  });

  it('are refused across slices and in another frame of reference, unless they name the scan’s own images', async () => {
    const source = await readSourceSeries((await makeSeries(upright)).folder);
    const flat = rectangle([0.5, 0.5], [3.5, 2.5], 2);
    const leaning = flat.map((value, i) => (i % 3 === 2 ? String(Number(value) + 3 * i) : value));
    const across = await structureSet(source, [{ name: 'sagittal', contours: [leaning] }]);
    expect(() => readStructureSet(across, { scan: source })).toThrow(expect.objectContaining({ code: 'grid-mismatch' }));

    const elsewhere = await structureSet(source, [{ name: 'a', contours: [flat] }], {
      ReferencedFrameOfReferenceSequence: [{ FrameOfReferenceUID: freshUid() }],
    });
    expect(() => readStructureSet(elsewhere, { scan: source })).toThrow(expect.objectContaining({ code: 'grid-mismatch' }));
    const allowed = readStructureSet(elsewhere, { scan: source, resample: true });
    expect(perSlice(allowed.layers[0]?.volume.voxels ?? [], 1)[2]).toBe(6);

    const images = source.sopInstances.map(({ sopClass, sopInstance }) => ({
      ReferencedSOPClassUID: sopClass,
      ReferencedSOPInstanceUID: sopInstance,
    }));
    const named = await structureSet(source, [{ name: 'a', contours: [flat] }], {
      ReferencedFrameOfReferenceSequence: [
        {
          FrameOfReferenceUID: freshUid(),
          RTReferencedStudySequence: [{ RTReferencedSeriesSequence: [{ ContourImageSequence: images }] }],
        },
      ],
    });
    const { findings } = readStructureSet(named, { scan: source });
    expect(findings.map(({ code }) => code)).toContain('other-frame-of-reference');
  });
});

describeWithJudges('a written RT structure set', ['dciodvfy', 'pydicom'], () => {
  it('has no error for dciodvfy, and pydicom finds structures, points and images', async () => {
    const { folder, sopInstances } = await makeSeries(upright);
    const source = await readSourceSeries(folder);
    const path = join(dirname(folder), 'structures.dcm');
    await writeStructureSet(path, labelsOnGrid(strewn(source.geometry, 3), source.geometry), source, threeSegments);
    expect(dciodvfy(path).errors).toEqual([]);
    const read = pydicom(
      `d = pydicom.dcmread(sys.argv[1])
c = d.ROIContourSequence[1].ContourSequence[0]
print(json.dumps(dict(names=[r.ROIName for r in d.StructureSetROISequence], numbers=[int(r.ROINumber) for r in d.StructureSetROISequence],
  points=int(c.NumberOfContourPoints), data=len(c.ContourData), image=str(c.ContourImageSequence[0].ReferencedSOPInstanceUID),
  z=sorted(set(float(v) for v in c.ContourData[2::3])))))`,
      path,
    );
    expect(read).toMatchObject({ names: ['liver', 'left kidney', 'spleen'], numbers: [1, 2, 7] });
    const { points, data, image, z } = read as { points: number; data: number; image: string; z: number[] };
    expect(data).toBe(3 * points);
    expect(z).toEqual([100 + 3 * sopInstances.indexOf(image)]);
  });
});

describeWithSharedData('published RT structure sets', ['ct_thorax_lung1', 'dicom_seg_rt/phantom_rtstruct'], () => {
  it('LUNG1-002: the structures agree with the published label map', async () => {
    const folder = sharedData('ct_thorax_lung1/LUNG1-002_dicom') ?? '';
    const source = await readSourceSeries(folder);
    const { layers, segments, findings } = readStructureSet(join(folder, 'rtstruct.dcm'), { scan: source });
    const reference = labelsOnGrid(
      (await readNifti(sharedData('ct_thorax_lung1/LUNG1-002_labels_fullres.nii.gz') ?? '')).volume,
      source.geometry,
    ).labels;
    // The reference leaves the tumour (6) out of the lungs; later numbers win.
    const expected = [
      ['Lung L', [1], 0.95],
      ['Lung R', [2], 0.95],
      ['Heart', [3], 0.95],
      ['Esophagus', [4], 0.95],
      ['Spinal cord', [5], 0.95],
      ['GTV-1', [6], 0.95],
    ] as const;
    for (const [name, values, least] of expected) {
      const segment = segments.find((s) => s.name === name);
      const layer = layers.find((l) => l.values.includes(segment?.value ?? -1));
      expect(dice(layer?.volume.voxels ?? [], segment?.value ?? -1, reference, values[0]), name).toBeGreaterThan(least);
    }
    expect(segments.find(({ name }) => name === 'Lung L')).toMatchObject({ type: { value: '39607008' }, modifiers: [{ meaning: 'Left' }] });
    expect(findings.some(({ code, message }) => code === 'repeated-contours' && message.startsWith('Lung L'))).toBe(true);
  }, 60_000);

  it.each([
    ['rt.dcm', 1, 'other-frame-of-reference'],
    ['invalid_reference_rt.dcm', 4, 'contours-outside'],
    ['non_existent_reference_rt.dcm', 4, 'contours-outside'],
  ])('phantom %s: %i structures, with the finding %s', async (name, structures, code) => {
    const folder = sharedData('dicom_seg_rt/phantom_rtstruct') ?? '';
    const source = await readSourceSeries(folder);
    const { layers, segments, findings } = readStructureSet(join(folder, name), { scan: source });
    expect(segments).toHaveLength(structures);
    expect(findings.map((finding) => finding.code)).toContain(code);
    expect(layers[0]?.volume.voxels.some((value) => value !== 0)).toBe(true);
  });
});

function dice(a: ArrayLike<number>, valueA: number, b: ArrayLike<number>, valueB: number): number {
  let both = 0;
  let sum = 0;
  for (let i = 0; i < b.length; i++) {
    const inA = a[i] === valueA;
    const inB = b[i] === valueB;
    if (inA && inB) both++;
    if (inA) sum++;
    if (inB) sum++;
  }
  return (2 * both) / sum;
}
