import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compare } from './support/pictures.ts';
import { samples } from './support/places.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const abdomen = join(samples, 'abdomen_ct');

/** Takes the contexts of all views away, as a driver that starts anew does. @returns how many */
const LOSE = `(window.taken = [...document.querySelectorAll('[data-pane] canvas')].map((canvas) => {
  const extension = canvas.getContext('webgl2').getExtension('WEBGL_lose_context');
  extension.loseContext();
  return extension;
})).length`;
const GIVE_BACK = 'window.taken.forEach((extension) => extension.restoreContext())';

describeStory('a graphics card that is taken away', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open();
    await station.give('Import files', join(abdomen, 'images', 'abdomen.nii.gz'));
    await station.read('abdomen');
    await station.give('Import labels', [join(abdomen, 'labels', 'abdomen.nii.gz'), join(abdomen, 'labels.json')]);
    await station.page.getByText('Labels imported').waitFor();
    await station.page.getByRole('list', { name: 'Organs' }).getByRole('listitem').first().waitFor();
    await station.page.getByText('Building surfaces').waitFor({ state: 'detached' });
    await station.dismissNotices();
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const views = (): Promise<Buffer> => station.page.getByRole('group', { name: 'Views' }).screenshot();

  it(
    'says so, and shows the same as before when it is asked to rebuild',
    async () => {
      const { page } = station;
      await station.still();
      const before = await views();
      expect(await page.evaluate(LOSE)).toBe(4);
      await station.pane('axial').getByText('The graphics card took this view away.').waitFor();
      expect(compare(before, await views()).changed).toBeGreaterThan(0.1);
      const rebuild = page.getByRole('button', { name: 'Rebuild now' });
      await rebuild.nth(3).waitFor();
      for (let left = 3; left >= 0; left--) {
        await rebuild.first().click();
        await rebuild.nth(left).waitFor({ state: 'detached' });
      }
      await station.still();
      expect(compare(before, await views()).changed).toBe(0);
    },
    VERY_LONG,
  );

  it(
    'gives itself back, and everything is drawn again',
    async () => {
      const { page } = station;
      const before = await views();
      expect(await page.evaluate(LOSE)).toBe(4);
      await page.getByRole('button', { name: 'Rebuild now' }).nth(3).waitFor();
      await page.evaluate(GIVE_BACK);
      await page.getByRole('button', { name: 'Rebuild now' }).first().waitFor({ state: 'detached' });
      await station.still();
      expect(compare(before, await views()).changed).toBe(0);
      await page.keyboard.press('PageUp');
      await station.still();
      expect(compare(before, await views()).changed).toBeGreaterThan(0.01);
    },
    VERY_LONG,
  );
});
