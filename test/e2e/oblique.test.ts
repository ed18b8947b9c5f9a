import { decode } from 'fast-png';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { colourful } from './support/colourful.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

describeStory('the oblique view', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open();
    await station.page.getByRole('button', { name: 'Open the sample scans' }).click();
    await station.page.getByText('11 scans imported').waitFor();
    await station.dismissNotices();
    await station.read('abdomen');
    await station.page.getByRole('button', { name: 'Oblique plane' }).click();
    await view().focus();
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const pane = (): Locator => station.page.locator('[data-pane="oblique"]');
  const view = (): Locator => station.page.getByRole('application', { name: 'Oblique view' });
  const letters = async (): Promise<string> => (await pane().locator('.letters text').allTextContents()).join(' ');
  const press = async (key: string, times: number): Promise<void> => {
    for (let n = 0; n < times; n++) await station.page.keyboard.press(key);
    await station.still();
  };
  /** Where a line lies: both its ends. */
  const ends = async (line: Locator): Promise<number[]> =>
    Promise.all(['x1', 'y1', 'x2', 'y2'].map(async (name) => Number(await line.getAttribute(name))));
  const brightness = async (): Promise<number> => {
    const { data } = decode(await view().screenshot());
    let sum = 0;
    for (const value of data) sum += value;
    return sum / data.length;
  };

  it(
    'begins as an axial plane and is turned by the arrow keys; the slices show where it cuts them',
    async () => {
      await station.still();
      expect(await letters()).toBe('R L A P');
      await press('ArrowRight', 6);
      expect(await letters()).toBe('RI LS A P');
      await press('ArrowRight', 12);
      expect(await letters()).toBe('I S A P');
      // Now it is a sagittal plane through the crosshair.
      const axial = station.pane('axial');
      const [x1 = NaN, , x2 = NaN] = await ends(axial.locator('line.cut'));
      const [cross = NaN] = await ends(axial.locator('.crosshair line').first());
      expect(x1).toBeCloseTo(cross, 3);
      expect(x2).toBeCloseTo(cross, 3);
      expect(await station.pane('sagittal').locator('line.cut').count()).toBe(0);
    },
    VERY_LONG,
  );

  it(
    'moves along its normal and takes the crosshair with it',
    async () => {
      const position = async (): Promise<number> => {
        const [, side, millimetres] = /([LR]) ([\d.]+)/.exec(await station.probe('Position').innerText()) ?? [];
        return Number(millimetres) * (side === 'L' ? 1 : -1);
      };
      const before = await position();
      await press('Shift+PageUp', 1);
      expect(Math.abs((await position()) - before)).toBeCloseTo(10, 1);
    },
    VERY_LONG,
  );

  it(
    'draws a thick slab by its brightest values',
    async () => {
      const thin = await brightness();
      await pane().getByRole('button', { name: 'Slab' }).click();
      await station.page.getByRole('dialog').getByLabel('Slab', { exact: true }).selectOption('maximum');
      await pane().getByText('Maximum (MIP) 10 mm').waitFor();
      await station.page.keyboard.press('Escape');
      await station.page.getByRole('dialog').waitFor({ state: 'detached' });
      await station.still();
      expect(await brightness()).toBeGreaterThan(thin + 2);
    },
    VERY_LONG,
  );

  it(
    'shows the organs, and measures a distance where the plane is turned',
    async () => {
      const { page } = station;
      await view().focus();
      const organs = colourful(await view().screenshot());
      await page.keyboard.press('Space');
      await station.still();
      expect(organs - colourful(await view().screenshot())).toBeGreaterThan(0.02);
      await page.keyboard.press('Space');
      await station.still();

      await page.keyboard.press('d');
      const box = await view().boundingBox();
      if (!box) throw new Error('The view is not on the screen.');
      await page.mouse.move(box.x + 60, box.y + 120);
      await page.mouse.down();
      await page.mouse.move(box.x + 160, box.y + 120, { steps: 5 });
      await page.mouse.up();
      const listed = page.getByRole('button', { name: 'Go to Distance 1' });
      await listed.filter({ hasText: 'Oblique' }).waitFor();
      // A hundred pixels, by the ruler that is drawn in the same view.
      const ruler = /M([\d.]+).*h([\d.]+)v/.exec((await pane().locator('.ruler path').getAttribute('d')) ?? '');
      const [amount = NaN, unit] = ((await pane().locator('.ruler text').textContent()) ?? '').split(' ');
      const millimetres = (100 * Number(amount) * (unit === 'cm' ? 10 : 1)) / Number(ruler?.[2]);
      expect(Number(/([\d.]+) mm/.exec(await listed.innerText())?.[1])).toBeCloseTo(millimetres, 0);
      expect(await pane().locator('.measurement').count()).toBe(1);

      // Where the plane is turned away it is not shown, and from the list it comes back.
      await page.keyboard.press('c');
      await view().focus();
      await press('ArrowUp', 3);
      expect(await pane().locator('.measurement').count()).toBe(0);
      await listed.click();
      await pane().locator('.measurement').waitFor();
      await view().focus();
      await station.still();
    },
    VERY_LONG,
  );

  it(
    'is turned by dragging',
    async () => {
      const before = await letters();
      const box = await view().boundingBox();
      if (!box) throw new Error('The view is not on the screen.');
      await station.page.mouse.move(box.x + 100, box.y + 150);
      await station.page.mouse.down();
      await station.page.mouse.move(box.x + 200, box.y + 220, { steps: 5 });
      await station.page.mouse.up();
      await station.still();
      expect(await letters()).not.toBe(before);
    },
    VERY_LONG,
  );
});
