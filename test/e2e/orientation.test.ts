import { decode, type DecodedPng } from 'fast-png';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readNifti } from '../../core/imaging/index.ts';
import { orientations } from '../scene/orientations.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const file = (code: string): string => `nifti_edge/orientation/${code}.nii.gz`;

type Point = readonly [number, number];
/** What a view has on its edges, and which way the millimetres of LPS run on it. */
const PLANES = [
  { plane: 'axial', view: 'Axial', letters: 'R L A P', right: 0, down: [1, 1] },
  { plane: 'coronal', view: 'Coronal', letters: 'R L S I', right: 0, down: [2, -1] },
  { plane: 'sagittal', view: 'Sagittal', letters: 'A P S I', right: 1, down: [2, -1] },
] as const;
/** The middle of the head's voxels in LPS millimetres, by the affine of RAS.nii.gz. */
const MIDDLE = [0.63, 17.56, 6.33] as const;
/**
 * Places of the axial view in LPS millimetres, read off the voxels of RAS.nii.gz: an L is drawn on the left side of the patient, an R on the
 * right, both in the largest value.
 */
const WHITE: readonly Point[] = [
  [61.5, 0],
  [61.5, 45],
  [25.7, 56],
  [-11, 45],
  [-40, -10],
];
/** The same places mirrored: if sides were exchanged, these would be white. */
const NOT_WHITE: readonly Point[] = [
  [-25.7, 56],
  [11, 45],
  [40, -10],
  [25.7, -10],
];
const BRIGHTEST = 255;
/** Places that are asked, from the middle: millimetres across and along. */
const PROBED: readonly Point[] = [
  [-30, 22],
  [28, -25],
  [12, 40],
];

describeStory('orientation, from the file to the screen', () => {
  describeWithSharedData('of one head in 12 axis orders', orientations.map(file), () => {
    let station: Workstation;
    beforeAll(async () => {
      station = await Workstation.open();
      await station.give(
        'Import files',
        orientations.map((code) => sharedData(file(code)) ?? ''),
      );
      await station.page.getByText('12 scans imported').waitFor();
      await station.read('RAS');
      // No lines over the picture, and no mixing of neighbours.
      await station.page.keyboard.press('x');
      await station.page.keyboard.press('i');
    }, VERY_LONG);
    afterAll(() => station.close(), VERY_LONG);
    keepFailures(() => station);

    it.each(orientations)(
      '%s',
      async (code) => {
        const { page } = station;
        const { volume } = await readNifti(sharedData(file(code)) ?? '');
        const { dims } = volume.geometry;
        await station.read(code);
        await station.still();
        for (const { plane, view, letters, right, down } of PLANES) {
          const pane = station.pane(plane);
          const edges = ['left', 'right', 'top', 'bottom'].map((edge) => pane.locator(`[data-edge=${edge}]`).textContent());
          expect((await Promise.all(edges)).join(' '), plane).toBe(letters);
          const picture = decode(await pane.screenshot());
          const scale = await pixelsPerMillimetre(station, plane);
          const box = await station.view(view).boundingBox();
          if (box === null) throw new Error('The view is not on the screen.');
          const pixelOf = ([u, v]: Point): Point => [
            Math.round(box.width / 2 + (u - MIDDLE[right]) * scale),
            Math.round(box.height / 2 + (v - MIDDLE[down[0]]) * down[1] * scale),
          ];

          if (plane === 'axial') {
            for (const place of WHITE) expect(grey(picture, pixelOf(place)), `white at ${place.join()}`).toBe(255);
            for (const place of NOT_WHITE) expect(grey(picture, pixelOf(place)), `not white at ${place.join()}`).toBeLessThan(250);
          }
          // What the bar says of a place, the file's voxel there, and the grey on the screen are one.
          for (const [across, along] of PROBED) {
            const wanted: Point = [MIDDLE[right] + across, MIDDLE[down[0]] + along];
            const [x, y] = pixelOf(wanted);
            // The middle of the pixel.
            await page.mouse.move(box.x + x + 0.5, box.y + y + 0.5);
            await expect.poll(async () => Math.abs((await position(station))[right] - wanted[0])).toBeLessThan(1 / scale);
            const told = await position(station);
            expect(Math.abs(told[down[0]] - wanted[1]), `${plane}: ${told.join()}`).toBeLessThan(1 / scale);
            const [i = 0, j = 0, k = 0] = (await station.probe('Voxel').innerText()).split(', ').map(Number);
            const value = (volume.voxels[i + dims[0] * (j + dims[1] * k)] as number) * volume.slope + volume.intercept;
            expect(Number(await station.probe('Value').innerText())).toBeCloseTo(value, 1);
            const [width, centre] = await windowOf(station);
            const shown = Math.min(1, Math.max(0, (value - centre + width / 2) / width)) * BRIGHTEST;
            // A pixel beside, for views may begin between two pixels of the screen; a voxel has three.
            const near = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => Math.abs(grey(picture, [x + dx, y + dy]) - shown)));
            expect(Math.min(...near), `${plane} at ${wanted.join()}`).toBeLessThan(4);
          }
        }
      },
      VERY_LONG,
    );
  });
});

function grey({ width, data, channels }: DecodedPng, [x, y]: Point): number {
  return data[channels * (x + width * y)] as number;
}

/** By the ruler of a view. */
async function pixelsPerMillimetre(station: Workstation, plane: 'axial' | 'coronal' | 'sagittal'): Promise<number> {
  const ruler = station.pane(plane).locator('.ruler');
  const pixels = Number(/h([\d.]+)/.exec((await ruler.locator('path').getAttribute('d')) ?? '')?.[1]);
  const [, length = '', unit = ''] = /([\d.]+) (cm|mm)/.exec((await ruler.locator('text').textContent()) ?? '') ?? [];
  return pixels / (Number(length) * (unit === 'cm' ? 10 : 1));
}

/** LPS millimetres of the place under the pointer. */
async function position(station: Workstation): Promise<[number, number, number]> {
  const text = await station.probe('Position').innerText();
  const [x = NaN, y = NaN, z = NaN] = [...text.matchAll(/([RLAPIS]) ([\d.]+)/g)].map(
    ([, letter = '', number = '']) => Number(number) * ('RAI'.includes(letter) ? -1 : 1),
  );
  return [x, y, z];
}

/** Width and centre of the window. */
async function windowOf(station: Workstation): Promise<[number, number]> {
  const [, width = '', centre = ''] =
    /W (-?[\d.]+) L (-?[\d.]+)/.exec((await station.pane('axial').innerText()).replace(/\s+/g, ' ')) ?? [];
  return [Number(width), Number(centre)];
}
