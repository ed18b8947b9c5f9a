import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readScan, type Volume } from '../../core/imaging/index.ts';
import { colourful } from './support/colourful.ts';
import { compare, expectPicture } from './support/pictures.ts';
import { samples } from './support/places.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const image = join(samples, 'abdomen_ct', 'images', 'abdomen.nii.gz');
const labels = join(samples, 'abdomen_ct', 'labels', 'abdomen.nii.gz');
/** Its number in the label map. */
const LIVER = 5;
const names = join(samples, 'abdomen_ct', 'labels.json');

describeStory('the reading room', () => {
  let station: Workstation;
  let scan: Volume;
  beforeAll(async () => {
    [station, scan] = await Promise.all([Workstation.open(), readScan(image).then(({ volume }) => volume)]);
    await station.give('Import files', image);
    await station.row('abdomen').waitFor();
    await station.read('abdomen');
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const press = (keys: string): Promise<void> => station.page.keyboard.press(keys);
  /** Waits for a text that a key or a click brings. */
  const says = (place: Locator, text: string | RegExp): Promise<void> => place.filter({ hasText: text }).waitFor();
  const voxel = async (): Promise<number[]> => (await station.probe('Voxel').innerText()).split(', ').map(Number);
  /** As the file has it at a voxel, read without the program's page and host. */
  const valueAt = ([i = 0, j = 0, k = 0]: readonly number[]): number => {
    const { dims } = scan.geometry;
    return (scan.voxels[i + dims[0] * (j + dims[1] * k)] as number) * scan.slope + scan.intercept;
  };
  const shown = async (): Promise<number> => Number((await station.probe('Value').innerText()).replace(' HU', '').replace(',', ''));

  it(
    'opens a scan in four views with a window for CT',
    async () => {
      await says(station.pane('axial'), 'Axial 16 / 30');
      await says(station.pane('coronal'), 'Coronal 51 / 101');
      await says(station.pane('sagittal'), 'Sagittal 62 / 122');
      await says(station.pane('axial'), 'W 400 L 40');
      expect(await voxel()).toEqual([61, 50, 15]);
    },
    VERY_LONG,
  );

  it(
    'takes windows by their keys, and any by dragging',
    async () => {
      const { page } = station;
      await press('2');
      for (const plane of ['axial', 'coronal', 'sagittal'] as const) await says(station.pane(plane), 'W 1,500 L -600');
      expect(await page.getByLabel('Window', { exact: true }).inputValue()).toBe('lung');
      await press('3');
      await says(station.pane('axial'), 'W 1,800 L 400');
      await station.still();
      expectPicture(await station.pane('coronal').screenshot(), 'test/e2e/baselines/coronal-bone-window.png');
      const box = await boxOf(station.view('Axial'));
      await page.mouse.move(box.x + 100, box.y + 100);
      await page.mouse.down({ button: 'right' });
      await page.mouse.move(box.x + 160, box.y + 70, { steps: 3 });
      await page.mouse.up({ button: 'right' });
      // A width grows by e for 300 pixels, a centre falls by a tenth of it for 30.
      await says(station.pane('axial'), `W ${Math.round(1800 * Math.exp(60 / 300)).toLocaleString('en')} L 220`);
      expect(await page.getByLabel('Window', { exact: true }).inputValue()).toBe('');
      await press('1');
      await says(station.pane('axial'), 'W 400 L 40');
    },
    VERY_LONG,
  );

  it(
    'shows the values of the file under the pointer',
    async () => {
      const { page } = station;
      const seen = new Set<string>();
      for (const plane of ['Axial', 'Coronal', 'Sagittal'] as const) {
        const box = await boxOf(station.view(plane));
        // Not the lines through the middle, which two views have in common.
        for (const [x, y] of [
          [0.42, 0.4],
          [0.35, 0.45],
          [0.6, 0.55],
        ] as const) {
          const before = await station.probe('Position').innerText();
          await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
          await says(station.probe('Position'), new RegExp(`^(?!${before.replace('.', '\\.')})`));
          const at = await voxel();
          seen.add(at.join());
          expect(await shown(), at.join()).toBe(valueAt(at));
        }
      }
      expect(seen.size).toBe(9);
    },
    VERY_LONG,
  );

  it(
    'links its views by the crosshair',
    async () => {
      const { page } = station;
      const box = await boxOf(station.view('Axial'));
      await page.mouse.click(box.x + 0.4 * box.width, box.y + 0.6 * box.height);
      const [i = 0, j = 0, k = 0] = await voxel();
      expect(k).toBe(15);
      expect([i, j]).not.toEqual([61, 50]);
      await says(station.pane('coronal'), `Coronal ${j + 1} / 101`);
      await says(station.pane('sagittal'), `Sagittal ${i + 1} / 122`);
      // The lines of the other views meet where the click was.
      const other = await boxOf(station.view('Coronal'));
      await page.mouse.click(other.x + 0.7 * other.width, other.y + 0.45 * other.height);
      const [i2 = 0, , k2 = 0] = await voxel();
      await says(station.pane('axial'), `Axial ${k2 + 1} / 30`);
      await says(station.pane('sagittal'), `Sagittal ${i2 + 1} / 122`);
    },
    VERY_LONG,
  );

  it(
    'goes through the slices by keys, the wheel and the slider',
    async () => {
      const { page } = station;
      const axial = station.pane('axial');
      await station.view('Axial').focus();
      await press('Home');
      await says(axial, 'Axial 1 / 30');
      await press('ArrowUp');
      await says(axial, 'Axial 2 / 30');
      await press('PageUp');
      await says(axial, 'Axial 12 / 30');
      await press('ArrowDown');
      await says(axial, 'Axial 11 / 30');
      await press('End');
      await says(axial, 'Axial 30 / 30');
      await station.view('Axial').hover();
      await page.mouse.wheel(0, 100);
      await says(axial, 'Axial 29 / 30');
      await axial.getByRole('slider').fill('14');
      await says(axial, 'Axial 15 / 30');
    },
    VERY_LONG,
  );

  it(
    'measures what is known: ten voxels of 3 mm, and a drag against the ruler',
    async () => {
      const { page } = station;
      await station.view('Axial').focus();
      await press('d');
      // The first step puts the crosshair onto the centre of a voxel.
      await press('Shift+ArrowLeft');
      await press('Enter');
      for (let n = 0; n < 10; n++) await press('Shift+ArrowRight');
      await press('Enter');
      const panel = page.getByRole('complementary', { name: 'Panels' });
      await says(panel.getByRole('listitem'), '30.0 mm');

      const box = await boxOf(station.view('Axial'));
      await page.mouse.move(box.x + 100, box.y + 150);
      await page.mouse.down();
      await page.mouse.move(box.x + 190, box.y + 150, { steps: 4 });
      await page.mouse.up();
      const ruler = station.pane('axial').locator('.ruler');
      const pixels = Number(/h([\d.]+)/.exec((await ruler.locator('path').getAttribute('d')) ?? '')?.[1]);
      const [, length = '', unit = ''] = /([\d.]+) (cm|mm)/.exec((await ruler.locator('text').textContent()) ?? '') ?? [];
      const millimetres = Number(length) * (unit === 'cm' ? 10 : 1);
      const second = panel.getByRole('listitem').nth(1);
      await second.waitFor();
      const told = Number(/([\d.]+) mm/.exec(await second.innerText())?.[1]);
      expect(told).toBeCloseTo((90 / pixels) * millimetres, 1);
      await panel.getByRole('button', { name: 'Delete all' }).click();
      await panel.getByText('Nothing measured').waitFor();
      await press('Control+z');
      await panel.getByRole('listitem').nth(1).waitFor();
      await press('Escape');
    },
    VERY_LONG,
  );

  it(
    'changes its layout',
    async () => {
      const { page } = station;
      for (const [keys, panes] of [
        ['Alt+1', 1],
        ['Alt+2', 3],
        ['Alt+4', 4],
        ['Alt+3', 4],
      ] as const) {
        await press(keys);
        await page
          .locator('[data-pane]')
          .nth(panes - 1)
          .waitFor();
        await page.locator('[data-pane]').nth(panes).waitFor({ state: 'detached' });
      }
      await press('v');
      await press('m');
      await page.locator('[data-pane]').nth(1).waitFor({ state: 'detached' });
      await press('m');
      await page.locator('[data-pane]').nth(3).waitFor();
    },
    VERY_LONG,
  );

  it(
    'lays organs over the scan, and tells their volumes',
    async () => {
      const { page } = station;
      await page.getByRole('tab', { name: 'Organs' }).click();
      const seen = async (): Promise<Buffer> => {
        await station.still();
        // Without the edge, which tells where the focus is.
        const { x, y, width, height } = await boxOf(station.view('Axial'));
        return page.screenshot({ clip: { x: x + 5, y: y + 5, width: width - 10, height: height - 10 } });
      };
      await station.give('Import labels', [labels, names]);
      await page.getByText('Labels imported').waitFor();
      const liver = page.getByRole('list', { name: 'Organs' }).getByRole('listitem').filter({ hasText: 'Liver' });
      const map = (await readScan(labels)).volume;
      const voxels = map.voxels.filter((value) => value === LIVER).length;
      await says(liver, `${Math.round(voxels * 0.027).toLocaleString('en')} ml`);

      await liver.getByRole('button', { name: 'Jump to the centre of Liver' }).click();
      await says(station.probe('Organ'), 'Liver');
      const [i = 0, j = 0, k = 0] = await voxel();
      expect(map.voxels[i + map.geometry.dims[0] * (j + map.geometry.dims[1] * k)]).toBe(LIVER);

      await station.dismissNotices();
      const all = await seen();
      expect(colourful(all)).toBeGreaterThan(0.1);
      await liver.getByRole('button', { name: 'Hide Liver' }).click();
      await liver.getByRole('button', { name: 'Show Liver' }).waitFor();
      const withoutLiver = await seen();
      expect(compare(all, withoutLiver).changed).toBeGreaterThan(0.1);
      expect(colourful(withoutLiver)).toBeGreaterThan(0.05);
      // On a button the key would press that.
      await station.view('Axial').focus();
      await press('Space');
      expect(colourful(await seen())).toBeLessThan(0.03);
      await press('Space');
      await liver.getByRole('button', { name: 'Show Liver' }).click();
      expect(compare(all, await seen()).changed).toBe(0);
      await page.getByRole('searchbox', { name: 'Search organs' }).fill('kidney');
      await page.getByRole('listitem').filter({ hasText: 'Kidney' }).nth(1).waitFor();
      expect(await page.getByRole('list', { name: 'Organs' }).getByRole('listitem').count()).toBe(2);
      await page.getByRole('searchbox', { name: 'Search organs' }).fill('');
    },
    VERY_LONG,
  );

  it(
    'draws surfaces of the organs, and the volume',
    async () => {
      const { page } = station;
      const space = station.pane('3d');
      await page.getByText('Building surfaces').waitFor({ state: 'detached' });
      await station.still();
      expect(colourful(await space.screenshot())).toBeGreaterThan(0.04);
      await station.dismissNotices();
      expectPicture(await page.screenshot(), 'docs/pictures/reading-room.png');
      await space.getByRole('button', { name: 'Organ surfaces' }).click();
      await space.getByText('Choose a volume preset').waitFor();
      await station.still();
      expect(colourful(await space.screenshot())).toBeLessThan(0.01);
      await space.getByLabel('Volume', { exact: true }).selectOption({ label: 'CT bone' });
      await space.getByText('Choose a volume preset').waitFor({ state: 'detached' });
      await station.dismissNotices();
      await station.still();
      expectPicture(await space.screenshot(), 'test/e2e/baselines/ct-bone.png');
    },
    VERY_LONG,
  );
});

async function boxOf(view: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await view.boundingBox();
  if (box === null) throw new Error('The view is not on the screen.');
  return box;
}
