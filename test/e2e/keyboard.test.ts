import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { colourful } from './support/colourful.ts';
import { samples } from './support/places.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const abdomen = join(samples, 'abdomen_ct');

describeStory('without a mouse', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open();
    // Playwright catches the dialogs only while somebody listens, and begins to a moment after the first does.
    station.page.on('filechooser', () => undefined);
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const press = (keys: string): Promise<void> => station.page.keyboard.press(keys);
  const says = (place: Locator, text: string | RegExp): Promise<void> => place.filter({ hasText: text }).waitFor();
  /** Walks on with Tab until something has the focus. */
  async function walkTo(target: Locator): Promise<void> {
    for (let steps = 0; steps < 120; steps++) {
      if ((await target.and(station.page.locator(':focus')).count()) > 0) return;
      await press('Tab');
    }
    throw new Error(`Tab never comes to ${String(target)}`);
  }
  async function choose(files: readonly string[], ask: () => Promise<void>): Promise<void> {
    const chooser = station.page.waitForEvent('filechooser');
    await ask();
    await (await chooser).setFiles(files);
  }

  it(
    'a scan is imported, opened, read, measured, and gets its organs',
    async () => {
      const { page } = station;
      await page.getByText('No scans yet').waitFor();
      await choose([join(abdomen, 'images', 'abdomen.nii.gz')], () => press('Control+o'));
      await station.row('abdomen').waitFor();

      await walkTo(page.getByRole('grid', { name: 'Scans' }));
      await press('ArrowDown');
      await press('Enter');
      await station.whole();
      const axial = station.pane('axial');
      await says(axial, 'Axial 16 / 30');
      await press('ArrowUp');
      await says(axial, 'Axial 17 / 30');
      await press('PageDown');
      await says(axial, 'Axial 7 / 30');
      await press('2');
      await says(axial, 'W 1,500 L -600');
      await press('1');
      await press('v');
      await press('v');
      await press('ArrowUp');
      await says(station.pane('coronal'), /Coronal 5[02] \/ 101/);

      await press('d');
      await press('Shift+ArrowLeft');
      await press('Enter');
      for (let n = 0; n < 5; n++) await press('Shift+ArrowRight');
      await press('Enter');
      await says(page.getByRole('complementary', { name: 'Panels' }).getByRole('listitem'), '15.0 mm');
      await press('Escape');

      await walkTo(page.getByRole('tab', { name: 'Measure' }));
      await press('ArrowLeft');
      await page.getByText('Nobody has said anything yet.').waitFor();
      await press('ArrowLeft');
      await page.getByText('Draw your own labels').waitFor();
      await press('ArrowLeft');
      await page.getByText('No labels yet').waitFor();
      await walkTo(page.locator('button', { hasText: 'Import labels' }));
      await choose([join(abdomen, 'labels', 'abdomen.nii.gz'), join(abdomen, 'labels.json')], () => press('Enter'));
      await page.getByRole('list', { name: 'Organs' }).getByRole('listitem').first().waitFor();
      await press('/');
      await page.keyboard.type('liver');
      await walkTo(page.getByRole('button', { name: 'Jump to the centre of Liver' }));
      await press('Enter');
      await says(station.probe('Organ'), 'Liver');
      await station.still();
      expect(colourful(await axial.screenshot())).toBeGreaterThan(0.05);

      await press('Control+k');
      // Not a frame later: a fast typist's first letters would go to the room behind.
      expect(await page.evaluate('document.activeElement.role')).toBe('combobox');
      await page.keyboard.type('go to the library');
      await press('Enter');
      await page.getByRole('grid', { name: 'Scans' }).waitFor();
      // What is asked about the scan is answered before it goes.
      await page.getByRole('complementary', { name: 'Details' }).getByText('122 × 101 × 30').waitFor();
      await page.waitForFunction('[...document.images].every((image) => image.complete)');
      await press('Delete');
      await page.getByText('1 scan removed').waitFor();
      await walkTo(page.getByRole('button', { name: 'Undo' }));
      await press('Enter');
      await station.row('abdomen').waitFor();
    },
    VERY_LONG,
  );
});
