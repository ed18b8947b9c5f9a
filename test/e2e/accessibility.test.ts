import { cpSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinySegmentation } from './support/models.ts';
import { samples } from './support/places.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const abdomen = join(samples, 'abdomen_ct');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describeStory('axe', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open();
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  /** What axe calls serious or critical on the screen as it is; of the light theme only the colours, the rest is the same. */
  async function serious(): Promise<string[]> {
    const found: string[] = [];
    for (const [theme, rules] of [
      ['light', `runOnly: ['color-contrast'], `],
      ['dark', ''],
    ] as const) {
      await station.page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      await station.page.evaluate(axe);
      const { violations } = await station.page.evaluate<{ violations: Violation[] }>(
        `axe.run(document, { ${rules}resultTypes: ['violations'] })`,
      );
      for (const { id, impact, help, nodes } of violations)
        if (['serious', 'critical'].includes(impact))
          found.push(...nodes.map(({ html, failureSummary }) => `${theme}: ${id} (${help}): ${html} ${failureSummary}`));
    }
    return found;
  }

  it(
    'finds nothing serious in the library',
    async () => {
      const { page } = station;
      await page.getByText('No scans yet').waitFor();
      expect(await serious()).toEqual([]);
      await station.give('Import files', join(abdomen, 'images', 'abdomen.nii.gz'));
      await station.row('abdomen').click();
      await page.getByRole('complementary', { name: 'Details' }).getByText('122 × 101 × 30').waitFor();
      expect(await serious()).toEqual([]);
      await page.getByRole('checkbox', { name: 'Mark abdomen' }).check();
      await page.getByRole('button', { name: 'No jobs' }).click();
      await page.getByRole('dialog', { name: 'Jobs' }).waitFor();
      expect(await serious()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name: 'Jobs' }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Split the scans' }).click();
      const split = page.getByRole('dialog', { name: 'Split the scans' });
      await split.getByText('1 patient cannot be split into 3 parts.').waitFor();
      expect(await serious()).toEqual([]);
      await page.keyboard.press('Escape');
      await split.waitFor({ state: 'detached' });
    },
    VERY_LONG,
  );

  it(
    'finds nothing serious in the reading room and its panels',
    async () => {
      const { page } = station;
      await station.goTo('Reading');
      await page.getByText('No scan is open').waitFor();
      expect(await serious()).toEqual([]);
      await station.read('abdomen');
      await station.give('Import labels', [join(abdomen, 'labels', 'abdomen.nii.gz'), join(abdomen, 'labels.json')]);
      await page.getByRole('list', { name: 'Organs' }).getByRole('listitem').first().waitFor();
      await page.getByText('Building surfaces').waitFor({ state: 'detached' });
      expect(await serious()).toEqual([]);
      await page.getByRole('button', { name: 'Look of Spleen' }).click();
      await page.getByRole('dialog', { name: 'Look of Spleen' }).waitFor();
      expect(await serious()).toEqual([]);
      await page.keyboard.press('Escape');
      for (const tab of ['Label', 'Measure', 'Display', 'Fusion']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.getByRole('tabpanel', { name: tab }).waitFor();
        if (tab === 'Label') await page.getByRole('toolbar', { name: 'Drawing tools' }).waitFor();
        expect(await serious(), tab).toEqual([]);
      }
      // Two side by side; with an oblique plane; a large 3D view; four views.
      for (const keys of ['Alt+5', 'Alt+6', 'Alt+4', 'Alt+3']) {
        await page.keyboard.press(keys);
        await station.still();
        expect(await serious(), keys).toEqual([]);
      }
    },
    VERY_LONG,
  );

  it(
    'finds nothing serious in the inspection room',
    async () => {
      await station.goTo('Inspect');
      await station.page.getByText('No pre-trained model is in this workspace yet.').waitFor();
      expect(await serious()).toEqual([]);
    },
    VERY_LONG,
  );

  it(
    'finds nothing serious in the training room',
    async () => {
      const { page } = station;
      await station.goTo('Train');
      await page.getByText('Nothing trained yet').waitFor();
      expect(await serious()).toEqual([]);
      for (const [button, heading] of [
        ['New pre-training', 'Pre-training'],
        ['New fine-tuning', 'Fine-tuning'],
      ] as const) {
        await page.getByRole('complementary').getByRole('button', { name: button }).click();
        await page.getByRole('heading', { name: heading, exact: true }).waitFor();
        if (heading === 'Fine-tuning')
          await page.getByRole('combobox', { name: 'Which scans validate' }).selectOption({ label: 'One of several folds' });
        await page.getByText('Advanced').click();
        await page.getByText('learningRate', { exact: true }).waitFor();
        expect(await serious(), heading).toEqual([]);
      }
    },
    VERY_LONG,
  );

  it(
    'finds nothing serious in the models room',
    async () => {
      const { page } = station;
      cpSync(tinySegmentation, join(station.workspace, 'models', 'a'.repeat(16)), { recursive: true });
      await station.goTo('Models');
      await page.getByRole('navigation', { name: 'Models' }).getByRole('button', { name: 'UNETR' }).click();
      await page.getByText('SHA-256 of the weights').waitFor();
      expect(await serious()).toEqual([]);
      await page.getByRole('tab', { name: 'Compare' }).click();
      await page.getByRole('button', { name: 'New evaluation' }).click();
      await page.getByRole('dialog', { name: 'Hold models against labels' }).waitFor();
      expect(await serious()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name: 'Hold models against labels' }).waitFor({ state: 'detached' });
      rmSync(join(station.workspace, 'models', 'a'.repeat(16)), { recursive: true });
    },
    VERY_LONG,
  );

  it(
    'finds nothing serious in what to label next, which says why and opens the scan to be labelled',
    async () => {
      const { page } = station;
      const model = 'a'.repeat(16);
      cpSync(tinySegmentation, join(station.workspace, 'models', model), { recursive: true });
      const [scan] = (await station.api<{ scans: { id: string }[] }>('/scans')).scans;
      const time = '2026-01-02T03:04:05Z';
      const ranked = { scan: scan?.id, score: 0.9, parts: { uncertainty: 0.4 }, shares: { uncertainty: 0.75 }, reason: 'uncertain' };
      const ranking = { measured: time, model, scans: [ranked], labelled: 1, locked: 2, unmeasured: 1 };
      const dice = { old: 0.8, new: 0.9, difference: 0.1, low: 0.05, high: 0.15, pValue: 0.01 };
      const improvement = { model, made: time, scans: 5, leftOut: 1, verdict: 'better', comparison: { ...dice, cases: 6, segments: [] } };
      // What a measurement and a training of hours come to.
      await page.route('**/api/ranking', (route) => route.fulfill({ json: ranking }));
      await page.route('**/api/models/history', (route) =>
        route.fulfill({ json: { inUse: null, choices: [], improvements: [improvement] } }),
      );
      await station.goTo('Models');
      await station.goTo('Library');
      await page.getByRole('tab', { name: 'What next' }).click();
      await page.getByText('Dice 0.900 against 0.800 on 6 locked scans.').waitFor();
      const first = page.getByRole('button', { name: /^abdomen 1 The model is unsure here: uncertainty 40/ });
      await first.waitFor();
      expect(await serious()).toEqual([]);
      await first.click();
      await page.getByRole('tab', { name: 'Label', selected: true }).waitFor();
      await station.whole();
      await page.unroute('**/api/ranking');
      await page.unroute('**/api/models/history');
      rmSync(join(station.workspace, 'models', model), { recursive: true });
      await station.goTo('Library');
      await page.getByRole('tab', { name: 'Details' }).click();
    },
    VERY_LONG,
  );

  it(
    'finds nothing serious in the work room and in the review of a scan',
    async () => {
      const { page } = station;
      const { scans } = await station.api<{ scans: { id: string }[] }>('/scans');
      const assignments = scans.map(({ id }) => ({ scan: id, reader: 'Anna' }));
      const work = await station.api<{ items: { id: string }[] }>('/work/assign', { after: 0, assignments });
      const point = [0, 0, 0];
      for (const { id } of scans) await station.api(`/scans/${id}/comments`, { id: 'abcdef0123456789', point, text: 'Too far.' });
      await station.goTo('Work');
      await page.getByRole('row').filter({ hasText: 'abdomen' }).click();
      await page.getByRole('complementary', { name: 'Details' }).getByText('1 open comment').waitFor();
      expect(await serious()).toEqual([]);
      for (const tab of ['Agreement', 'Audit trail']) {
        await page.getByRole('tab', { name: tab }).click();
        await page
          .getByRole('tabpanel', { name: tab })
          .getByText(tab === 'Agreement' ? 'Nothing to compare' : 'Comment pinned')
          .waitFor();
        expect(await serious(), tab).toEqual([]);
      }
      await page.keyboard.press('F9');
      await page.getByRole('tab', { name: 'Work list' }).click();
      await page.getByRole('button', { name: 'Assign scans' }).click();
      await page.getByRole('dialog', { name: 'Assign scans' }).waitFor();
      expect(await serious()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog', { name: 'Assign scans' }).waitFor({ state: 'detached' });
      expect(work.items).toHaveLength(scans.length);

      // Somebody else's work opens with what is said about it.
      await page.getByRole('row').filter({ hasText: 'abdomen' }).dblclick();
      await station.whole();
      await page.getByRole('list', { name: 'Comments on this scan' }).getByRole('listitem').waitFor();
      expect(await serious()).toEqual([]);
    },
    VERY_LONG,
  );

  it(
    'finds nothing serious in the dialogs',
    async () => {
      const { page } = station;
      await station.goTo('Reading');
      for (const [keys, name] of [
        ['Control+k', 'Commands and scans'],
        ['Shift+?', 'Keyboard shortcuts'],
        ['s', 'Segment scans'],
      ] as const) {
        await page.keyboard.press(keys);
        await page.getByRole('dialog', { name }).waitFor();
        expect(await serious(), name).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog', { name }).waitFor({ state: 'detached' });
      }
    },
    VERY_LONG,
  );
});
