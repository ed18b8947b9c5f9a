import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Geometry, Triple } from '../../core/imaging/volume.ts';
import { resample } from '../../core/imaging/resample.ts';
import { colourTable, rgbOf } from '../../renderer/scene/colour-maps.ts';
import { indexToPoint, plus, pointLPS, pointToIndex } from '../../renderer/scene/grid.ts';
import { LabelImage } from '../../renderer/scene/label-image.ts';
import { OrbitCamera } from '../../renderer/scene/orbit-camera.ts';
import { PlaneCamera } from '../../renderer/scene/plane-camera.ts';
import { fittingFactors, reduceVolume, volumeBytes } from '../../renderer/scene/reduce-volume.ts';
import { renderingPresets } from '../../renderer/scene/rendering-presets.ts';
import { labelsOnPlane, planeOfSlice, planeOfView, sampleOnPlane, slabOf } from '../../renderer/scene/slice-sampling.ts';
import { SliceCutter } from '../../renderer/scene/slice-cutter.ts';
import { VolumeImage } from '../../renderer/scene/volume-image.ts';
import { percentileValues, percentileWindow, windowOfPreset, windowPresets } from '../../renderer/scene/window-presets.ts';

const grid = (dims: Triple, spacing: Triple = [1, 1, 1]): Geometry => ({
  dims,
  spacing,
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
});

