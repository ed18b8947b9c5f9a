import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharedData } from '../support/shared-data.ts';
import { HostProcess } from './support/host-process.ts';
import { describeStory, keepFailures, LONG, VERY_LONG, Workstation } from './support/workstation.ts';

/** 17 x 21 x 3 voxels at 20 times. */
const functional = sharedData('nifti_edge/nibabel_functional.nii');

describeStory('a scan of several times', () => {
  let station: Workstation;
  beforeAll(async () => {
    if (functional === undefined) return;
    station = await Workstation.open();
    await station.give('Import files', functional);
    await station.page.getByText('20 scans imported').waitFor();
    await station.dismissNotices();
    await station.goTo('Library');
    await station.page.getByRole('row').nth(1).click();
    await station.page.getByRole('complementary', { name: 'Details' }).getByRole('button', { name: 'Open' }).click();
    await station.whole();
    await bar().waitFor();
  }, VERY_LONG);
  afterAll(() => (functional === undefined ? undefined : station.close()), VERY_LONG);
  keepFailures(() => station);

  const bar = () => station.page.getByRole('group', { name: 'Cine' });
  const volume = async (): Promise<number> => Number(/Volume (\d+) of 20/.exec(await bar().innerText())?.[1]);
  const value = (): Promise<string> => station.probe('Value').innerText();
  const needsData = functional === undefined ? it.skip : it;

  needsData(
    'steps through its volumes by keys and keeps window, crosshair and zoom',
    async () => {
      const { page } = station;
      const axial = station.pane('axial');
      await axial.click({ position: { x: 90, y: 90 } });
      await station.view('Axial').focus();
      await page.keyboard.press('+');
      const first = await volume();
      const kept = async (): Promise<string[]> => [
        await axial.locator('.window').innerText(),
        await station.probe('Voxel').innerText(),
        (await axial.locator('.ruler path').getAttribute('d')) ?? '',
      ];
      await station.still();
      const [before, values] = [await kept(), new Set([await value()])];
      for (let n = 1; n <= 3; n++) {
        await page.keyboard.press('k');
        await expect.poll(volume, { timeout: LONG }).toBe(((first - 1 + n) % 20) + 1);
        await station.still();
        values.add(await value());
        expect(await kept()).toEqual(before);
      }
      // Other times, other values at the same place.
      expect(values.size).toBeGreaterThan(2);
      for (let n = 2; n >= 0; n--) {
        await page.keyboard.press('h');
        await expect.poll(volume, { timeout: LONG }).toBe(((first - 1 + n) % 20) + 1);
      }
      await station.still();
      expect(values).toContain(await value());
    },
    VERY_LONG,
  );

  needsData(
    'plays them round and round until it is stopped',
    async () => {
      const seen = new Set<number>();
      await bar().getByLabel('Speed').fill('30');
      await station.page.keyboard.press('j');
      await bar().getByRole('button', { name: 'Pause' }).waitFor();
      await expect
        .poll(
          async () => {
            seen.add(await volume());
            return seen.size;
          },
          { timeout: LONG },
        )
        .toBeGreaterThan(6);
      await station.page.keyboard.press('j');
      await bar().getByRole('button', { name: 'Play', exact: true }).waitFor();
      await station.still();
      const rest = await volume();
      await station.still();
      expect(await volume()).toBe(rest);
    },
    VERY_LONG,
  );

  needsData(
    'keeps what was measured in one of them, also when host and page begin anew',
    async () => {
      const { page } = station;
      const measured = () => page.getByRole('button', { name: /Go to Distance/ });
      await station.view('Axial').focus();
      await page.keyboard.press('d');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Shift+ArrowRight');
      await page.keyboard.press('Enter');
      const text = await measured().innerText();
      expect(text).toMatch(/\d mm/);
      const at = await volume();
      const kept = async (): Promise<number> => {
        const { scans } = await station.api<{ scans: { id: string; series?: { index: number } }[] }>('/scans');
        const scan = scans.find(({ series }) => series?.index === at - 1);
        return (await station.api<{ items: object[] }>(`/scans/${scan?.id ?? ''}/measurements`)).items.length;
      };
      await expect.poll(kept, { timeout: LONG }).toBe(1);

      // It belongs to one volume alone.
      await page.keyboard.press('k');
      await expect.poll(volume, { timeout: LONG }).toBe((at % 20) + 1);
      await measured().waitFor({ state: 'detached' });

      await station.host.kill();
      station.host = await HostProcess.start(join(station.folder, 'workspace'), station.host.port);
      await page.goto(station.host.address);
      await page.getByRole('navigation').waitFor();
      await station.goTo('Library');
      await page
        .getByRole('row')
        .filter({ has: page.getByRole('checkbox') })
        .first()
        .click();
      await page.getByRole('complementary', { name: 'Details' }).getByRole('button', { name: 'Open' }).click();
      await station.whole();
      await bar().waitFor();
      for (let n = await volume(); n !== at; n = (n % 20) + 1) {
        await page.keyboard.press('k');
        await expect.poll(volume, { timeout: LONG }).toBe((n % 20) + 1);
      }
      await page.getByRole('tab', { name: 'Measure' }).click();
      await measured().waitFor();
      expect(await measured().innerText()).toBe(text);
      // What the browser itself says of requests that no host answers.
      const others = station.complaints.filter((complaint) => !/net::ERR_|status of 403/.test(complaint));
      station.complaints.splice(0, station.complaints.length, ...others);
    },
    VERY_LONG,
  );
});
