import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { findScans, readScan } from '../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { zip } from './support/zip.ts';

const samples = join(import.meta.dirname, '..', '..', 'resources', 'samples');
const folder = mkdtempSync(join(tmpdir(), 'tessera-find-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
};

describe('scans among files', () => {
  it('takes the label map of the same name along, and no label map for a scan', async () => {
    const found = await findScans([join(samples, 'hippocampus')]);
    expect(found.scans).toHaveLength(36);
    for (const { path, labels } of found.scans) expect(labels).toBe(path.replace('images', 'labels'));
    expect(found.problems).toEqual([]);
    const [first] = found.scans;
    expect(first?.name).toBe(basename(first?.path ?? '').replace('.nii.gz', ''));
    expect((await first?.read())?.volume).toEqual((await readScan(first?.path ?? '')).volume);
    await found.close();
  });

  it('tells of each file that looks like a scan and is none, and goes on', async () => {
    const root = place('mixed');
    writeFileSync(join(root, 'empty.nii'), '');
    writeFileSync(join(root, 'notes.txt'), 'not a scan');
    writeFileSync(join(root, 'broken.zip'), 'no archive');
    const sample = join(samples, 'hippocampus', 'images', 'hippocampus_025.nii.gz');
    copyFileSync(sample, join(root, 'one.nii.gz'));
    copyFileSync(sample, join(root, 'one_mask.nii.gz'));
    const found = await findScans([root, join(root, 'absent.nii')]);
    expect(found.scans.map(({ name }) => name)).toEqual(['one']);
    expect(Object.fromEntries(found.problems.map(({ name, error }) => [name, error.code]))).toEqual({
      'absent.nii': 'not-found',
      'mixed/broken.zip': 'bad-file',
      'mixed/empty.nii': 'bad-file',
      'mixed/one_mask.nii.gz': 'unsupported-file',
    });
    const direct = await findScans([join(root, 'notes.txt'), join(root, 'one_mask.nii.gz')]);
    expect(direct.scans.map(({ name }) => name)).toEqual(['one_mask']);
    expect(direct.problems.map(({ name, error }) => [name, error.code])).toEqual([['notes.txt', 'unsupported-file']]);
  });

  it('looks into archives, and removes what it unpacked', async () => {
    const root = place('zipped');
    const sample = readFileSync(join(samples, 'hippocampus', 'images', 'hippocampus_025.nii.gz'));
    writeFileSync(
      join(root, 'set.zip'),
      zip({
        'set/images/a.nii.gz': sample,
        'set/labels/a.nii.gz': readFileSync(join(samples, 'hippocampus', 'labels', 'hippocampus_025.nii.gz')),
        'set/more.zip': zip({ 'inner.nii.gz': sample }),
      }),
    );
    const found = await findScans([root]);
    expect(found.scans).toHaveLength(1);
    const [scan] = found.scans;
    expect(scan?.name).toBe('a');
    expect(scan?.labels === undefined ? false : existsSync(scan.labels)).toBe(true);
    expect(found.problems.map(({ error }) => error.code)).toEqual(['unsupported-file']);
    expect((await scan?.read())?.volume.geometry.dims).toHaveLength(3);
    await found.close();
    expect(existsSync(scan?.path ?? '')).toBe(false);
  });

  it('ends when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(findScans([samples], { ...silentTask, signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describeWithSharedData('DICOM among files', ['dicom_series', 'dicom_seg_rt/liver_ct', 'dicom_broken_made'], () => {
  const shared = (path: string): string => sharedData(path) ?? '';

  it('gives every series once, with its modality, and reads each volume of one with several', async () => {
    const found = await findScans([shared('dicom_series')]);
    expect(new Set(found.scans.map(({ path }) => path)).size).toBe(found.scans.length);
    const modalities = new Set(found.scans.map(({ modality }) => modality));
    expect(modalities).toContain('CT');
    expect(modalities).toContain('MR');
    const series = found.scans.find(({ path }) => path.includes('mr_ge_epi_4d_time_series'));
    const first = await series?.read();
    const count = first?.header.volumes ?? 0;
    expect(count).toBeGreaterThan(1);
    const last = await series?.read(count - 1);
    expect(last?.volume.geometry).toEqual(first?.volume.geometry);
    expect(last?.volume.voxels).not.toEqual(first?.volume.voxels);
    expect(found.problems.map(({ error }) => error.message).join()).toContain('colour');
    for (const { name } of found.scans) expect(name).not.toContain('/');
  });

  it('reads a series from its folder by its key where the folder also has copies of others', async () => {
    const found = await findScans([shared('dicom_broken_made'), shared('dicom_series/ct_head_64x64x93')]);
    for (const scan of found.scans) expect((await scan.read()).volume.geometry.dims).toHaveLength(3);
    expect(found.scans.filter(({ path }) => path.includes('two_series_mixed#'))).not.toEqual([]);
  });

  it('takes one file for the series in its folder, whatever else is there', async () => {
    const root = place('together');
    cpSync(shared('dicom_series/ct_head_64x64x93'), root, { recursive: true });
    for (const name of ['mr_generic_uncompressed']) cpSync(shared(`dicom_series/${name}`), join(root, name), { recursive: true });
    const found = await findScans([join(root, 'CTHead1.dcm')]);
    expect(found.scans).toHaveLength(1);
    const scan = await found.scans[0]?.read();
    expect(scan?.volume.geometry.dims).toEqual([64, 64, 93]);
    const again = await findScans([found.scans[0]?.path ?? '']);
    expect(again.scans.map(({ path, name }) => [path, name])).toEqual(found.scans.map(({ path, name }) => [path, name]));
    expect(await again.scans[0]?.sources()).toEqual(await found.scans[0]?.sources());
  });
});
