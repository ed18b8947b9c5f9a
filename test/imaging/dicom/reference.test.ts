import { join } from 'node:path';
import { it } from 'vitest';
import { readScan } from '../../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { expectMatch, references } from '../support/reference.ts';

const all = references(join(import.meta.dirname, 'reference.json'));
const folders = [...new Set(Object.keys(all).map((path) => path.split('/')[0] ?? ''))];

describeWithSharedData('DICOM against pydicom', folders, () => {
  it.each(Object.entries(all))('%s', async (name, reference) => {
    const [path = '', volumeIndex] = name.split('@');
    const scan = await readScan(sharedData(path) ?? path, volumeIndex === undefined ? {} : { volumeIndex: Number(volumeIndex) });
    expectMatch(scan, reference);
  });
});
