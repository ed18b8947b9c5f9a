import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readNrrd } from '../../../core/imaging/nrrd/read.ts';
import { readSegmentation } from '../../../core/imaging/segmentations/read-seg.ts';
import { readSourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';

const at = (path: string): string => sharedData(`dicom_seg_rt/${path}`) ?? '';

/** Voxels that are set, whatever their value. */
const mask = (voxels: ArrayLike<number>): Uint8Array => Uint8Array.from(voxels, (v) => (v === 0 ? 0 : 1));

const total = (voxels: Uint8Array): number => voxels.reduce((a, b) => a + b, 0);
/** Comparing large arrays element by element would take seconds. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const SLICE = 24 * 38;

describeWithSharedData('segmentations that other programs wrote', ['dicom_seg_rt'], () => {
  it.each([
    'liver.dcm',
    'compressed/liver_rle.dcm',
    'compressed/liver_deflate.dcm',
    'compressed/liver_j2k.dcm',
    'compressed/liver_expb.dcm',
  ])('liver_ct/%s gives the voxels of the published NRRD', async (name) => {
    const source = await readSourceSeries(at('liver_ct/ct'));
    const reference = await readNrrd(at('liver_ct/liver_seg.nrrd'));
    const { layers, segments } = await readSegmentation(at(`liver_ct/${name}`), { scan: source });
    const [layer] = layers;
    expect(layers).toHaveLength(1);
    expect(segments.map((s) => s.type.meaning)).toEqual(['Liver']);
    expect(isSame(mask(layer?.volume.voxels ?? []), mask(reference.volume.voxels))).toBe(true);
    expect(total(mask(layer?.volume.voxels ?? []))).toBeGreaterThan(1000);
  });

  it('keeps five overlapping segments apart in three label maps, as dcmqi does', async () => {
    const source = await readSourceSeries(at('liver_ct/ct'));
    const { layers, segments, findings } = await readSegmentation(at('liver_ct/partial_overlaps.dcm'), { scan: source });
    expect(segments).toHaveLength(5);
    expect(layers.flatMap(({ values }) => values).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(findings.map(({ code }) => code)).toContain('overlapping-segments');
    const count = (value: number, voxels: ArrayLike<number>): number => Array.from(voxels).filter((v) => v === value).length;
    const published = await Promise.all([1, 2, 3].map(async (n) => (await readNrrd(at(`liver_ct/partial_overlaps-${n}.nrrd`))).volume));
    for (const value of [1, 2, 3, 4, 5]) {
      const own = layers.reduce((sum, { volume }) => sum + count(value, volume.voxels), 0);
      expect(own, `segment ${value}`).toBe(published.reduce((sum, { voxels }) => sum + count(value, voxels), 0));
      expect(own).toBeGreaterThan(0);
    }
  });

  it.each(['sparse-labelmap-noppv.dcm', 'sparse-labelmap-ppv5.dcm'])(
    'tiny_24x38x3/%s: a label map lies on its scan with the empty slice',
    async (name) => {
      const path = at(`tiny_24x38x3/${name}`);
      const source = await readSourceSeries(at('tiny_24x38x3/image'));
      const { layers, segments } = await readSegmentation(path, { scan: source });
      expect(segments.map((s) => s.name)).toEqual(['Liver']);
      const voxels = mask(layers[0]?.volume.voxels ?? []);
      // The file ends with its two frames, a byte a pixel; they belong to the first and the third slice. Padding (5) is no segment.
      const frames = readFileSync(path)
        .subarray(-2 * SLICE)
        .map((value) => (value === 1 ? 1 : 0));
      expect(isSame(voxels.subarray(0, SLICE), frames.subarray(0, SLICE))).toBe(true);
      expect(voxels.subarray(SLICE, 2 * SLICE).some((value) => value !== 0)).toBe(false);
      expect(isSame(voxels.subarray(2 * SLICE), frames.subarray(SLICE))).toBe(true);
      expect(total(frames)).toBeGreaterThan(100);
    },
  );

  it('highdicom: a scan of four uneven slices; frames find theirs, and without the scan there is no grid', async () => {
    const source = await readSourceSeries(at('highdicom/ct_series_77654033'));
    const { layers, segments } = await readSegmentation(at('highdicom/seg_image_ct_binary_overlap.dcm'), { scan: source });
    expect(segments).toHaveLength(2);
    expect(layers).toHaveLength(2);
    const perSlice = (voxels: ArrayLike<number>): number[] =>
      [0, 1, 2, 3].map(
        (k) =>
          Array.from(voxels)
            .slice(k * 256, (k + 1) * 256)
            .filter((v) => v !== 0).length,
      );
    for (const { volume } of layers) expect(perSlice(volume.voxels).every((n) => n > 0)).toBe(true);
  });

  it('highdicom: fractions are cut at a half, which is told', async () => {
    const source = await readSourceSeries(at('highdicom/ct_series_77654033'));
    const binary = await readSegmentation(at('highdicom/seg_image_ct_binary.dcm'), { scan: source });
    const asFractions = await readSegmentation(at('highdicom/seg_image_ct_binary_fractional.dcm'), { scan: source });
    expect(asFractions.layers[0]?.volume.voxels).toEqual(binary.layers[0]?.volume.voxels);
    expect(asFractions.findings.map(({ code }) => code)).toContain('fractional');
    // In this one a half is stored as 128 of 255 and a quarter as 64.
    const path = at('highdicom/seg_image_ct_true_fractional.dcm');
    const count = async (threshold: number): Promise<number> =>
      total(mask((await readSegmentation(path, { scan: source, threshold })).layers[0]?.volume.voxels ?? []));
    expect(await count(0.5)).toBeLessThan(await count(0.2));
    expect(await count(0.6)).toBe(0);
  });

  it('refuses what is no segmentation', async () => {
    await expect(readSegmentation(at('liver_ct/ct/01.dcm'))).rejects.toMatchObject({ code: 'unsupported-file' });
    await expect(readSegmentation(at('liver_ct/liver_seg.nrrd'))).rejects.toMatchObject({ code: 'unsupported-file' });
    await expect(readSegmentation(at('nothing-here.dcm'))).rejects.toMatchObject({ code: 'not-found' });
  });
});
