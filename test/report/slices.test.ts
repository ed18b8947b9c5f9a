import { decode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointLPS, type Geometry, type Triple } from '../../core/imaging/volume.ts';
import {
  bareGeometry,
  describeSheet,
  encodePng,
  fullestSlice,
  greyPicture,
  heatColour,
  heatPicture,
  labelColour,
  overlayLabels,
  sheetPicture,
  sheetPng,
  takeSlice,
  type Picture,
  type Plane,
} from '../../core/report/index.ts';

/** Every way to lay i, j, k along the patient's axes: 6 orders, 8 signs. */
const orientations = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
].flatMap((order) => [0, 1, 2, 3, 4, 5, 6, 7].map((signs) => ({ order, signs: [0, 1, 2].map((a) => ((signs >> a) & 1 ? -1 : 1)) })));

/** A grid whose voxel axis a points along patient axis order[a], tilted a little; 7 × 9 × 11 voxels along the patient's x, y, z. */
function geometryOf({ order, signs }: { order: number[]; signs: number[] }): Geometry {
  const patientDims = [7, 9, 11];
  const tilt = 0.1;
  const direction = order.map((patientAxis, a) => {
    const vector = [tilt, -tilt, tilt];
    vector[patientAxis] = (signs[a] ?? 1) * Math.sqrt(1 - 2 * tilt * tilt);
    return vector;
  });
  return {
    dims: order.map((patientAxis) => patientDims[patientAxis] ?? 1) as unknown as Triple,
    spacing: [1, 1, 1],
    origin: pointLPS(0, 0, 0),
    direction: direction as unknown as Geometry['direction'],
  };
}

/** Index of the voxel that lies at these counts towards Left, Posterior, Superior. */
function voxelAt({ dims }: Geometry, { order, signs }: { order: number[]; signs: number[] }, lps: readonly number[]): number {
  const index = order.map((patientAxis, a) => (signs[a] === 1 ? (lps[patientAxis] ?? 0) : (dims[a] ?? 1) - 1 - (lps[patientAxis] ?? 0)));
  return (index[0] ?? 0) + dims[0] * ((index[1] ?? 0) + dims[1] * (index[2] ?? 0));
}

describe('takeSlice in radiological convention', () => {
  // A voxel 1 from the patient's right, 2 from the front, 3 from below, in a body of 7 × 9 × 11: (x, y) of the picture where it must be.
  it.each([
    ['axial', 7, 9, 1, 2],
    ['coronal', 7, 11, 1, 11 - 1 - 3],
    ['sagittal', 9, 11, 2, 11 - 1 - 3],
  ] as const)('%s: the same place for all 48 axis orders', (plane, width, height, x, y) => {
    for (const orientation of orientations) {
      const geometry = geometryOf(orientation);
      const voxels = new Float32Array(7 * 9 * 11);
      const bright = voxelAt(geometry, orientation, [1, 2, 3]);
      voxels[bright] = 1;
      const at = fullestSlice({ voxels, geometry }, plane);
      const slice = takeSlice({ voxels, geometry }, plane, at);
      expect([slice.width, slice.height]).toEqual([width, height]);
      expect(slice.values.indexOf(1)).toBe(x + width * y);
    }
  });

  it('names the edges', () => {
    const source = { voxels: new Uint8Array(8), geometry: bareGeometry([2, 2, 2]) };
    expect(takeSlice(source, 'axial').marks).toEqual({ left: 'R', right: 'L', top: 'A', bottom: 'P' });
    expect(takeSlice(source, 'coronal').marks).toEqual({ left: 'R', right: 'L', top: 'S', bottom: 'I' });
    expect(takeSlice(source, 'sagittal').marks).toEqual({ left: 'A', right: 'P', top: 'S', bottom: 'I' });
  });

  it('applies slope and intercept', () => {
    const slice = takeSlice({ voxels: Int16Array.of(0, 1000), geometry: bareGeometry([2, 1, 1]), slope: 2, intercept: -1024 }, 'axial');
    expect([...slice.values]).toEqual([-1024, 976]);
  });

  it('refuses a slice that is not there and an array that does not fill the grid', () => {
    const geometry = bareGeometry([2, 2, 2]);
    for (const at of [-1, 2, 0.5, NaN]) {
      expect(() => takeSlice({ voxels: new Uint8Array(8), geometry }, 'axial', at)).toThrow(
        expect.objectContaining({ code: 'bad-setting' }),
      );
    }
    expect(() => takeSlice({ voxels: new Uint8Array(7), geometry }, 'axial')).toThrow(expect.objectContaining({ code: 'grid-mismatch' }));
  });

  it('finds the slice that shows most of a label', () => {
    const geometry = bareGeometry([2, 2, 4]);
    const voxels = Uint8Array.from([0, 0, 0, 0, 1, 0, 0, 0, 2, 2, 2, 0, 1, 1, 0, 0]);
    const at = (plane: Plane, label?: number): number => fullestSlice({ voxels, geometry }, plane, label);
    expect([at('axial'), at('axial', 1), at('axial', 9)]).toEqual([2, 3, 2]);
  });
});

