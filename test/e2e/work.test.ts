import { afterAll, beforeAll, expect, it } from 'vitest';
import { readerAgreement } from '../../core/evaluation/index.ts';
import { readScan, type Geometry } from '../../core/imaging/index.ts';
import type { WorkListing } from '../../core/service/api/work.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { sample, sampleLabels } from './support/models.ts';
import { expectPicture } from './support/pictures.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const names = ['hippocampus_025', 'hippocampus_034', 'hippocampus_044'];
const segments = [
  { value: 1, name: 'anterior', colour: '#e69f00' },
  { value: 2, name: 'posterior', colour: '#56b4e9' },
];

describeStory('reading together', () => {
  let station: Workstation;
  const dice: number[] = [];
  beforeAll(async () => {
    station = await Workstation.open(async (folder) => {
      const workspace = await createWorkspace(folder, { name: 'study', who: 'tester' });
      for (const [at, title] of names.entries()) {
        const { volume } = await readScan(sample(title));
        const { scan } = await workspace.addScan({ volume, title, modality: 'MR', format: 'NIfTI-1' });
        const first = Uint8Array.from((await readScan(sampleLabels(title)[0] ?? '')).volume.voxels);
        // The second reader draws everything some voxels further to one side.
        const second = first.map((_, v) => first[v - at - 1] ?? 0);
        for (const [name, initial] of [['Anna', first] as const, ['Ben', second] as const])
          await workspace.createLayer(scan.id, { name, kind: 'label', initial, labels: segments });
        dice.push(meanDice(first, second, volume.geometry));
      }
      await workspace.close();
    });
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  function meanDice(first: Uint8Array, second: Uint8Array, geometry: Geometry): number {
    const organs = readerAgreement({ labels: first, segments }, { labels: second, segments }, geometry);
    return organs.reduce((sum, organ) => sum + (organ.dice ?? NaN), 0) / organs.length;
  }
  const list = () => station.page.getByRole('grid', { name: 'Work list' });
  const of = (scan: string, reader: string) => list().getByRole('row').filter({ hasText: scan }).filter({ hasText: reader });
  const details = () => station.page.getByRole('complementary', { name: 'Details' });

  it(
    'scans are given to two readers, each of whom has a layer of his own',
    async () => {
      const { page } = station;
      await page.keyboard.press('F9');
      await page.getByText('Nothing is assigned yet').waitFor();
      await page.getByRole('textbox', { name: 'Your name' }).fill('Anna');
      await page.getByRole('textbox', { name: 'Your name' }).press('Enter');
      await page.getByRole('button', { name: 'Assign scans' }).first().click();
      const dialog = page.getByRole('dialog', { name: 'Assign scans' });
      await dialog.getByRole('textbox', { name: 'Readers' }).fill('Anna, Ben');
      await dialog.getByRole('combobox', { name: 'Readers of each scan' }).selectOption('2');
      await dialog.getByText('6 assignments').waitFor();
      await dialog.getByRole('button', { name: 'Assign scans' }).click();
      await page.getByText('0 of 6 approved').waitFor();

      await of('hippocampus_034', 'Anna').click();
      await details().getByRole('button', { name: 'Begin' }).click();
      await station.whole();
      await page.getByText('Your time on this scan').waitFor();
      await expect.poll(() => page.getByRole('combobox', { name: 'Layer' }).inputValue()).not.toBe('');
      const { items } = await station.api<WorkListing>('/work');
      expect(items.filter(({ state }) => state === 'working').map(({ reader }) => reader)).toEqual(['Anna']);
    },
    VERY_LONG,
  );

  it(
    'a scan is submitted, sent back with a comment pinned to a voxel, and approved in the end',
    async () => {
      const { page } = station;
      await page.keyboard.press('Control+Enter');
      await expect.poll(async () => (await station.api<WorkListing>('/work')).items.map(({ state }) => state)).toContain('submitted');
      await page.keyboard.press('Shift+n');
      const comment = page.getByRole('textbox', { name: 'Comment at the crosshair' });
      await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
      await comment.fill('The tail goes on two slices further.');
      await page.getByRole('button', { name: 'Pin it' }).click();
      await page.getByRole('button', { name: 'Comment 1 by Anna: go there' }).waitFor();
      // The crosshair is at it: each of the slices shows it.
      expect(await page.locator('g.comment').count()).toBe(3);
      await page.getByRole('region', { name: 'Anna' }).getByRole('button', { name: 'Send back' }).click();
      await page.getByRole('region', { name: 'Anna' }).getByText('sent back').waitFor();
      await page.getByRole('button', { name: 'Resolve' }).click();
      await page.locator('g.comment').first().waitFor({ state: 'detached' });

      await page.getByRole('region', { name: 'Anna' }).getByRole('button', { name: 'Submit' }).click();
      await page.getByRole('region', { name: 'Anna' }).getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('region', { name: 'Anna' }).getByText('approved').waitFor();
    },
    VERY_LONG,
  );

  it(
    'what is next opens with one key, and the list shows how far everything is',
    async () => {
      const { page } = station;
      await station.view('Axial').focus();
      await page.keyboard.press('F8');
      await expect
        .poll(async () => (await station.api<WorkListing>('/work')).items.filter(({ state }) => state === 'working').length)
        .toBe(1);
      await station.whole();
      await station.goTo('Work');
      await page.getByText('1 of 6 approved').waitFor();
      await of('hippocampus_034', 'Anna').click();
      await page.getByRole('button', { name: 'Open the review again' }).waitFor();
      await station.dismissNotices();
      await station.still();
      expectPicture(await page.screenshot(), 'docs/pictures/worklist.png');
    },
    VERY_LONG,
  );

  it(
    'two readers are compared on all scans, the worst first, and their differences are shown',
    async () => {
      const { page } = station;
      await page.getByRole('tab', { name: 'Agreement' }).click();
      await page.getByRole('button', { name: 'Compute 3 scans' }).click();
      const scans = page.getByRole('table', { name: 'Scans, the least agreement first' });
      const worst = dice.indexOf(Math.min(...dice));
      const row = scans.getByRole('row').nth(1);
      await row.getByText(names[worst] ?? '').waitFor();
      await row.getByText((dice[worst] ?? NaN).toFixed(3)).waitFor();
      const organs = page.getByRole('table', { name: 'Agreement on each organ' });
      const mean = dice.reduce((a, b) => a + b, 0) / dice.length;
      await organs
        .getByRole('row', { name: 'All organs' })
        .getByText(`${mean.toFixed(3)} [`)
        .waitFor();

      await row.getByRole('button', { name: names[worst] ?? '' }).click();
      await station.whole();
      await page.getByText(/^Difference 1 of \d+$/).waitFor();
      await page.keyboard.press('Shift+u');
      await page.getByText(/^Difference 2 of \d+$/).waitFor();

      await station.goTo('Work');
      await page.getByRole('tab', { name: 'Audit trail' }).click();
      await page.getByText('The chain of the file is whole').waitFor();
      await page.getByRole('table', { name: 'Audit trail' }).getByText('Comment pinned').waitFor();
    },
    VERY_LONG,
  );
});
