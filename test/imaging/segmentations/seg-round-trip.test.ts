import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSegmentation } from '../../../core/imaging/segmentations/read-seg.ts';
import { labelsOnGrid } from '../../../core/imaging/segmentations/on-grid.ts';
import { readSourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { writeSegmentation, type SegOptions } from '../../../core/imaging/segmentations/write-seg.ts';
import { pointLPS, type Geometry } from '../../../core/imaging/volume.ts';
import { axisMaps, geometries, seenOtherwise, strewn, threeSegments } from './support/made-labels.ts';
import { makeSeries, numbersOf } from './support/made-series.ts';

const forms: readonly SegOptions[] = [
  { kind: 'binary' },
  { kind: 'binary', compression: 'deflate' },
  { kind: 'labelmap' },
  { kind: 'labelmap', compression: 'rle' },
  { kind: 'labelmap', compression: 'deflate' },
];

describe('a label map written as a DICOM segmentation and read back', () => {
  it('is the same, voxel for voxel, on turned grids with pixels that are not square, whichever way its axes pointed', async () => {
    await fc.assert(
      fc.asyncProperty(
        geometries,
        axisMaps,
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.constantFrom(...forms),
        async (geometry, map, seed, form) => {
          const { folder } = await makeSeries(geometry);
          try {
            const source = await readSourceSeries(folder);
            const labels = strewn(source.geometry, seed);
            const path = join(dirname(folder), 'labels.dcm');
            const onGrid = labelsOnGrid(seenOtherwise(labels, map), source.geometry);
            expect(onGrid.labels).toEqual(labels.voxels);
            await writeSegmentation(path, onGrid, source, threeSegments, form);

            const onScan = await readSegmentation(path, { scan: source });
            expect(onScan.layers).toHaveLength(1);
            expect(onScan.layers[0]?.volume.voxels).toEqual(labels.voxels);
            expect(onScan.layers[0]?.volume.geometry).toEqual(source.geometry);
            expect(onScan.segments.map(({ value, name, type }) => [value, name, type.value])).toEqual([
              [1, 'liver', '10200004'],
              [2, 'left kidney', '64033007'],
              [7, 'spleen', '78961009'],
            ]);
            expect(onScan.segments[1]?.modifiers.map(({ meaning }) => meaning)).toEqual(['Left']);

            // By itself it spans the slices from the first that is labelled to the last; these grids have labels in both.
            const alone = await readSegmentation(path);
            const [layer] = alone.layers;
            if (layer?.volume.geometry.dims[2] !== source.geometry.dims[2]) return;
            expect(layer.volume.voxels).toEqual(labels.voxels);
            const [a, b] = [numbersOf(layer.volume.geometry), numbersOf(source.geometry)];
            a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? NaN, 5));
          } finally {
            rmSync(dirname(folder), { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 25, seed: 20240901 },
    );
  }, 60_000);
});

const upright: Geometry = {
  dims: [6, 5, 4],
  spacing: [0.8, 1.1, 3],
  origin: pointLPS(-20, 5, 100),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

describe('a scan whose slices are uneven', () => {
  it('gets each segmentation frame on its own slice', async () => {
    const { folder } = await makeSeries(upright, { positions: [0, 3, 11, 14.5] });
    const source = await readSourceSeries(folder);
    const labels = strewn(source.geometry, 5);
    const path = join(dirname(folder), 'labels.dcm');
    await writeSegmentation(path, labelsOnGrid(labels, source.geometry), source, threeSegments);
    const { layers } = await readSegmentation(path, { scan: source });
    expect(layers[0]?.volume.voxels).toEqual(labels.voxels);
    await expect(readSegmentation(path)).rejects.toMatchObject({ code: 'bad-geometry' });
  });
});

describe('a segmentation and a scan that do not belong together', () => {
  async function written(): Promise<{ path: string; frameOfReference: string }> {
    const { folder, frameOfReference } = await makeSeries(upright);
    const source = await readSourceSeries(folder);
    const path = join(dirname(folder), 'labels.dcm');
    await writeSegmentation(path, labelsOnGrid(strewn(source.geometry, 9), source.geometry), source, threeSegments);
    return { path, frameOfReference };
  }

  it('are refused for another frame of reference, and resampled only on the user’s word', async () => {
    const { path } = await written();
    const other = await readSourceSeries((await makeSeries(upright)).folder);
    await expect(readSegmentation(path, { scan: other })).rejects.toMatchObject({ code: 'grid-mismatch', subject: path });
    const { layers, findings } = await readSegmentation(path, { scan: other, resample: true });
    expect(layers[0]?.volume.voxels).toEqual(strewn(upright, 9).voxels);
    expect(findings.map(({ code }) => code)).toContain('resampled-labels');
  });

  it('are refused for other voxels in the same frame of reference', async () => {
    const { path, frameOfReference } = await written();
    const finer = await readSourceSeries((await makeSeries({ ...upright, spacing: [0.4, 1.1, 3] }, { frameOfReference })).folder);
    await expect(readSegmentation(path, { scan: finer })).rejects.toMatchObject({ code: 'grid-mismatch' });
    const shifted = await readSourceSeries(
      (await makeSeries({ ...upright, origin: pointLPS(-19.6, 5, 100) }, { frameOfReference })).folder,
    );
    await expect(readSegmentation(path, { scan: shifted })).rejects.toMatchObject({ code: 'grid-mismatch' });
    const { layers } = await readSegmentation(path, { scan: finer, resample: true });
    expect(layers[0]?.volume.geometry.spacing[0]).toBeCloseTo(0.4);
  });

  it('keep what lies inside when the scan was cropped by whole voxels', async () => {
    const { path, frameOfReference } = await written();
    const cropped = await readSourceSeries(
      (await makeSeries({ ...upright, dims: [5, 5, 3], origin: pointLPS(-19.2, 5, 103) }, { frameOfReference })).folder,
    );
    const { layers, findings } = await readSegmentation(path, { scan: cropped });
    const whole = strewn(upright, 9).voxels;
    const expected = Uint8Array.from(
      { length: 75 },
      (_, i) => whole[(i % 5) + 1 + 6 * (Math.floor(i / 5) % 5) + 30 * (Math.floor(i / 25) + 1)] ?? 0,
    );
    expect(layers[0]?.volume.voxels).toEqual(expected);
    expect(findings.map(({ code }) => code)).toContain('labels-outside');
  });
});

describe('segments that overlap', () => {
  it('are kept whole in a binary segmentation, and refused in a label map', async () => {
    const { folder } = await makeSeries(upright);
    const source = await readSourceSeries(folder);
    const volume = (from: number, to: number, value: number): ReturnType<typeof labelsOnGrid> => {
      const voxels = Uint8Array.from({ length: 120 }, (_, i) => (i >= from && i < to ? value : 0));
      return labelsOnGrid({ geometry: source.geometry, voxels, slope: 1, intercept: 0 }, source.geometry);
    };
    const layers = [volume(0, 70, 1), volume(40, 100, 2)];
    const path = join(dirname(folder), 'overlap.dcm');
    await writeSegmentation(path, layers, source, threeSegments.slice(0, 2));
    const read = await readSegmentation(path, { scan: source });
    expect(read.layers.map(({ volume: { voxels } }) => voxels)).toEqual(layers.map(({ labels }) => labels));
    await expect(writeSegmentation(path, layers, source, threeSegments, { kind: 'labelmap' })).rejects.toMatchObject({
      code: 'bad-setting',
    });
  });
});

describe('labels that cannot be written', () => {
  it('are refused with what to do: no source series, values without a name, nothing labelled, another grid', async () => {
    const source = await readSourceSeries((await makeSeries(upright)).folder);
    const empty = labelsOnGrid({ ...strewn(upright, 1), voxels: new Uint8Array(120) }, source.geometry);
    await expect(writeSegmentation('unused.dcm', empty, source, threeSegments)).rejects.toMatchObject({ code: 'bad-labels' });
    const unnamed = labelsOnGrid(strewn(upright, 1), source.geometry);
    await expect(writeSegmentation('unused.dcm', unnamed, source, threeSegments.slice(0, 2))).rejects.toMatchObject({
      code: 'bad-labels',
      message: expect.stringContaining('7') as string,
    });
    expect(() => labelsOnGrid(strewn({ ...upright, spacing: [0.8, 1.1, 2] }, 1), source.geometry)).toThrow(/spacing/);
  });
});
