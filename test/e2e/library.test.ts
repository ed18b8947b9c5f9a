import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { expectPicture } from './support/pictures.ts';
import { samples } from './support/places.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const series = 'ct_totalsegmentator/ct_dicom_20slices/dicom';
/** A head with missing slices. */
const odd = 'dicom_broken_made/missing_slices';

describeStory('the library', () => {
  describeWithSharedData('of DICOM and NIfTI', [series, odd], () => {
    let station: Workstation;
    beforeAll(async () => {
      station = await Workstation.open();
    }, VERY_LONG);
    afterAll(() => station.close(), VERY_LONG);
    keepFailures(() => station);

    it(
      'tells what to do while it is empty',
      async () => {
        await station.page.getByText('No scans yet').waitFor();
        await station.page.getByText('never leave this machine').waitFor();
      },
      VERY_LONG,
    );

    it(
      'imports a folder of DICOM files, and shows what they are and what is odd about them',
      async () => {
        const { page } = station;
        await station.give('Import a folder', sharedData(series) ?? '');
        await page.getByText('1 scan imported').waitFor();
        const row = station.row('512 × 512 × 20');
        await row.click();
        expect(await row.innerText()).toMatch(/CT · DICOM[^]*0\.977 × 0\.977 × 2 mm[^]*no labels/);
        const details = page.getByRole('complementary', { name: 'Details' });
        expect(await details.innerText()).toMatch(/Axes point to\s+LPS\s+Stored as\s+uint16[^]*Geometry in order/);

        await station.give('Import a folder', sharedData(odd) ?? '');
        await page.getByRole('button', { name: '1 finding' }).click();
        const findings = page.getByRole('dialog', { name: 'What the geometry doctor found in' });
        expect(await findings.innerText()).toMatch(/Warning\s+3 slices are missing between 10 and 11/);
        await page.keyboard.press('Escape');
        await findings.waitFor({ state: 'detached' });
      },
      VERY_LONG,
    );

    it(
      'imports what can be read of several files, and tells what is wrong with the rest',
      async () => {
        const { page } = station;
        const scan = join(samples, 'abdomen_ct', 'images', 'abdomen.nii.gz');
        const broken = join(station.folder, 'broken.nii.gz');
        writeFileSync(broken, readFileSync(scan).subarray(0, 5000));
        await station.give('Import files', [scan, broken]);
        await page.getByText('Some files were not imported').waitFor();
        await page.getByRole('button', { name: 'Show', exact: true }).click();
        const dialog = page.getByRole('dialog', { name: 'Some files were not imported' });
        expect(await dialog.getByRole('row').last().innerText()).toMatch(/broken\s+is a damaged gzip file/);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'hidden' });
        await station.row('abdomen').click();
        await page.getByRole('complementary', { name: 'Details' }).getByText('122 × 101 × 30').waitFor();
        await page.waitForFunction('[...document.images].every((image) => image.complete && image.naturalWidth > 0)');
        await station.dismissNotices();
        await station.still();
        expectPicture(await page.screenshot(), 'docs/pictures/library.png');
      },
      VERY_LONG,
    );

    it(
      'searches, and says when nothing is found',
      async () => {
        const { page } = station;
        await page.keyboard.press('/');
        await page.keyboard.type('abdo');
        await page.getByRole('status').filter({ hasText: '1 of 3 scans' }).waitFor();
        await page.keyboard.type('xyz');
        await page.getByText('No scan matches').waitFor();
        await page.getByRole('button', { name: 'Clear search and filters' }).click();
        await page.getByRole('status').filter({ hasText: '3 scans' }).waitFor();
      },
      VERY_LONG,
    );

    it(
      'removes a scan, and brings it back by one press',
      async () => {
        const { page } = station;
        await station.row('abdomen').click();
        await page.keyboard.press('Delete');
        await page.getByText('1 scan removed').waitFor();
        await station.row('abdomen').waitFor({ state: 'detached' });
        const { scans } = await station.api<{ scans: { title: string; removed: boolean }[] }>('/scans');
        expect(scans.filter(({ removed }) => !removed)).toHaveLength(2);
        await page.getByRole('button', { name: 'Undo' }).click();
        await station.row('abdomen').waitFor();
        await page.getByRole('status').filter({ hasText: '3 scans' }).waitFor();
      },
      VERY_LONG,
    );

    it(
      'splits the scans, and shows one part alone',
      async () => {
        const { page } = station;
        await page.getByRole('button', { name: 'Split the scans' }).click();
        const dialog = page.getByRole('dialog', { name: 'Split the scans' });
        const preview = dialog.getByRole('status', { name: 'This gives' });
        await expect.poll(() => preview.innerText()).toMatch(/Training\s+1 scan\s+Validation\s+1 scan\s+Test\s+1 scan/);
        await dialog.getByRole('textbox', { name: 'Name' }).fill('one each');
        await dialog.getByRole('button', { name: 'Split', exact: true }).click();
        await dialog.waitFor({ state: 'detached' });
        await page.getByText('The scans are split: one each').waitFor();
        await page.getByLabel('Part of the split').selectOption('test');
        await page.getByRole('status').filter({ hasText: '1 of 3 scans' }).waitFor();
        await page.getByLabel('Part of the split').selectOption('');
        await page
          .getByRole('status')
          .filter({ hasText: /^\s*3 scans/ })
          .waitFor();
        const { splits } = await station.api<{ splits: { name: string; parts: object }[] }>('/splits');
        expect(splits).toMatchObject([{ name: 'one each', parts: { training: 1, validation: 1, test: 1 } }]);
      },
      VERY_LONG,
    );

    it(
      'opens a scan by a double click',
      async () => {
        await station.row('abdomen').dblclick();
        await station.whole();
        await station.pane('axial').getByText('16 / 30').waitFor();
        await station.goTo('Library');
      },
      VERY_LONG,
    );

    it(
      'knows a scan that it has',
      async () => {
        const { page } = station;
        await station.give('Import files', join(samples, 'abdomen_ct', 'images', 'abdomen.nii.gz'));
        await page.getByText('1 scan was in the workspace before.').waitFor();
        await page.getByRole('status').filter({ hasText: '3 scans' }).waitFor();
      },
      VERY_LONG,
    );
  });
});