describe('sampling on a plane', () => {
  const turned: Geometry = {
    dims: [20, 18, 16],
    spacing: [1.5, 1, 2],
    origin: pointLPS(-3, 4, 5),
    direction: [
      [0, 0.8, 0.6],
      [1, 0, 0],
      [0, 0.6, -0.8],
    ],
  };
  const value = ([x, y, z]: Triple): number => 3 * x - 2 * y + 0.5 * z + 7;

  it('takes for each pixel the label of the voxel that holds it, none outside', () => {
    const [nx, ny, nz] = turned.dims;
    const voxels = Uint8Array.from({ length: nx * ny * nz }, (_, at) => 1 + (at % 251));
    const labels = new LabelImage(turned, voxels);
    const camera = new PlaneCamera({ right: [0.8, 0.6, 0], up: [0, 0, 1], away: [0.6, -0.8, 0] });
    camera.size = { width: 60, height: 44 };
    camera.millimetresPerPixel = 0.9137;
    camera.centre = indexToPoint(turned, [9.217, 8.331, 7.143]);
    const plane = planeOfView(camera);
    expect([plane.width, plane.height]).toEqual([60, 44]);
    const out = new Uint8Array(60 * 44);
    labelsOnPlane(out, labels, plane);
    let inside = 0;
    for (let row = 0; row < 44; row++)
      for (let column = 0; column < 60; column++) {
        const point = plus(plus(plane.origin, plane.across, column), plane.upwards, row);
        // The pixel that the page says is there: rows of the picture go up, those of the screen down.
        const { x, y } = camera.pixelOf(pointLPS(...point));
        expect(x).toBeCloseTo(column + 0.5, 6);
        expect(y).toBeCloseTo(44 - row - 0.5, 6);
        const [i, j, k] = pointToIndex(turned, point).map(Math.round) as [number, number, number];
        const there = i >= 0 && j >= 0 && k >= 0 && i < nx && j < ny && k < nz;
        expect(out[column + 60 * row]).toBe(there ? voxels[i + nx * (j + ny * k)] : 0);
        if (there) inside++;
      }
    expect(inside).toBeGreaterThan(200);
    expect(inside).toBeLessThan(60 * 44);
  });

  it('samples a large view no finer than can be done with each turn', () => {
    const camera = new PlaneCamera({ right: [1, 0, 0], up: [0, -1, 0], away: [0, 0, 1] });
    camera.size = { width: 4000, height: 2000 };
    const { width, height, across } = planeOfView(camera);
    expect(width * height).toBeLessThan(2 ** 19 * 1.01);
    expect(width * across[0]).toBeGreaterThanOrEqual(4000);
  });

  it('gives back a linear function of space exactly, on any grid, and NaN outside', () => {
    const voxels = new Float64Array(20 * 18 * 16);
    for (let k = 0, at = 0; k < 16; k++)
      for (let j = 0; j < 18; j++) for (let i = 0; i < 20; i++) voxels[at++] = value(indexToPoint(turned, [i, j, k]));
    const centre = indexToPoint(turned, [9, 8, 7]);
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true }), (a, b) => {
        const plane = {
          width: 3,
          height: 2,
          origin: [centre[0] + a, centre[1] + b, centre[2]] as const,
          across: [0.3, 0.2, -0.1] as const,
          upwards: [0, 0.5, 0.4] as const,
        };
        const samples = sampleOnPlane({ geometry: turned, voxels }, plane);
        samples.forEach((sample, at) => {
          const [column, row] = [at % 3, Math.floor(at / 3)];
          const point = plane.origin.map(
            (o, axis) => o + column * (plane.across[axis] ?? 0) + row * (plane.upwards[axis] ?? 0),
          ) as unknown as Triple;
          expect(sample).toBeCloseTo(value(point), 3);
        });
      }),
    );
    const outside = sampleOnPlane(
      { geometry: turned, voxels },
      { width: 1, height: 1, origin: [500, 0, 0], across: [1, 0, 0], upwards: [0, 1, 0] },
    );
    expect(outside[0]).toBeNaN();
  });

  it('agrees with the resampling of core/imaging', () => {
    const voxels = Float32Array.from({ length: 20 * 18 * 16 }, (_, at) => Math.sin(at * 0.37) * 100);
    const target = { ...grid([6, 5, 1], [1.1, 0.9, 1]), origin: indexToPoint(turned, [8.2, 7.7, 6.4]) };
    const expected = resample({ geometry: turned, voxels, slope: 1, intercept: 0 }, target, 'linear');
    const samples = sampleOnPlane(
      { geometry: turned, voxels },
      { width: 6, height: 5, origin: target.origin, across: [1.1, 0, 0], upwards: [0, 0.9, 0] },
    );
    samples.forEach((sample, at) => expect(sample).toBeCloseTo(expected.voxels[at] ?? NaN, 3));
  });

  it('thins a slice that is larger than it needs to be, over the same space', () => {
    const plane = planeOfSlice(grid([1024, 256, 10], [0.5, 1, 3]), 2, 4);
    expect([plane.width, plane.height]).toEqual([512, 256]);
    expect(plane.across).toEqual([1, 0, 0]);
    expect(plane.origin).toEqual([0.25, 0, 12]);
  });
});

describe('slabs', () => {
  const level = { geometry: grid([3, 2, 9], [1, 1, 2]), voxels: Int16Array.from({ length: 54 }, (_, at) => Math.floor(at / 6) ** 2) };

  it('are the largest, mean and smallest of the slices they cover, clipped at the end of the scan', () => {
    // 10 mm of 2 mm slices about slice 4: slices 2 to 6.
    expect([...slabOf(level, 2, 4, { thickness: 10, mode: 'maximum' })]).toEqual(new Array(6).fill(36));
    expect([...slabOf(level, 2, 4, { thickness: 10, mode: 'minimum' })]).toEqual(new Array(6).fill(4));
    expect(slabOf(level, 2, 4, { thickness: 10, mode: 'mean' })[0]).toBeCloseTo((4 + 9 + 16 + 25 + 36) / 5, 5);
    expect(slabOf(level, 2, 8, { thickness: 10, mode: 'minimum' })[0]).toBe(36);
    expect(slabOf(level, 2, 4, { thickness: 0, mode: 'mean' })[0]).toBe(16);
  });

  it('keep the order of voxels in every direction', () => {
    const { geometry } = level;
    const unlike = { geometry, voxels: Int16Array.from({ length: 54 }, (_, at) => at) };
    expect([...slabOf(unlike, 0, 1, { thickness: 1, mode: 'mean' })]).toEqual(Array.from({ length: 18 }, (_, at) => 1 + 3 * at));
  });
});