const grey = (picture: Picture, x: number, y: number): number => picture.rgba[4 * (x + picture.width * y)] ?? NaN;
const rgb = (picture: Picture, x: number, y: number): number[] => [
  ...picture.rgba.subarray(4 * (x + picture.width * y), 4 * (x + picture.width * y) + 3),
];

describe('pictures of slices', () => {
  const small = takeSlice({ voxels: Float32Array.of(0, 100, 200, 300), geometry: bareGeometry([2, 2, 1]) }, 'axial');

  it('enlarge a small slice by a whole factor, bilinearly, and tell the size of a pixel', () => {
    const picture = greyPicture(small, { low: 0, high: 300 }, { size: 9 });
    expect([picture.width, picture.height, picture.mmPerPixel]).toEqual([8, 8, 0.25]);
    // Centres of voxels lie between pixels 1 and 2, 5 and 6; the middle of the picture is the mean of all four.
    expect(grey(picture, 0, 0)).toBe(0);
    expect(grey(picture, 7, 7)).toBe(255);
    expect((grey(picture, 3, 3) + grey(picture, 4, 4)) / 2).toBeCloseTo(127.5, 0);
    expect(grey(picture, 4, 0) - grey(picture, 3, 0)).toBeGreaterThan(15);
  });

  it('never shrink a large slice', () => {
    const large = takeSlice({ voxels: new Uint8Array(500 * 400), geometry: bareGeometry([500, 400, 1]) }, 'axial');
    expect(greyPicture(large, { low: 0, high: 1 }, { size: 100 })).toMatchObject({ width: 500, height: 400, mmPerPixel: 1 });
  });

  it('have square pixels whatever the spacing', () => {
    const size = fc.tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 30 }));
    const spacing = fc.tuple(fc.double({ min: 0.3, max: 8, noNaN: true }), fc.double({ min: 0.3, max: 8, noNaN: true }));
    fc.assert(
      fc.property(size, spacing, ([nx, ny], [sx, sy]) => {
        const slice = takeSlice({ voxels: new Uint8Array(nx * ny), geometry: bareGeometry([nx, ny, 1], [sx, sy, 1]) }, 'axial');
        const picture = greyPicture(slice, { low: 0, high: 1 }, { size: 64 });
        expect(Math.abs(picture.width * picture.mmPerPixel - nx * sx)).toBeLessThanOrEqual(picture.mmPerPixel / 2 + 1e-9);
        expect(Math.abs(picture.height * picture.mmPerPixel - ny * sy)).toBeLessThanOrEqual(picture.mmPerPixel / 2 + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('of all planes of a scan have one scale', () => {
    const source = { voxels: new Uint8Array(10 * 20 * 6), geometry: bareGeometry([10, 20, 6], [1, 1, 5]) };
    const pictures = (['axial', 'coronal', 'sagittal'] as const).map((plane) =>
      greyPicture(takeSlice(source, plane), { low: 0, high: 1 }, { size: 100 }),
    );
    expect(pictures.map(({ width, height, mmPerPixel }) => [width, height, mmPerPixel])).toEqual([
      [30, 60, 1 / 3],
      [30, 90, 1 / 3],
      [60, 90, 1 / 3],
    ]);
  });

  it('stay small whatever a header says of the spacing', () => {
    const slice = takeSlice({ voxels: new Uint8Array(8), geometry: bareGeometry([2, 2, 2], [1e-9, 1, 1e6]) }, 'coronal');
    const { width, height } = greyPicture(slice, { low: 0, high: 1 });
    expect([width, height]).toEqual([1, 2048]);
  });

  it('clip at the window and show what is not a number as black', () => {
    const slice = takeSlice({ voxels: Float32Array.of(-5000, NaN, 100, 5000), geometry: bareGeometry([4, 1, 1]) }, 'axial');
    const picture = greyPicture(slice, { low: 0, high: 200 }, { size: 4 });
    expect([0, 1, 2, 3].map((x) => grey(picture, x, 0))).toEqual([0, 0, 128, 255]);
  });

  it('heat rises in lightness from black to pale yellow', () => {
    const lightness = Array.from({ length: 101 }, (_, n) => heatColour(n / 100)).map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
    expect(lightness.every((value, n) => n === 0 || value >= (lightness[n - 1] ?? 0) - 0.51)).toBe(true);
    expect(heatColour(0)).toEqual([0, 0, 4]);
    expect(heatColour(7)).toEqual([252, 255, 164]);
    expect(rgb(heatPicture(small, { low: 0, high: 300 }, { size: 2 }), 1, 1)).toEqual([252, 255, 164]);
  });

  it('labels are outlined along voxel edges and tinted inside, and leave the rest alone', () => {
    const geometry = bareGeometry([5, 5, 1]);
    const scan = greyPicture(takeSlice({ voxels: new Float32Array(25).fill(0.4), geometry }, 'axial'), { low: 0, high: 1 }, { size: 40 });
    const map = Uint8Array.from({ length: 25 }, (_, v) => (v % 5 >= 1 && v % 5 <= 3 && v >= 5 && v < 20 ? 3 : 0));
    const picture = overlayLabels(scan, takeSlice({ voxels: map, geometry }, 'axial'), {
      opacity: 0.5,
      outline: 1,
      colour: () => [200, 0, 100],
    });
    expect(rgb(picture, 7, 20)).toEqual([102, 102, 102]);
    expect(rgb(picture, 8, 20)).toEqual([200, 0, 100]);
    expect(rgb(picture, 31, 31)).toEqual([200, 0, 100]);
    expect(rgb(picture, 20, 20)).toEqual([151, 51, 101]);
    expect(rgb(scan, 8, 20)).toEqual([102, 102, 102]);
  });

  it('labels have colours of their own far beyond the palette', () => {
    const colours = Array.from({ length: 21 }, (_, n) => labelColour(n + 1).join());
    expect(new Set(colours).size).toBe(21);
  });
});

describe('PNG files', () => {
  it('come back pixel for pixel: grey as one channel, colour as four', () => {
    const make = (tint: number): Picture => ({
      width: 3,
      height: 2,
      rgba: Uint8ClampedArray.from({ length: 24 }, (_, p) => (p % 4 === 3 ? 255 : 40 * Math.floor(p / 4) + (p % 4 === 0 ? tint : 0))),
    });
    const plain = decode(encodePng(make(0)));
    expect([plain.channels, [...plain.data]]).toEqual([1, [0, 40, 80, 120, 160, 200]]);
    const coloured = decode(encodePng(make(5)));
    expect([coloured.channels, [...coloured.data]]).toEqual([4, [...make(5).rgba]]);
  });

  it('of a contact sheet holds the pictures in order and says what is where', () => {
    const tile = (value: number, width: number, height: number): Picture => ({
      width,
      height,
      rgba: new Uint8ClampedArray(4 * width * height).fill(255).map((x, p) => (p % 4 === 3 ? x : value)),
    });
    const sheet = {
      columns: ['input', 'error'],
      rows: [
        { caption: 'case 1', pictures: [tile(50, 4, 4), tile(100, 4, 2)] },
        { caption: 'case 2 – left', pictures: [undefined, tile(200, 2, 4)] },
      ],
    };
    const picture = sheetPicture(sheet, { gap: 1, background: [0, 0, 0] });
    expect([picture.width, picture.height]).toEqual([11, 11]);
    expect([
      grey(picture, 2, 2),
      grey(picture, 7, 3),
      grey(picture, 7, 1),
      grey(picture, 2, 7),
      grey(picture, 7, 7),
      grey(picture, 6, 7),
    ]).toEqual([50, 100, 0, 0, 200, 0]);
    expect(describeSheet(sheet)).toBe('Columns from the left: input, error. Rows from the top: case 1, case 2 – left.');
    expect(decode(sheetPng(sheet)).text['Description']).toBe(
      'Columns from the left: input, error. Rows from the top: case 1, case 2 ? left.',
    );
  });
});
