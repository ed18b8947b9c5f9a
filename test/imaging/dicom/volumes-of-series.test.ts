import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fileFingerprint, findCases, findTrainingCases, readScan } from '../../../core/imaging/index.ts';
import { readSourceSeries } from '../../../core/imaging/segmentations/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';

const samples = join(import.meta.dirname, '..', '..', '..', 'resources', 'samples', 'hippocampus', 'images');
const root = mkdtempSync(join(tmpdir(), 'tessera-4d-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describeWithSharedData('a DICOM series of several volumes in a data folder', ['dicom_series/mr_ge_epi_4d_time_series'], () => {
  const source = sharedData('dicom_series/mr_ge_epi_4d_time_series') ?? '';
  const folder = join(root, 'data');
  mkdirSync(join(folder, 'images'), { recursive: true });
  cpSync(source, join(folder, 'images', 'epi'), { recursive: true });

  it('is a scan for each time, all of one patient', async () => {
    const { cases, problems } = await findTrainingCases(folder);
    expect(problems).toEqual([]);
    expect(cases.map(({ id, patient }) => [id, patient])).toEqual(
      Array.from({ length: 16 }, (_, n) => [`epi-volume-${n}`, 'epi']).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
    const third = cases.find(({ id }) => id === 'epi-volume-2')?.images[0] ?? '';
    const read = await readScan(third);
    expect(read.header.volumes).toBe(1);
    expect(read.volume).toEqual((await readScan(source, { volumeIndex: 2 })).volume);
    expect((await readScan(third, { volumeIndex: 0 })).volume).toEqual(read.volume);
    expect((await readSourceSeries(third)).slices).toHaveLength(8);
  });

  it('has a fingerprint for each volume', async () => {
    const { cases } = await findCases(folder);
    const prints = await Promise.all(cases.slice(0, 3).map(({ images }) => fileFingerprint(images[0] ?? '')));
    expect(new Set(prints).size).toBe(3);
  });

  it('has no volume beyond its last', async () => {
    const { cases } = await findCases(folder);
    const path = (cases[0]?.images[0] ?? '').replace(/@\d+$/, '@99');
    await expect(readScan(path)).rejects.toMatchObject({ code: 'bad-setting', message: 'has no volume 99.' });
  });

  it('is locked away whole when one of its volumes, or the series, is a test case', async () => {
    cpSync(join(samples, 'hippocampus_025.nii.gz'), join(folder, 'images', 'other.nii.gz'));
    for (const test of ['epi-volume-3', 'epi']) {
      writeFileSync(join(folder, 'split.json'), JSON.stringify({ test: [test] }));
      const { cases, problems } = await findTrainingCases(folder);
      expect(cases.map(({ id }) => id)).toEqual(['other']);
      expect(problems.filter(({ message }) => message.includes('not in this folder'))).toEqual([]);
    }
  });
});
