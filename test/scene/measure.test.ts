import { describe, expect, it } from 'vitest';
import type { Geometry } from '../../core/imaging/volume.ts';
import { indexIJK, indexToPoint, pointLPS } from '../../renderer/scene/grid.ts';
import { LabelImage, labelsFrom16Bit, type LabelChange } from '../../renderer/scene/label-image.ts';
import { angleAt, distance, probe, regionStatistics } from '../../renderer/scene/measure.ts';
import { VolumeImage } from '../../renderer/scene/volume-image.ts';

const geometry: Geometry = {
  dims: [10, 8, 4],
  spacing: [0.5, 2, 3],
  origin: pointLPS(100, -20, 5),
  // i to the right of the patient, j to anterior: a file in RAS.
  direction: [
    [-1, 0, 0],
    [0, -1, 0],
    [0, 0, 1],
  ],
};
const at = (i: number, j: number, k: number): number => i + 10 * (j + 8 * k);

/** Stored value 10·i + j in slice k = 2, elsewhere 999; HU = 2·stored - 50. */
function volume(): VolumeImage {
  const voxels = new Int16Array(320).fill(999);
  for (let j = 0; j < 8; j++) for (let i = 0; i < 10; i++) voxels[at(i, j, 2)] = 10 * i + j;
  const image = new VolumeImage({ geometry, slope: 2, intercept: -50, range: [0, 999] });
  image.setVoxels(voxels);
  return image;
}

const corner = (i: number, j: number, k = 2): ReturnType<typeof pointLPS> => indexToPoint(geometry, indexIJK(i, j, k));

describe('distances and angles', () => {
  it('are those of the points', () => {
    expect(distance(pointLPS(1, 2, 3), pointLPS(4, 6, 15))).toBe(13);
    expect(angleAt(pointLPS(0, 0, 0), pointLPS(1, 0, 0), pointLPS(0, 5, 0))).toBe(90);
    expect(angleAt(pointLPS(1, 1, 1), pointLPS(2, 1, 1), pointLPS(2, 2, 1))).toBeCloseTo(45, 12);
    expect(angleAt(pointLPS(0, 0, 0), pointLPS(1, 0, 0), pointLPS(-3, 0, 0))).toBe(180);
    expect(angleAt(pointLPS(0, 0, 0), pointLPS(1, 0, 0), pointLPS(1, 1e-9, 0))).toBeCloseTo((1e-9 * 180) / Math.PI, 15);
    expect(angleAt(pointLPS(0, 0, 0), pointLPS(0, 0, 0), pointLPS(1, 0, 0))).toBeNaN();
  });
});

describe('statistics of a region', () => {
  it('are those of the voxels whose centres lie in the rectangle', () => {
    // Voxels i = 2, 3, 4 and j = 1, 2 of slice 2: stored 21, 31, 41, 22, 32, 42.
    const found = regionStatistics(volume(), { shape: 'rectangle', axis: 2, slice: 2, corners: [corner(1.6, 2.4), corner(4.2, 0.8)] });
    expect(found).toMatchObject({ voxels: 6, mean: 2 * 31.5 - 50, min: -8, max: 34 });
    const stored = [21, 31, 41, 22, 32, 42];
    const sd = 2 * Math.sqrt(stored.reduce((sum, value) => sum + (value - 31.5) ** 2, 0) / 6);
    expect(found?.sd).toBeCloseTo(sd, 10);
    // 2.6 voxels of 0.5 mm by 1.6 voxels of 2 mm.
    expect(found?.area).toBeCloseTo(1.3 * 3.2, 10);
  });

  it('leave the corners out of an ellipse', () => {
    const region = { axis: 2, slice: 2, corners: [corner(0, 0), corner(4, 4)] } as const;
    expect(regionStatistics(volume(), { ...region, shape: 'rectangle' })?.voxels).toBe(25);
    // A circle of radius 2 about (2, 2) on whole numbers.
    const ellipse = regionStatistics(volume(), { ...region, shape: 'ellipse' });
    expect(ellipse).toMatchObject({ voxels: 13, mean: 2 * 22 - 50 });
    expect(ellipse?.area).toBeCloseTo((Math.PI / 4) * 2 * 8, 10);
  });

  it('follow other slices, stop at the edge of the scan, and say when there is nothing', () => {
    const sagittal = regionStatistics(volume(), { shape: 'rectangle', axis: 0, slice: 3, corners: [corner(3, -5, 2), corner(3, 1, 2)] });
    expect(sagittal).toMatchObject({ voxels: 2, min: 2 * 30 - 50, max: 2 * 31 - 50 });
    expect(
      regionStatistics(volume(), { shape: 'rectangle', axis: 2, slice: 2, corners: [corner(1.2, 1.2), corner(1.4, 1.4)] }),
    ).toBeUndefined();
    const empty = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 1] });
    expect(regionStatistics(empty, { shape: 'rectangle', axis: 2, slice: 2, corners: [corner(0, 0), corner(4, 4)] })).toBeUndefined();
  });

  it('keep their digits at a large mean', () => {
    const image = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [1e7, 1e7 + 1] });
    image.setVoxels(Float64Array.from({ length: 320 }, (_, n) => 1e7 + (n % 2)));
    expect(regionStatistics(image, { shape: 'rectangle', axis: 2, slice: 0, corners: [corner(0, 0, 0), corner(9, 7, 0)] })?.sd).toBe(0.5);
  });
});

