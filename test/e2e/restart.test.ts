import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HostProcess } from './support/host-process.ts';
import { sample, tinySegmentation } from './support/models.ts';
import { decode } from 'fast-png';
import { describeStory, keepFailures, LONG, VERY_LONG, Workstation } from './support/workstation.ts';

interface Job {
  readonly kind: string;
  readonly state: string;
  readonly result?: { readonly layers?: readonly { scan: string }[] };
}

const names = ['020', '024', '025', '034', '035', '037', '039', '044'].map((number) => `hippocampus_${number}`);

describeStory('a host that is killed in the middle of work', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open();
    await station.give('Import files', names.map(sample));
    await station.page.getByText(`${names.length} scans imported`).waitFor();
    await station.read('hippocampus_020');
    await station.page.keyboard.press('s');
    await station.give('Import a model', tinySegmentation);
    await station.page.getByRole('dialog').getByText('UNETR, 2 organs').waitFor();
    await station.page.keyboard.press('Escape');
  }, VERY_LONG);
  afterAll(async () => {
    // What the browser itself says of requests that no host answers.
    const others = station.complaints.filter((complaint) => !/net::ERR_|status of 403/.test(complaint));
    station.complaints.splice(0, station.complaints.length, ...others);
    await station.close();
  }, VERY_LONG);
  keepFailures(() => station);

  it(
    'is missed and found again by the page, and neither scans nor jobs nor what is on the screen are lost',
    async () => {
      const { page } = station;
      const axial = station.pane('axial');
      const shownSlice = async (): Promise<string> => /Axial\s+(\d+)/.exec(await axial.innerText())?.[1] ?? '';
      const middle = await shownSlice();
      await page.keyboard.press('PageUp');
      await expect.poll(shownSlice).toBe(String(Number(middle) + 10));

      await station.goTo('Library');
      for (const name of names) await page.getByRole('checkbox', { name: `Mark ${name}` }).check();
      await page.keyboard.press('s');
      await page.getByRole('dialog').getByRole('button', { name: 'Segment', exact: true }).click();
      const segmentation = async (): Promise<Job | undefined> => (await station.api<Job[]>('/jobs')).find(({ kind }) => kind === 'segment');
      await expect
        .poll(async () => (await segmentation())?.result?.layers?.length ?? 0, { timeout: LONG, interval: 20 })
        .toBeGreaterThan(0);
      await station.host.kill();

      await page.getByText('The connection to the host is lost.').waitFor();
      // What is on the screen needs no host.
      await station.goTo('Reading');
      expect(await shownSlice()).toBe(String(Number(middle) + 10));
      await page.keyboard.press('ArrowDown');
      await expect.poll(shownSlice).toBe(String(Number(middle) + 9));
      await station.still();
      expect(grey(await axial.screenshot())).toBeGreaterThan(30);

      station.host = await HostProcess.start(join(station.folder, 'workspace'), station.host.port);
      // Who started it opens the address that it prints.
      const tab = await station.context.newPage();
      await tab.goto(station.host.address);
      await tab.getByRole('navigation').waitFor();
      await tab.close();
      await page.getByText('Connected again.').waitFor();
      await page.getByText('The connection to the host is lost.').waitFor({ state: 'detached' });

      await expect.poll(async () => (await segmentation())?.state, { timeout: LONG }).toBe('done');
      expect((await segmentation())?.result?.layers).toHaveLength(names.length);
      await station.goTo('Library');
      for (const name of names) await station.row(name).getByText('1 layer').waitFor();
      await station.goTo('Reading');
      await page.getByRole('list', { name: 'Organs' }).getByRole('listitem').nth(1).waitFor();
    },
    VERY_LONG,
  );
});

/** Mean grey value of a picture: a view without a scan is black. */
function grey(png: Buffer): number {
  let sum = 0;
  const { data } = decode(png);
  for (const value of data) sum += value;
  return sum / data.length;
}
