import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compare } from './support/pictures.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

describeStory('comparison side by side', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open();
    await station.page.getByRole('button', { name: 'Open the sample scans' }).click();
    await station.page.getByText('11 scans imported').waitFor();
    await station.dismissNotices();
    await station.read('abdomen');
    await station.page.getByRole('button', { name: 'Compare side by side' }).click();
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const first = (): Locator => station.page.locator('[data-pane="axial"]');
  const second = (): Locator => station.page.locator('[data-pane="second"]');
  /** Where the crosshair lies in a pane, and how long its ruler is: what place and zoom make of the picture. */
  const marks = async (pane: Locator): Promise<string> => {
    const lines = await pane.locator('.crosshair').innerHTML();
    return lines + ((await pane.locator('.ruler path').getAttribute('d')) ?? '');
  };
  /** The middle of a pane, without its captions. */
  const middle = async (pane: Locator): Promise<Buffer> => {
    const box = await pane.boundingBox();
    if (!box) throw new Error('The pane is not on the screen.');
    const [x, y] = [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
    return station.page.screenshot({ clip: { x: x - 80, y: y - 80, width: 160, height: 160 } });
  };

  it(
    'keeps two views of one scan at the same place, zoom and slice, whichever is moved',
    async () => {
      const { page } = station;
      await page.getByLabel('Compare with').selectOption({ label: 'This scan' });
      await second().getByText('16 / 30').waitFor();
      const alone = await marks(first());
      await second().getByRole('application').focus();
      await page.keyboard.press('PageUp');
      await first().getByText('26 / 30').waitFor();
      await second().getByText('26 / 30').waitFor();

      const box = await second().boundingBox();
      if (!box) throw new Error('The second view is not on the screen.');
      await page.mouse.move(box.x + 150, box.y + 200);
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, -300);
      await page.keyboard.up('Control');
      await page.mouse.down({ button: 'middle' });
      await page.mouse.move(box.x + 190, box.y + 160, { steps: 4 });
      await page.mouse.up({ button: 'middle' });
      await station.still();
      expect(await marks(second())).toBe(await marks(first()));
      expect(await marks(first())).not.toBe(alone);

      const before = await marks(second());
      await page.keyboard.press('+');
      await station.still();
      expect(await marks(second())).not.toBe(before);
      expect(await marks(second())).toBe(await marks(first()));
    },
    VERY_LONG,
  );

  it(
    'shows the same pixels where scan and layer are the same, and others when a layer is taken away',
    async () => {
      await station.still();
      expect(compare(await middle(second()), await middle(first())).changed).toBeLessThan(0.02);
      await station.page.getByLabel('Layer of the second view').selectOption({ label: 'No layer' });
      await station.still();
      expect(compare(await middle(second()), await middle(first())).changed).toBeGreaterThan(0.1);
    },
    VERY_LONG,
  );

  it(
    'says that another scan does not reach the place',
    async () => {
      await station.page.getByLabel('Compare with').selectOption({ label: 'hippocampus_020' });
      await second().getByText('hippocampus_020').waitFor();
      await second().getByText('does not reach this place').waitFor();
    },
    VERY_LONG,
  );
});
