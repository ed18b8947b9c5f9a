import { afterAll, beforeAll, expect, it } from 'vitest';
import { sample, tinySegmentation } from './support/models.ts';
import { compare, expectPicture } from './support/pictures.ts';
import { describeStory, keepFailures, LONG, VERY_LONG, Workstation } from './support/workstation.ts';

interface Layer {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
}
interface Statistics {
  readonly name: string;
  readonly voxels: number;
  readonly millilitres: number;
}

describeStory('segmentation from the window', () => {
  const name = 'hippocampus_221';
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open();
    await station.give('Import files', sample(name));
    await station.read(name);
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const layersOfScan = async (): Promise<{ scan: string; layers: Layer[] }> => {
    const { scans } = await station.api<{ scans: { id: string }[] }>('/scans');
    const scan = scans[0]?.id ?? '';
    return { scan, layers: await station.api<Layer[]>(`/scans/${scan}/layers`) };
  };
  const volumeOf = (organ: string): Promise<string> =>
    station.page.getByRole('list', { name: 'Organs' }).getByRole('listitem').filter({ hasText: organ }).locator('.ml').innerText();

  it(
    'takes a model in, and lets it draw into the scan that is open',
    async () => {
      const { page } = station;
      const plain = await station.pane('axial').screenshot();
      await page.keyboard.press('s');
      const dialog = page.getByRole('dialog', { name: 'Segment scans' });
      await dialog.getByText('No model that segments is in this workspace yet.').waitFor();
      await station.give('Import a model', tinySegmentation);
      await dialog.getByText('UNETR, 2 organs: anterior, posterior').waitFor();
      await dialog.getByText('Keep the uncertainty, too').click();
      await dialog.getByRole('button', { name: 'Segment', exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByText('1 proposal ready').waitFor();
      const { scan, layers } = await layersOfScan();
      expect(layers).toMatchObject([{ kind: 'proposal', entropy: true }]);
      const statistics = await station.api<Statistics[]>(`/scans/${scan}/layers/${layers[0]?.id ?? ''}/statistics`);
      expect(statistics.map((segment) => segment.name)).toEqual(['anterior', 'posterior']);
      for (const segment of statistics) {
        expect(segment.voxels).toBeGreaterThan(100);
        await page.getByText(`${segment.millilitres.toFixed(2)} ml`).waitFor();
      }
      await page.getByText('Building surfaces').waitFor({ state: 'detached' });
      await station.dismissNotices();
      await station.still();
      expect(compare(plain, await station.pane('axial').screenshot()).changed).toBeGreaterThan(0.02);
      expectPicture(await page.screenshot(), 'docs/pictures/segmentation.png');
    },
    VERY_LONG,
  );

  it(
    'shows how sure the model is',
    async () => {
      const { page } = station;
      const before = await station.pane('axial').screenshot();
      await page.getByText('Uncertainty of the model').click();
      await page.getByRole('switch', { name: 'Uncertainty of the model', checked: true }).waitFor();
      await station.still();
      expect(compare(before, await station.pane('axial').screenshot()).changed).toBeGreaterThan(0.02);
      await page.getByText('Uncertainty of the model').click();
    },
    VERY_LONG,
  );

  it(
    'leads to the places where the model was unsure, one after the other, and says how unsure',
    async () => {
      const { page } = station;
      await station.view('Axial').focus();
      const seen = new Set<string>();
      for (let n = 1; n <= 3; n++) {
        await page.keyboard.press('u');
        await page
          .getByRole('status')
          .filter({ hasText: `Uncertain place ${n}:` })
          .waitFor();
        seen.add(await station.probe('Voxel').innerText());
        // A place that is worth a look: the model is torn there.
        await expect.poll(async () => parseInt(await station.probe('Entropy').innerText()), { timeout: LONG }).toBeGreaterThan(30);
      }
      expect(seen.size).toBe(3);
      await page.getByText('Entropy, of the largest there can be').waitFor();
      await page.getByRole('switch', { name: 'Uncertainty of the model', checked: true }).click();
      await page.getByText('Entropy, of the largest there can be').waitFor({ state: 'detached' });
    },
    VERY_LONG,
  );

  it(
    'keeps the proposal when the page is opened again',
    async () => {
      const { page } = station;
      const before = await volumeOf('Anterior');
      const { layers } = await layersOfScan();
      await page.reload();
      await station.row(name).getByText('1 layer').waitFor();
      await station.read(name);
      await page
        .getByLabel('Layer', { exact: true })
        .filter({ hasText: `${layers[0]?.name ?? ''} (proposal)` })
        .waitFor();
      await page.getByText(before).waitFor();
    },
    VERY_LONG,
  );
});
