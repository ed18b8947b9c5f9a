import { beforeAll, describe, expect, it } from 'vitest';
import { readNifti } from '../../core/imaging/nifti/read.ts';
import type { ScanFile } from '../../core/imaging/scan-file.ts';
import type { Geometry, Triple } from '../../core/imaging/volume.ts';
import { PlaneCamera } from '../../renderer/scene/plane-camera.ts';
import { cross, dot, indexToPoint, length, pointLPS } from '../../renderer/scene/grid.ts';
import { edgeLetters, slicePlane, lettersOf, rulerFor } from '../../renderer/scene/plane-geometry.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { orientations } from './orientations.ts';

const RADIOLOGICAL = {
  axial: { left: 'R', right: 'L', top: 'A', bottom: 'P' },
  coronal: { left: 'R', right: 'L', top: 'S', bottom: 'I' },
  sagittal: { left: 'A', right: 'P', top: 'S', bottom: 'I' },
} as const;
const planes = ['axial', 'coronal', 'sagittal'] as const;

describeWithSharedData(
  'edge letters of the 12 orientations',
  orientations.map((code) => `nifti_edge/orientation/${code}.nii.gz`),
  () => {
    const scans = new Map<string, ScanFile>();
    beforeAll(async () => {
      for (const code of orientations) scans.set(code, await readNifti(sharedData(`nifti_edge/orientation/${code}.nii.gz`) ?? ''));
    });

    it.each(orientations)('%s', (code) => {
      const geometry = geometryOf(scans, code);
      for (const plane of planes) {
        const slices = slicePlane(geometry, plane);
        expect(edgeLetters(slices)).toEqual(RADIOLOGICAL[plane]);
        // The file is named after where its axes point, so the name tells which axis is scrolled and which way.
        const ends = { axial: 'SI', coronal: 'PA', sagittal: 'LR' }[plane];
        expect(ends).toContain(code.charAt(slices.axis));
        expect(slices.towards).toBe(code.charAt(slices.axis) === ends.charAt(0) ? 1 : -1);
        expect(new Set([slices.axis, slices.across, slices.upwards]).size).toBe(3);
        expect(dot(cross(slices.right, slices.up), slices.away)).toBeCloseTo(-1, 12);
      }
    });
  },
);

describe('slices of grids that are not straight', () => {
  const tilted: Geometry = {
    dims: [10, 10, 10],
    spacing: [1, 1, 2],
    origin: pointLPS(0, 0, 0),
    // A gantry tilted by 20 degrees: k leans, i and j do not.
    direction: [
      [1, 0, 0],
      [0, 1, 0],
      [0, Math.sin(0.35), Math.cos(0.35)],
    ],
  };

  it('follow the nearest voxel axis in an oblique scan, and say so with a second letter', () => {
    const [c, s] = [Math.cos(0.5), Math.sin(0.5)];
    const oblique: Geometry = {
      ...tilted,
      direction: [
        [1, 0, 0],
        [0, c, s],
        [0, -s, c],
      ],
    };
    const axial = slicePlane(oblique, 'axial');
    expect([axial.axis, axial.towards]).toEqual([2, 1]);
    expect(edgeLetters(axial)).toEqual({ left: 'R', right: 'L', top: 'AI', bottom: 'PS' });
  });

  it('have a right angle between right and up even where the axes have none', () => {
    for (const plane of planes) {
      const { right, up, away } = slicePlane(tilted, plane);
      expect(dot(right, up)).toBeCloseTo(0, 12);
      expect(length(right)).toBeCloseTo(1, 12);
      expect(length(up)).toBeCloseTo(1, 12);
      expect(dot(cross(right, up), away)).toBeCloseTo(-1, 12);
    }
  });
});

