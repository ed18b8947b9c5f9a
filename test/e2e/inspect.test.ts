import { afterAll, beforeAll, expect, it } from 'vitest';
import { sample, sampleLabels, tinyPretraining } from './support/models.ts';
import { compare, expectPicture } from './support/pictures.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

interface Inspected {
  readonly maskedFraction: number;
  readonly error: {
    readonly mean: number;
    readonly ofMasked: number;
    readonly ofVisible: number;
    readonly perSegment: { name: string; mean: number }[];
  };
}

describeStory('the inspection room', () => {
  const name = 'hippocampus_221';
  let station: Workstation;
  /** Answers of the host to the page's requests. */
  const answers: Inspected[] = [];
  beforeAll(async () => {
    station = await Workstation.open();
    station.page.on('response', (response) => {
      if (response.url().endsWith('/api/inspect'))
        void response.json().then(
          (answer: Inspected) => answers.push(answer),
          () => undefined,
        );
    });
    const run = await tinyPretraining(station.folder, 60);
    await station.give('Import files', sample(name));
    await station.read(name);
    await station.give('Import labels', sampleLabels(name));
    await station.page.getByText('Labels imported').waitFor();
    await station.goTo('Inspect');
    await station.page.getByText('No pre-trained model is in this workspace yet.').waitFor();
    await station.give('Import a model', run);
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const results = () => station.page.getByRole('group', { name: 'Pictures of the reconstruction' });
  /** Until the newest request is answered and its four volumes are drawn. */
  const settled = async (): Promise<void> => {
    await station.page.locator('[role=group][aria-label="Pictures of the reconstruction"][aria-busy=false]').waitFor();
    await station.page.getByText('first picture after').waitFor();
    await station.still();
  };
  const figure = async (term: string): Promise<string> =>
    station.page.locator('dl[aria-label="Error of the reconstruction"] > div').filter({ hasText: term }).locator('dd').innerText();

  it(
    'shows input, masked, reconstructed and error volumes, with the numbers of the host',
    async () => {
      const { page } = station;
      for (const volume of ['Input', 'Masked', 'Reconstructed', 'Error'])
        await page.getByRole('application', { name: `${volume}, Axial` }).waitFor();
      await settled();
      const answer = answers.at(-1);
      expect(answer?.maskedFraction).toBeCloseTo(0.75, 1);
      expect(await figure('Hidden patches')).toBe(`${Math.round(100 * (answer?.maskedFraction ?? 0))}%`);
      expect(await figure('Where hidden')).toBe(answer?.error.ofMasked.toFixed(3));
      expect(await figure('Where visible')).toBe(answer?.error.ofVisible.toFixed(3));
      expect(await figure('Everywhere')).toBe(answer?.error.mean.toFixed(3));
      const organs = page.getByRole('table', { name: 'By organ' });
      expect(await organs.innerText()).toMatch(/Anterior[^]*Posterior|Posterior[^]*Anterior/);
      for (const segment of answer?.error.perSegment ?? []) await organs.getByText(segment.mean.toFixed(3)).first().waitFor();
      await station.dismissNotices();
      await station.still();
      // What a model of few steps paints depends on the processor it learned on.
      expectPicture(await page.screenshot(), 'docs/pictures/inspection.png', { mean: 10, changed: 0.2 });
    },
    VERY_LONG,
  );

  it(
    'masks more when the slider says so, and shows other pictures',
    async () => {
      const { page } = station;
      const before = await results().screenshot();
      const slider = page.getByRole('slider', { name: 'Mask ratio' });
      await slider.fill('0.3');
      await page
        .locator('dl[aria-label="Error of the reconstruction"]')
        .filter({ hasText: /Hidden patches\s*(29|30|31)%/ })
        .waitFor();
      await settled();
      expect(answers.at(-1)?.maskedFraction).toBeCloseTo(0.3, 1);
      expect(compare(before, await results().screenshot()).changed).toBeGreaterThan(0.05);
      // Half as much hidden, half of the error: what is visible has none.
      expect(Number(await figure('Everywhere'))).toBeLessThan(Number(await figure('Where hidden')) * 0.4);
      await page.keyboard.press('r');
      await page.getByRole('spinbutton', { name: 'Seed of the mask' }).waitFor();
    },
    VERY_LONG,
  );

  it(
    'looks into a local view, in full detail',
    async () => {
      const { page } = station;
      await settled();
      const [global, asked] = [await results().screenshot(), answers.length];
      await page
        .getByRole('button', { name: 'Local' })
        .or(page.getByRole('radio', { name: 'Local' }))
        .first()
        .click();
      await expect.poll(() => answers.length, { timeout: VERY_LONG }).toBeGreaterThan(asked);
      await settled();
      expect(compare(global, await results().screenshot()).changed).toBeGreaterThan(0.05);
    },
    VERY_LONG,
  );

  it(
    'colours the scan by features, and finds what looks alike',
    async () => {
      const { page } = station;
      const scan = page.getByRole('group', { name: 'Views' });
      const plain = await scan.screenshot();
      await page.keyboard.press('f');
      await page.getByText('first three principal components').waitFor();
      await page.getByRole('progressbar', { name: 'Computing …' }).waitFor({ state: 'detached' });
      await station.still();
      const features = await scan.screenshot();
      expect(compare(plain, features).changed).toBeGreaterThan(0.1);
      await page.keyboard.press('s');
      await page.getByText('Bright where the features resemble').waitFor();
      await page.getByRole('progressbar', { name: 'Computing …' }).waitFor({ state: 'detached' });
      await station.still();
      expect(compare(features, await scan.screenshot()).changed).toBeGreaterThan(0.1);
      await page.getByRole('button', { name: 'Compare views' }).click();
      const matrix = page.getByRole('table', { name: 'Student and teacher' });
      await matrix.waitFor();
      const values = (await matrix.getByRole('cell').allInnerTexts()).map(Number);
      expect(values.length).toBeGreaterThanOrEqual(4);
      for (const value of values) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    },
    VERY_LONG,
  );
});