describe('the probe', () => {
  it('tells voxel, stored value, HU and label under a point', () => {
    const labels = new LabelImage(geometry, new Uint8Array(320));
    labels.voxels[at(3, 4, 2)] = 7;
    const point = corner(3.2, 3.9, 2.4);
    expect(probe(volume(), point, labels)).toEqual({
      point: [expect.closeTo(point[0], 9), expect.closeTo(point[1], 9), expect.closeTo(point[2], 9)],
      voxel: [3, 4, 2],
      stored: 34,
      value: 18,
      label: 7,
    });
    expect(probe(volume(), corner(3, 5, 2))).toMatchObject({ stored: 35, label: undefined });
    expect(probe(volume(), corner(-0.6, 0, 0))).toBeUndefined();
  });

  it('knows the place but no value while only a coarse level is there', () => {
    const image = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 1] });
    image.setLevel([5, 4, 2], [1, 4, 6], new Int16Array(40));
    expect(probe(image, corner(3, 4, 2))).toMatchObject({ voxel: [3, 4, 2], stored: undefined, value: undefined });
  });
});

describe('shared volumes and labels', () => {
  it('take a coarse level first, then the full one, and refuse a wrong number of voxels', () => {
    const image = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 1] });
    let changes = 0;
    const stop = image.onChange(() => changes++);
    expect(() => image.setVoxels(new Int16Array(3))).toThrow(RangeError);
    image.setLevel([5, 4, 2], [1, 4, 6], new Int16Array(40));
    expect([image.full, changes]).toEqual([false, 1]);
    // The centre of the first coarse voxel is that of the block of 2 × 2 × 2 it stands for.
    image.level?.geometry.origin.forEach((value, axis) => expect(value).toBeCloseTo(corner(0.5, 0.5, 0.5)[axis] ?? NaN, 10));
    image.setVoxels(new Int16Array(320));
    image.setLevel([5, 4, 2], [1, 4, 6], new Int16Array(40));
    stop();
    image.changed();
    expect([image.full, changes]).toEqual([true, 2]);
  });

  it('make 16-bit labels 8-bit and say which found no place', () => {
    const { voxels, values, left } = labelsFrom16Bit(Uint16Array.from([0, 1, 300, 40000, 300]));
    expect([...voxels]).toEqual([0, 1, 2, 3, 2]);
    expect([...values]).toEqual([
      [1, 1],
      [300, 2],
      [40000, 3],
    ]);
    expect(left).toEqual([]);
    expect(labelsFrom16Bit(Uint16Array.from({ length: 300 }, (_, n) => n)).left).toHaveLength(44);
  });

  it('draw a 16-bit label map by numbers up to 255, and what is written into it', () => {
    const stored = new Uint16Array(320);
    stored.set([5, 300, 40000]);
    const labels = new LabelImage(geometry, stored);
    expect([labels.drawn(5), labels.drawn(300), labels.drawn(0)]).toEqual([5, 1, 0]);
    expect([...labels.voxels.subarray(0, 4)]).toEqual([5, 1, 2, 0]);
    stored[at(3, 4, 2)] = 700;
    labels.changed({ box: { start: [3, 4, 2], size: [1, 1, 1] } });
    expect(labels.voxels[at(3, 4, 2)]).toBe(labels.drawn(700));
    expect(labels.drawn(700)).not.toBe(labels.drawn(40000));
  });

  it('tell looks and voxels apart', () => {
    const labels = new LabelImage(geometry, new Uint8Array(320), new Map([[1, { colour: '#ff0000', opacity: 1, visible: true }]]));
    const changes: LabelChange[] = [];
    labels.onChange((change) => changes.push(change));
    labels.setLook(1, { opacity: 0.25 });
    labels.changed();
    expect(changes).toEqual(['looks', {}]);
    expect(labels.lookOf(1)).toEqual({ colour: '#ff0000', opacity: 0.25, visible: true });
    expect(labels.lookOf(9).visible).toBe(false);
  });
});