describe('the camera of a plane', () => {
  const camera = new PlaneCamera(
    slicePlane(
      {
        dims: [1, 1, 1],
        spacing: [1, 1, 1],
        origin: pointLPS(0, 0, 0),
        direction: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      },
      'axial',
    ),
  );
  camera.size = { width: 200, height: 100 };
  camera.centre = pointLPS(10, 20, 30);
  camera.millimetresPerPixel = 0.5;

  it('puts left to the right and posterior to the bottom of an axial slice', () => {
    expect(camera.pixelOf(pointLPS(10, 20, 30))).toEqual({ x: 100, y: 50, depth: 0 });
    expect(camera.pixelOf(pointLPS(15, 25, 33))).toEqual({ x: 110, y: 60, depth: 3 });
  });

  it('finds the point under a pixel, and the pixel of that point', () => {
    const point = camera.worldOf({ x: 37, y: 81 });
    expect(point).toEqual([-21.5, 35.5, 30]);
    expect(camera.pixelOf(point)).toEqual({ x: 37, y: 81, depth: 0 });
  });

  it('zooms about a place that stays, and pans by pixels', () => {
    const place = { x: 150, y: 20 };
    const before = camera.worldOf(place);
    camera.zoom(3, place);
    expect(length(camera.worldOf(place).map((v, axis) => v - (before[axis] ?? NaN)) as unknown as Triple)).toBeCloseTo(0, 9);
    const held = camera.worldOf({ x: 50, y: 50 });
    camera.pan(12, -7);
    const { x, y } = camera.pixelOf(held);
    expect([x, y]).toEqual([expect.closeTo(62, 9), expect.closeTo(43, 9)]);
  });

  it('fits corners into the narrower side', () => {
    const fitted = new PlaneCamera(camera.directions);
    fitted.size = { width: 200, height: 100 };
    fitted.fit([pointLPS(0, 0, 0), pointLPS(100, 0, 0), pointLPS(0, 80, 0), pointLPS(100, 80, 0)]);
    expect(fitted.millimetresPerPixel).toBeCloseTo(0.8 * 1.02, 9);
    expect(fitted.centre).toEqual([50, 40, 0]);
  });
});

describe('letters and rulers', () => {
  it('name the strongest direction first', () => {
    expect(lettersOf([1, 0, 0])).toBe('L');
    expect(lettersOf([-0.9, 0.1, -0.42])).toBe('RI');
    expect(lettersOf([0.5, -0.7, 0.51])).toBe('ASL');
  });

  it('choose 1, 2 or 5 of a power of ten, at most 120 pixels long', () => {
    expect(rulerFor(0.5)).toEqual({ millimetres: 50, pixels: 100 });
    expect(rulerFor(1)).toEqual({ millimetres: 100, pixels: 100 });
    expect(rulerFor(0.01)).toEqual({ millimetres: 1, pixels: 100 });
  });
});

function geometryOf(scans: ReadonlyMap<string, ScanFile>, code: string): Geometry {
  const scan = scans.get(code);
  if (scan === undefined) throw new Error(`${code} was not read`);
  return scan.volume.geometry;
}

it('the point of an index agrees with core/imaging', async () => {
  const { indexToPoint: ofCore, pointToIndex } = await import('../../core/imaging/geometry.ts');
  const { pointToIndex: backOfScene, indexIJK } = await import('../../renderer/scene/grid.ts');
  const sheared: Geometry = {
    dims: [5, 6, 7],
    spacing: [0.7, 1.3, 2.5],
    origin: pointLPS(-4, 9, 2),
    direction: [
      [0.6, 0.8, 0],
      [-0.8, 0.6, 0],
      [0.1, 0.2, -0.97],
    ],
  };
  const index = indexIJK(1.25, 3.5, 6);
  const point = indexToPoint(sheared, index);
  ofCore(sheared, index).forEach((value, axis) => expect(point[axis]).toBeCloseTo(value, 12));
  pointToIndex(sheared, point).forEach((value, axis) => expect(backOfScene(sheared, point)[axis]).toBeCloseTo(value, 9));
});
