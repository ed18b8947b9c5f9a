import { readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunSummary } from '../../core/service/api/runs.ts';
import { HostProcess } from './support/host-process.ts';
import { sample, sampleLabels } from './support/models.ts';
import { expectPicture } from './support/pictures.ts';
import { describeStory, keepFailures, LONG, VERY_LONG, Workstation } from './support/workstation.ts';

interface Scan {
  readonly id: string;
  readonly title: string;
  readonly split?: string;
}

const names = ['020', '024', '025', '034'].map((number) => `hippocampus_${number}`);
const structures = ['anterior', 'posterior'] as const;
/** A network of which a step takes milliseconds. */
const smallNetwork: Readonly<Record<string, string>> = {
  'encoder.width': '24',
  'encoder.depth': '3',
  'encoder.heads': '2',
  'decoder.width': '12',
  'decoder.depth': '1',
  'decoder.heads': '2',
  'head.hidden': '16',
  'head.out': '8',
  globalSize: '24,32,24',
  localSize: '16,16,16',
  batch: '2',
  checkpointSeconds: '0.5',
};
const smallTraining = { features: '2', checkpointSeconds: '0.5' };
/** Of each run: seconds, so that one that is killed is in the middle of it. */
const MINUTES = '0.1';

describeStory('from the first scan to a report', () => {
  let station: Workstation;
  /** By what becomes of them. */
  let drawn: Scan, imported: Scan, locked: Scan, open: Scan;
  beforeAll(async () => {
    station = await Workstation.open();
  }, VERY_LONG);
  afterAll(async () => {
    // What the browser itself says of requests that no host, or a host without its engine, answers.
    const others = station.complaints.filter((complaint) => !/net::ERR_|status of (403|5\d\d)/.test(complaint));
    station.complaints.splice(0, station.complaints.length, ...others);
    await station.close();
  }, VERY_LONG);
  keepFailures(() => station);

  const button = (name: string | RegExp): Locator => station.page.getByRole('button', { name, exact: typeof name === 'string' });
  const press = (keys: string): Promise<void> => station.page.keyboard.press(keys);
  const saved = (): Promise<void> => station.page.getByText('Everything is on disk').waitFor();
  /** Of the guide. Scores, times and what tiny networks draw differ from run to run, so they are not compared. */
  async function keepPicture(kept: string): Promise<void> {
    if (process.env['TESSERA_KEEP_PICTURES'] !== '1') return;
    await station.dismissNotices();
    await station.still();
    expectPicture(await station.page.screenshot(), kept);
  }

  async function edit(segment: string, change: (editor: Locator) => Promise<unknown>): Promise<void> {
    await button(`Edit ${segment}`).click();
    await change(station.page.getByRole('dialog', { name: `Edit ${segment}` }));
    await press('Escape');
  }
  /** Says of every segment that nothing is left to be done. */
  async function finish(): Promise<void> {
    for (const name of ['Anterior', 'Posterior']) {
      await edit(name, (editor) => editor.getByLabel('State').selectOption('Done'));
      await station.page.getByRole('listitem').filter({ hasText: name }).getByRole('img', { name: 'Done' }).waitFor();
    }
    await saved();
  }
  /** A stroke across the middle of the axial view, in parts of its width. */
  async function stroke(from: number, to: number): Promise<void> {
    const box = await station.view('Axial').boundingBox();
    if (!box) throw new Error('no axial view');
    const { mouse } = station.page;
    await mouse.move(box.x + box.width * from, box.y + box.height / 2);
    await mouse.down();
    await mouse.move(box.x + box.width * to, box.y + box.height / 2, { steps: 4 });
    await mouse.up();
  }
  async function importLabels({ title }: Scan): Promise<void> {
    await station.read(title);
    await station.page.getByRole('tab', { name: 'Organs' }).click();
    await station.give('Import labels', sampleLabels(title));
    await station.page.getByRole('list', { name: 'Organs' }).getByText('Anterior').waitFor();
    await press('l');
    await finish();
  }

  async function describe(settings: Readonly<Record<string, string>>): Promise<void> {
    const { page } = station;
    await page.getByLabel('Time it may take, in minutes').fill(MINUTES);
    await page.getByText('Advanced', { exact: true }).click();
    for (const [path, text] of Object.entries(settings)) {
      await page.getByLabel(path, { exact: true }).fill(text);
      await page.getByLabel(path, { exact: true }).blur();
    }
    await page.getByText('Advanced', { exact: true }).click();
    await button('Check').click();
    await page.getByRole('heading', { name: 'Ready to start' }).waitFor();
    await button('Start').click();
    await page.getByRole('progressbar', { name: /Step \d+ of/ }).waitFor();
  }
  async function untilTrained(kind: RunSummary['kind']): Promise<void> {
    const run = async (): Promise<RunSummary | undefined> => (await station.api<RunSummary[]>('/runs')).find((one) => one.kind === kind);
    await expect.poll(async () => (await run().catch(() => undefined))?.state, { timeout: LONG }).toMatch(/done|failed|cancelled/);
    expect(await run()).toMatchObject({ state: 'done' });
  }

  it(
    'takes scans in, locks one away for testing, and says what comes next',
    async () => {
      const { page } = station;
      await page.getByRole('region', { name: 'First steps' }).getByText('Take scans in').waitFor();
      await station.give('Import files', names.map(sample));
      await page.getByText(`${names.length} scans imported`).waitFor();
      await page.getByRole('region', { name: 'First steps' }).getByText('4 scans are here.').waitFor();
      await button('Split the scans').click();
      await page.getByRole('dialog', { name: 'Split the scans' }).getByRole('button', { name: 'Split', exact: true }).click();
      await page.getByText('The scans are split').waitFor();
      const { scans } = await station.api<{ scans: Scan[] }>('/scans');
      const test = scans.find(({ split }) => split === 'test');
      const [a, b, c] = scans.filter((scan) => scan !== test);
      if (!test || !a || !b || !c) throw new Error('the scans were not split');
      [locked, drawn, imported, open] = [test, a, b, c];
      await page.waitForFunction('[...document.images].every((image) => image.complete && image.naturalWidth > 0)');
      await keepPicture('docs/pictures/first-steps.png');
    },
    VERY_LONG,
  );

  it(
    'labels one scan by hand and others from label maps',
    async () => {
      const { page } = station;
      await station.read(drawn.title);
      await press('l');
      await button('New layer').first().click();
      await page.getByRole('toolbar', { name: 'Drawing tools' }).waitFor();
      for (const [at, name] of structures.entries()) {
        await press('Shift+a');
        await edit(`Segment ${at + 1}`, async (editor) => {
          await editor.getByLabel('Name').fill(name);
          await editor.getByLabel('Name').blur();
        });
        await button(`Draw ${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`).waitFor();
        await press('d');
        await stroke(0.3 + 0.2 * at, 0.4 + 0.2 * at);
        await button(new RegExp(`^Undo: Brush: ${name}`, 'i')).waitFor();
      }
      await finish();
      await importLabels(imported);
      await importLabels(locked);
      await station.goTo('Library');
      for (const { title } of [drawn, imported, locked]) await station.row(title).getByText('1 layer').waitFor();
      await station.row(open.title).getByText('no labels').waitFor();
    },
    VERY_LONG,
  );

  it(
    'pre-trains, and the run goes on when its engine is killed',
    async () => {
      const { page } = station;
      await station.goTo('Train');
      await button('New pre-training').first().click();
      await page.getByText('Scans: 3 of 4').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('Hippocampi');
      await describe(smallNetwork);
      station.host.killEngines();
      await untilTrained('pretrain');
      await button('Fine-tune from it').waitFor();
    },
    VERY_LONG,
  );

  it(
    'fine-tunes from it, and the run goes on when the host is killed and started again',
    async () => {
      const { page } = station;
      await button('Fine-tune from it').click();
      await page.getByText('Scans: 2 of 4').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('First model');
      await describe(smallTraining);
      await station.host.kill();
      await page.getByText('The connection to the host is lost.').waitFor();
      station.host = await HostProcess.start(station.workspace, station.host.port);
      // Who started it opens the address that it prints.
      const tab = await station.context.newPage();
      await tab.goto(station.host.address);
      await tab.getByRole('navigation').waitFor();
      await tab.close();
      await page.getByText('The connection to the host is lost.').waitFor({ state: 'detached' });
      await untilTrained('finetune');
      await button('Segment a scan with it').waitFor();
      await keepPicture('docs/pictures/trained.png');
    },
    VERY_LONG,
  );

  it(
    'draws on the scan that has no labels, and is corrected by hand',
    async () => {
      const { page } = station;
      await button('Segment a scan with it').click();
      const dialog = page.getByRole('dialog', { name: 'Segment scans' });
      await dialog.getByText(open.title).waitFor();
      await dialog.getByRole('button', { name: 'Segment', exact: true }).click();
      await page.getByText('1 proposal ready').waitFor();
      await station.dismissNotices();
      await station.read(open.title);
      await press('l');
      await button('Take over').click();
      await button('Draw Anterior').click();
      await press('d');
      await stroke(0.4, 0.55);
      await button(/^Undo: Brush: anterior/i).waitFor();
      await finish();
    },
    VERY_LONG,
  );

  it(
    'improves the model with the correction',
    async () => {
      const { page } = station;
      // As the page asks for it, but for seconds.
      await page.route('**/api/jobs', async (route) => {
        const asked = route.request().postDataJSON() as { kind?: string } | null;
        const settings = { epochs: 2, features: 2, crops: 1, window: { overlap: 0 } };
        await (asked?.kind === 'improve' ? route.continue({ postData: JSON.stringify({ kind: 'improve', settings }) }) : route.continue());
      });
      await station.goTo('Library');
      await page.getByRole('tab', { name: 'What next' }).click();
      await button('Improve the model').click();
      await page.getByText('Too few locked scans to tell').first().waitFor();
      await page.getByText('Learned from 3 scans.').waitFor();
      await button('Use it anyway').click();
      await page.getByText('The model is in use.').waitFor();
    },
    VERY_LONG,
  );

  it(
    'compares both models on the locked scan, and makes a report that needs nothing else',
    async () => {
      const { page } = station;
      await station.dismissNotices();
      await station.goTo('Models');
      await page.getByRole('tab', { name: 'Compare' }).click();
      await button('New evaluation').click();
      const dialog = page.getByRole('dialog', { name: 'Hold models against labels' });
      await dialog.getByLabel('Name').fill('First and improved');
      for (const box of await dialog.getByRole('checkbox').all()) await box.check();
      await dialog.getByRole('button', { name: 'Evaluate' }).click();
      await page.getByText('Evaluated', { exact: true }).waitFor();
      await button('Show').click();
      await page.getByRole('heading', { name: 'First and improved' }).waitFor();
      await page.getByText('1 scan of the locked test part').first().waitFor();
      await page.getByRole('rowheader', { name: 'First model', exact: true }).waitFor();
      await keepPicture('docs/pictures/comparison.png');

      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Report' }).click()]);
      const report = readFileSync(await download.path(), 'utf8');
      const tab = await station.context.newPage();
      // Whatever it asked for elsewhere would be noticed in the end.
      await tab.setContent(report);
      await tab.getByRole('heading', { name: 'First and improved' }).waitFor();
      expect(await tab.getByText('First model').count()).toBeGreaterThan(0);
      await tab.close();
    },
    VERY_LONG,
  );
});
