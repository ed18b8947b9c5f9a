import { afterAll, beforeAll, expect, it } from 'vitest';
import { sample, tinyPretraining, tinySegmentation } from './support/models.ts';
import { describeStory, keepFailures, LONG, VERY_LONG, Workstation } from './support/workstation.ts';

interface Named {
  readonly id: string;
  readonly kind: string;
}

describeStory('a model helps to draw labels', () => {
  const name = 'hippocampus_221';
  let station: Workstation;
  let scan = '';
  beforeAll(async () => {
    station = await Workstation.open();
    const run = await tinyPretraining(station.folder, 3);
    await station.give('Import files', sample(name));
    await station.read(name);
    for (const model of [tinySegmentation, run]) {
      await station.page.keyboard.press('s');
      await station.give('Import a model', model);
      await station.page.getByText('Model imported').waitFor();
      await station.dismissNotices();
      await station.page.keyboard.press('Escape');
      await station.page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    scan = (await station.api<{ scans: Named[] }>('/scans')).scans[0]?.id ?? '';
    const model = (await station.api<Named[]>('/models')).find(({ kind }) => kind === 'segmentation')?.id;
    await station.api('/jobs', { kind: 'segment', model, scans: [scan], entropy: true });
    await station.page.getByText('1 proposal ready').waitFor();
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const button = (label: string) => station.page.getByRole('button', { name: label, exact: true });
  const press = (keys: string): Promise<void> => station.page.keyboard.press(keys);

  /** The voxels of a layer at the host. */
  async function voxels(kind: 'label' | 'proposal'): Promise<Uint8Array> {
    const layer = (await station.api<Named[]>(`/scans/${scan}/layers`)).find((one) => one.kind === kind);
    const answer = await station.context.request.get(`${station.host.origin}/api/scans/${scan}/layers/${layer?.id ?? ''}/voxels`);
    expect(answer.ok()).toBe(true);
    return new Uint8Array(await answer.body());
  }
  const drawn = async (): Promise<number> => (await voxels('label')).filter((value) => value !== 0).length;

  it(
    'accepts a proposal organ by organ, rejects and takes back, and leads through what differs',
    async () => {
      const { page } = station;
      await press('l');
      await button('Begin empty beside it').click();
      const organs = page.getByRole('list', { name: 'Segments of the proposal' });
      await organs.getByText('Anterior').waitFor();
      await station.dismissNotices();
      await button('Accept Anterior').click();
      await button('Undo: Accepted: anterior').waitFor();
      const anterior = (await voxels('proposal')).map((value) => (value === 1 ? 1 : 0));
      await expect.poll(async () => Buffer.compare(await voxels('label'), anterior), { timeout: LONG }).toBe(0);

      await button('Reject Posterior').click();
      await organs.getByText('rejected').waitFor();
      await press('Control+z');
      await organs.getByText('rejected').waitFor({ state: 'detached' });
      expect(await drawn()).toBe(anterior.filter((value) => value === 1).length);

      await station.view('Axial').focus();
      await press('y');
      await page.getByRole('status').filter({ hasText: 'Only proposed: Posterior' }).waitFor();
      await press('v');
      await button('Undo: Took the proposal: posterior').waitFor();
      await expect.poll(drawn, { timeout: LONG }).toBeGreaterThan(anterior.filter((value) => value === 1).length);
      await press('u');
      await page.getByRole('status').filter({ hasText: 'Uncertain place 1:' }).waitFor();
      await page.getByRole('switch', { name: 'Uncertainty of the model', checked: true }).click();
    },
    VERY_LONG,
  );

  it(
    'answers clicks with a preview, which is accepted as one step',
    async () => {
      const { page } = station;
      await press('Shift+a');
      await button('Draw Segment 3').waitFor();
      await press('w');
      await page.getByRole('combobox', { name: 'Model that answers' }).waitFor();
      const before = await drawn();
      await station.view('Axial').focus();
      await press('Enter');
      const answer = page.getByRole('status').filter({ hasText: /voxels, .* in .* ms/ });
      await answer.waitFor();
      await press('Shift+ArrowRight');
      await press('Enter');
      await page.getByText('2 clicks').waitFor();
      await press('Control+z');
      await page.getByText('1 click', { exact: true }).waitFor();
      await answer.waitFor();
      expect(await drawn()).toBe(before);
      await press('v');
      await button('Undo: Clicks: Segment 3').waitFor();
      await expect.poll(async () => (await voxels('label')).includes(3), { timeout: LONG }).toBe(true);
      await press('Control+z');
      await expect.poll(drawn, { timeout: LONG }).toBe(before);
    },
    VERY_LONG,
  );
});