describe('cutting slices', () => {
  const dims = [37, 5, 4] as const;
  const voxels = Int16Array.from({ length: 37 * 5 * 4 }, (_, at) => at * 3 - 500);
  const expected = (axis: 0 | 1 | 2, slice: number): number[] => {
    const [u, v] = axis === 0 ? ([1, 2] as const) : axis === 1 ? ([0, 2] as const) : ([0, 1] as const);
    const values: number[] = [];
    for (let b = 0; b < dims[v]; b++)
      for (let a = 0; a < dims[u]; a++) {
        const place: [number, number, number] = [slice, slice, slice];
        [place[u], place[v]] = [a, b];
        values.push(voxels[place[0] + dims[0] * (place[1] + dims[1] * place[2])] ?? NaN);
      }
    return values;
  };

  it('takes the voxels of every slice in every direction, in any order', () => {
    const cutter = new SliceCutter();
    for (const axis of [0, 1, 2] as const)
      for (let n = 0; n < dims[axis]; n++) {
        const slice = (n * 7) % dims[axis];
        const out = new Float32Array(voxels.length / dims[axis]);
        cutter.cut(out, voxels, dims, axis, slice);
        expect([...out], `axis ${String(axis)}, slice ${String(slice)}`).toEqual(expected(axis, slice));
      }
  });

  it('sees what was written in place after it was told', () => {
    const cutter = new SliceCutter();
    const changing = voxels.slice();
    const out = new Float32Array(20);
    cutter.cut(out, changing, dims, 0, 3);
    changing.fill(9);
    cutter.forget();
    cutter.cut(out, changing, dims, 0, 4);
    expect([...out]).toEqual(new Array(20).fill(9));
  });

  it('keeps the numbers of a colour voxel together', () => {
    const out = new Uint8Array(6);
    new SliceCutter().cut(
      out,
      Uint8Array.from({ length: 12 }, (_, at) => at),
      [2, 2, 1],
      0,
      1,
      3,
    );
    expect([...out]).toEqual([3, 4, 5, 9, 10, 11]);
  });
});

describe('volumes for the GPU', () => {
  it('give way on the finest axis first, until they fit', () => {
    expect(fittingFactors(grid([512, 512, 300], [0.7, 0.7, 2]), { side: 2048, voxels: 1e9 })).toEqual([1, 1, 1]);
    expect(fittingFactors(grid([512, 512, 300], [0.7, 0.7, 2]), { side: 256, voxels: 1e9 })).toEqual([2, 2, 2]);
    expect(fittingFactors(grid([512, 512, 100], [0.7, 0.7, 2]), { side: 512, voxels: 7e6 })).toEqual([2, 2, 1]);
  });

  it('are means of blocks in the same space, in the stored type, short blocks at the end', async () => {
    const level = { geometry: grid([5, 2, 1]), voxels: Int16Array.from([1, 3, 10, 20, 7, 5, 7, 30, 40, 8]) };
    const small = await reduceVolume(level, [2, 2, 1], new AbortController().signal);
    expect(small?.voxels).toEqual(Int16Array.from([4, 25, 8]));
    expect(small?.geometry).toMatchObject({ dims: [3, 1, 1], spacing: [2, 2, 1], origin: [0.5, 0.5, 0] });
  });

  it('become bytes between two values, whichever way they run', async () => {
    const level = { geometry: grid([5, 1, 1]), voxels: Int16Array.from([-100, 0, 60, 100, 900]) };
    expect([...((await volumeBytes(level, 0, 100, new AbortController().signal)) ?? [])]).toEqual([0, 0, 153, 255, 255]);
    expect([...((await volumeBytes(level, 100, 0, new AbortController().signal)) ?? [])]).toEqual([255, 255, 102, 0, 0]);
  });
});

