import { afterAll, beforeAll, expect, it } from 'vitest';
import { sample, tinyPretraining } from './support/models.ts';
import { compare } from './support/pictures.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const VOLUMES = ['Input', 'Masked', 'Reconstructed', 'Error'] as const;

describeStory('volumes of a reconstruction in 3D', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open();
    const run = await tinyPretraining(station.folder, 20);
    await station.give('Import files', sample('hippocampus_221'));
    await station.read('hippocampus_221');
    await station.goTo('Inspect');
    await station.give('Import a model', run);
    await station.page.getByText('first picture after').waitFor();
    await station.dismissNotices();
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const view = (name: string) => station.page.getByRole('application', { name: `${name}, 3D` });
  const pictures = async (): Promise<Buffer[]> => {
    await station.still();
    const all: Buffer[] = [];
    for (const name of VOLUMES) all.push(await view(name).screenshot());
    return all;
  };
  /** How much of the pictures is another one now. */
  const changes = (before: readonly Buffer[], now: readonly Buffer[]): number[] =>
    now.map((picture, place) => compare(picture, before[place] ?? picture).changed);

  it(
    'are drawn, and turned together by the keys of any of them',
    async () => {
      await station.page.getByRole('radio', { name: '3D' }).check({ force: true });
      for (const name of VOLUMES) await view(name).waitFor();
      await station.page.locator('[role=group][aria-label="Pictures of the reconstruction"][aria-busy=false]').waitFor();
      const before = await pictures();
      // Each is another volume, so each is another picture.
      for (const [place, picture] of before.entries())
        for (const other of before.slice(place + 1)) expect(compare(picture, other).changed).toBeGreaterThan(0.01);
      await view('Masked').focus();
      for (let n = 0; n < 6; n++) await station.page.keyboard.press('ArrowLeft');
      for (const changed of changes(before, await pictures())) expect(changed).toBeGreaterThan(0.02);
    },
    VERY_LONG,
  );
});
