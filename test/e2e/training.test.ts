import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Job } from '../../core/service/api/jobs.ts';
import type { RunSummary } from '../../core/service/api/runs.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { importSamples } from '../service/engine/support-training.ts';
import { describeStory, keepFailures, LONG, VERY_LONG, Workstation } from './support/workstation.ts';
import { expectPicture } from './support/pictures.ts';

/** A network of which a step takes milliseconds. */
const small: Readonly<Record<string, string>> = {
  'encoder.width': '24',
  'encoder.depth': '3',
  'encoder.heads': '2',
  'encoder.patch': '8,8,8',
  'decoder.width': '12',
  'decoder.depth': '1',
  'decoder.heads': '2',
  'head.hidden': '16',
  'head.out': '8',
  globalSize: '24,32,24',
  localSize: '16,16,16',
  'preparation.intensity': 'zscore',
  'preparation.foreground': 'false',
  checkpointSeconds: '0.5',
};

describeStory('training from the window', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open(async (folder) => {
      const workspace = await createWorkspace(folder, { name: 'Hippocampus' });
      await importSamples(workspace, 4, 3);
      await workspace.close();
    });
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  /** Of the guide. Curves and times differ from run to run, so it is not compared. */
  async function keepPicture(kept: string): Promise<void> {
    if (process.env['TESSERA_KEEP_PICTURES'] === '1') expectPicture(await station.page.screenshot(), kept);
  }
  const button = (name: string) => station.page.getByRole('button', { name, exact: true });
  async function set(path: string, text: string): Promise<void> {
    const field = station.page.getByLabel(path, { exact: true });
    await field.fill(text);
    await field.blur();
  }
  const job = async (kind: string): Promise<Job | undefined> => (await station.api<Job[]>('/jobs')).findLast((one) => one.kind === kind);
  async function untilDone(kind: string): Promise<Job | undefined> {
    await expect.poll(async () => (await job(kind))?.state, { timeout: LONG }).toMatch(/done|failed/);
    return job(kind);
  }

  it(
    'pre-trains on the scans, checked before, and shows how it goes',
    async () => {
      const { page } = station;
      await page.getByRole('navigation', { name: 'Rooms' }).getByRole('button', { name: 'Train' }).click();
      await page.getByText('Nothing trained yet').waitFor();
      await button('New pre-training').first().click();
      await page.getByText('Scans: 4 of 4').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('Hippocampi');
      await page.getByText('Advanced', { exact: true }).click();
      for (const [path, text] of Object.entries(small)) {
        if (text === 'false') await page.getByLabel(path, { exact: true }).selectOption(text);
        else await set(path, text);
      }
      await page.getByLabel('Time it may take, in minutes').fill('0.1');
      await page.getByText('Advanced', { exact: true }).click();
      await button('Show views').click();
      await page.getByText('Views of the first scan').waitFor();
      await button('Check').click();
      await page.getByRole('heading', { name: 'Ready to start' }).waitFor();
      await station.still();
      await keepPicture('docs/pictures/training-check.png');
      await button('Start').click();
      await page.getByRole('heading', { name: 'Hippocampi' }).waitFor();
      await page.getByRole('img', { name: 'Chart: Loss' }).waitFor();
      expect((await untilDone('pretrain'))?.error).toBeUndefined();
      await page.getByRole('progressbar').waitFor();
      await button('Show reconstructions').click();
      await page.getByRole('img', { name: /Pinned scan 1, Middle slice/ }).waitFor();
      await station.dismissNotices();
      await station.still();
      await keepPicture('docs/pictures/pre-training.png');
    },
    VERY_LONG,
  );

  it(
    'fine-tunes from what was pre-trained, on the scans that have labels',
    async () => {
      const { page } = station;
      await button('New fine-tuning').first().click();
      await page.getByText('Scans: 3 of 4').waitFor();
      await page.getByText('no labels').waitFor();
      await page.getByLabel('Begin with').selectOption('Hippocampi');
      await page.getByLabel('Time it may take, in minutes').fill('0.1');
      await page.getByText('Advanced', { exact: true }).click();
      await set('features', '2');
      await set('validateEvery', '2');
      await page.getByText('Advanced', { exact: true }).click();
      await button('Check').click();
      await page.getByText('anterior, posterior').waitFor();
      await button('Start').click();
      await page.getByRole('img', { name: 'Chart: Validation Dice' }).waitFor();
      expect((await untilDone('finetune'))?.error).toBeUndefined();
      await page.getByRole('heading', { name: 'Validation scans, the worst first' }).waitFor();
      await station.dismissNotices();
      await station.still();
      await keepPicture('docs/pictures/fine-tuning.png');
      const runs = await station.api<RunSummary[]>('/runs');
      expect(runs.map(({ kind, state }) => [kind, state])).toEqual([
        ['finetune', 'done'],
        ['pretrain', 'done'],
      ]);
      await button('Open').last().click();
      await station.whole();
    },
    VERY_LONG,
  );
});