describe('windows', () => {
  const values = new VolumeImage({ geometry: grid([101, 1, 1]), slope: 2, intercept: -10, range: [0, 100] });
  values.setVoxels(Int16Array.from({ length: 101 }, (_, at) => at));

  it('of CT have one key each, and the values that are taught', () => {
    const presets = windowPresets('CT');
    expect(presets.map(({ key }) => key).join('')).toBe('123456789');
    expect(new Set(presets.map(({ id }) => id)).size).toBe(9);
    expect(presets.find(({ id }) => id === 'lung')?.window).toEqual({ centre: -600, width: 1500 });
    expect(
      windowPresets('MR')
        .map(({ key }) => key)
        .join(''),
    ).toBe('123456789');
  });

  it('by percentiles leave the padding out and are in values', () => {
    // Stored 1 to 100 count; their values run from -8 to 190.
    expect(percentileValues(values, [0, 50, 100])).toEqual([-8, expect.closeTo(92, 0), 190]);
    expect(percentileWindow(values, 0, 100)).toEqual({ centre: 91, width: 198 });
    const [first] = windowPresets('MR');
    if (first === undefined) throw new Error('no presets');
    expect(windowOfPreset(first, values).width).toBeLessThan(198);
  });

  it('by percentiles run the right way with a negative slope', () => {
    const falling = new VolumeImage({ geometry: grid([101, 1, 1]), slope: -1, intercept: 0, range: [0, 100] });
    falling.setVoxels(Int16Array.from({ length: 101 }, (_, at) => at));
    const [low = NaN, high = NaN] = percentileValues(falling, [10, 90]);
    expect(low).toBeLessThan(high);
  });
});

describe('tables', () => {
  it('of transfer functions rise, and begin transparent', () => {
    for (const { points, id } of renderingPresets) {
      points.slice(1).forEach(([position], at) => expect(position, id).toBeGreaterThan(points[at]?.[0] ?? NaN));
      expect(points[0]?.[2], id).toBe(0);
    }
  });

  it('of colours run from the first to the last', () => {
    expect([...colourTable('grey').slice(128 * 3, 128 * 3 + 3)]).toEqual([128, 128, 128]);
    expect([...colourTable('viridis').slice(0, 3)]).toEqual(rgbOf('#440154'));
    expect([...colourTable('viridis').slice(-3)]).toEqual(rgbOf('#fde725'));
  });
});

describe('the camera that walks around the patient', () => {
  it('sees each side with its letter in the middle, superior up, or anterior from above and below', () => {
    const camera = new OrbitCamera();
    const expected = { A: ['L', 'S'], P: ['R', 'S'], L: ['P', 'S'], R: ['A', 'S'], S: ['R', 'A'], I: ['L', 'A'] } as const;
    for (const side of ['A', 'P', 'L', 'R', 'S', 'I'] as const) {
      camera.lookFrom(side);
      const [right, up] = expected[side];
      const mark = (letter: string): { readonly x: number; readonly y: number; readonly near: number } | undefined =>
        camera.marks.find((m) => m.letter === letter);
      expect(mark(side)?.near, side).toBeCloseTo(1, 12);
      expect(mark(right)?.x, side).toBeCloseTo(1, 12);
      expect(mark(up)?.y, side).toBeCloseTo(-1, 12);
    }
  });

  it('comes back after a full turn and never tips over', () => {
    const camera = new OrbitCamera();
    const before = camera.towardsViewer;
    for (let step = 0; step < 36; step++) camera.orbit(10, 0);
    camera.towardsViewer.forEach((value, axis) => expect(value).toBeCloseTo(before[axis] ?? NaN, 10));
    camera.orbit(0, 500);
    expect(camera.elevation).toBe(90);
    expect(camera.up.every(Number.isFinite)).toBe(true);
  });
});
