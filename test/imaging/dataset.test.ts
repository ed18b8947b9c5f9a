import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCases, type Dataset } from '../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'tessera-dataset-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Files by path; findCases opens none but the JSON ones, so a byte will do for a scan. */
async function files(content: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(content)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
const scans = (...paths: string[]): Promise<void> => files(Object.fromEntries(paths.map((path) => [path, 'x'])));

const short = (path: string): string => relative(folder, path).replaceAll('\\', '/');
const listed = ({ cases }: Dataset): unknown =>
  cases.map((c) => [c.id, c.images.map(short), ...(c.label === undefined ? [] : [short(c.label)])]);
const complaints = ({ problems }: Dataset): unknown => problems.map((p) => [short(p.file), p.message]);

describe('findCases', () => {
  it('pairs images/ with labels/ of the same name, whatever their compression', async () => {
    await scans(
      'images/b.nii.gz',
      'images/a.nii',
      'images/c.NII.GZ',
      'labels/a.nii.gz',
      'labels/b.nii.gz',
      'labels/orphan.nii',
      'images/notes.txt',
      'images/._b.nii.gz',
    );
    await files({ 'labels.json': '{"0": "background", "1": "liver", "2": "spleen"}' });
    const found = await findCases(folder);
    expect(found.layout).toBe('pairs');
    expect(listed(found)).toEqual([
      ['a', ['images/a.nii'], 'labels/a.nii.gz'],
      ['b', ['images/b.nii.gz'], 'labels/b.nii.gz'],
      ['c', ['images/c.NII.GZ']],
    ]);
    expect(found.labelNames).toEqual({ 0: 'background', 1: 'liver', 2: 'spleen' });
    expect(complaints(found)).toEqual([['labels/orphan.nii', 'It is a label map without a scan of the same name in images/.']]);
  });

  it('reads the regions of nnU-Net, where their order is given', async () => {
    await scans('imagesTr/a_0000.nii.gz', 'labelsTr/a.nii.gz');
    const labels = { background: 0, 'whole tumour': [1, 2, 3], core: [2, 3], enhancing: 3, ignore: 4 };
    await files({ 'dataset.json': JSON.stringify({ labels, regions_class_order: [1, 2, 3] }) });
    const found = await findCases(folder);
    expect(found.regions).toEqual([
      { name: 'whole tumour', values: [1, 2, 3], writes: 1 },
      { name: 'core', values: [2, 3], writes: 2 },
      { name: 'enhancing', values: [3], writes: 3 },
    ]);
    expect(found.labelNames).toMatchObject({ 0: 'background', 3: 'enhancing' });
    expect(found.problems).toEqual([]);
    for (const order of [undefined, [1, 2]]) {
      await files({ 'dataset.json': JSON.stringify({ labels, regions_class_order: order }) });
      const without = await findCases(folder);
      expect(without.regions).toEqual([]);
      expect(without.problems.map((p) => p.message)).toEqual([
        expect.stringContaining('"whole tumour" was ignored'),
        expect.stringContaining('"core" was ignored'),
      ]);
    }
  });

  it('reads a Decathlon folder with its names, and leaves imagesTs alone', async () => {
    await scans(
      'imagesTr/hippocampus_001.nii.gz',
      'imagesTr/hippocampus_003.nii.gz',
      'labelsTr/hippocampus_001.nii.gz',
      'imagesTs/hippocampus_002.nii.gz',
    );
    await files({
      'dataset.json': JSON.stringify({
        name: 'x',
        modality: { '0': 'MRI' },
        labels: { '0': 'background', '1': 'Anterior', '2': 'Posterior' },
        training: [],
      }),
    });
    const found = await findCases(folder);
    expect(found.layout).toBe('decathlon');
    expect(listed(found)).toEqual([
      ['hippocampus_001', ['imagesTr/hippocampus_001.nii.gz'], 'labelsTr/hippocampus_001.nii.gz'],
      ['hippocampus_003', ['imagesTr/hippocampus_003.nii.gz']],
    ]);
    expect(found.labelNames).toEqual({ 0: 'background', 1: 'Anterior', 2: 'Posterior' });
    expect(found.channelNames).toEqual({ 0: 'MRI' });
    expect(found.problems).toEqual([]);
  });

  it('groups the channels of nnU-Net, says which case lacks one, and keeps a year in a name', async () => {
    await scans(
      ...['case1_0000', 'case1_0001', 'case2_0000', 'case2_0002', 'case3_0000', 'scan_2020'].map((id) => `imagesTr/${id}.nii.gz`),
      ...['case1', 'case3', 'scan_2020'].map((id) => `labelsTr/${id}.nii.gz`),
    );
    await files({
      'dataset.json': JSON.stringify({
        channel_names: { '0': 'T1', '1': 'FLAIR' },
        labels: { background: 0, tumour: 1, oedema: 2, whole: [1, 2] },
      }),
    });
    const found = await findCases(folder);
    expect(listed(found)).toEqual([
      ['case1', ['imagesTr/case1_0000.nii.gz', 'imagesTr/case1_0001.nii.gz'], 'labelsTr/case1.nii.gz'],
      ['case3', ['imagesTr/case3_0000.nii.gz'], 'labelsTr/case3.nii.gz'],
      ['scan_2020', ['imagesTr/scan_2020.nii.gz'], 'labelsTr/scan_2020.nii.gz'],
    ]);
    expect(found.labelNames).toEqual({ 0: 'background', 1: 'tumour', 2: 'oedema' });
    expect(found.channelNames).toEqual({ 0: 'T1', 1: 'FLAIR' });
    expect(found.problems.map((p) => p.message).sort()).toEqual([
      'The case case2 was left out: channel 1 is missing or there twice.',
      'The case case3 has 1 channels; the first case has 2.',
      'The case scan_2020 has 1 channels; the first case has 2.',
      'The entry "whole" was ignored: it is a region of several labels, or has no whole number.',
    ]);
  });

  it('finds scans anywhere in a tree, pairs once, without label maps, hidden files and circles', async () => {
    await scans(
      'p1/ct.nii.gz',
      'p1/labels_total.nii.gz',
      'p1/ct_seg.nii.gz',
      'p2/deep/t1.hdr',
      'p2/deep/t1.img',
      'p3/masks/x.nii',
      'p3/x.nii',
      '.cache/y.nii',
      'p3/segovia.nii',
    );
    await symlink(folder, join(folder, 'p1', 'circle'));
    await files({ 'p3/empty.nii': '', 'labels.json': '["background", "x"]' });
    const found = await findCases(folder);
    expect(found.layout).toBe('tree');
    expect(listed(found)).toEqual([
      ['p1/ct', ['p1/ct.nii.gz']],
      ['p2/deep/t1', ['p2/deep/t1.hdr']],
      ['p3/segovia', ['p3/segovia.nii']],
      ['p3/x', ['p3/x.nii']],
    ]);
    expect(found.labelNames).toEqual({ 0: 'background', 1: 'x' });
    expect((complaints(found) as string[][]).map(([file]) => file).sort()).toEqual([
      'p1/ct_seg.nii.gz',
      'p1/labels_total.nii.gz',
      'p3/empty.nii',
      'p3/masks/x.nii',
    ]);
  });

  it.each(['{ not json', '[1, 2]', '{"labels": 5}', '{"labels": {"liver": null}}', 'null', '{"labels": {"x": {"y": 1}}}'])(
    'passes over the dataset.json %s with a word',
    async (text) => {
      await scans('imagesTr/a.nii');
      await files({ 'dataset.json': text });
      const found = await findCases(folder);
      expect(found.cases.length).toBe(1);
      expect(found.labelNames).toEqual({});
      expect(found.problems.length).toBe(1);
    },
  );

  it('refuses what holds no scan', async () => {
    await expect(findCases(folder)).rejects.toMatchObject({ code: 'no-data', subject: folder });
    await files({ 'images/readme.txt': 'x' });
    await expect(findCases(folder)).rejects.toMatchObject({ code: 'no-data' });
    await expect(findCases(join(folder, 'images', 'readme.txt'))).rejects.toMatchObject({
      code: 'no-data',
      message: 'is a file, not a folder of scans.',
    });
    await expect(findCases(join(folder, 'absent'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

describeWithSharedData('published folders', ['hippocampus_msd', 'abdomen_mr_chaos'], () => {
  it('hippocampus: 200 cases with labels', async () => {
    const found = await findCases(sharedData('hippocampus_msd') ?? '');
    expect([found.cases.length, found.cases.filter((c) => c.label !== undefined).length]).toEqual([200, 200]);
    expect(found.problems).toEqual([]);
  });
});
