import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readNifti, readScan, writeNifti } from '../../core/imaging/index.ts';
import { readSegmentation, readSourceSeries, readStructureSet, type SourceSeries } from '../../core/imaging/segmentations/index.ts';
import { pointLPS, type Geometry } from '../../core/imaging/volume.ts';
import { makeSeries, temporaryFolder } from '../imaging/segmentations/support/made-series.ts';
import { cli, errorOf, json } from './support.ts';

const geometry: Geometry = {
  dims: [12, 10, 8],
  spacing: [1.5, 2, 3],
  origin: pointLPS(-30, 40, -100),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

let scan: string;
let labels: string;
let work: string;
let source: SourceSeries;

/** BTCV's liver (6) as a box of 4 × 4 × 4 voxels, its left kidney (3) as one of 2 × 2 × 2. */
const voxels = Uint8Array.from({ length: 960 }, (_, at) => {
  const [i, j, k] = [at % 12, Math.floor(at / 12) % 10, Math.floor(at / 120)];
  if (i >= 2 && i < 6 && j >= 2 && j < 6 && k >= 2 && k < 6) return 6;
  return i >= 8 && i < 10 && j >= 5 && j < 7 && k >= 1 && k < 3 ? 3 : 0;
});

beforeAll(async () => {
  scan = (await makeSeries(geometry, { values: new Int16Array(960).fill(55), patientName: 'Hidden^Person' })).folder;
  source = await readSourceSeries(scan);
  work = dirname(scan);
  labels = join(work, 'organs.nii.gz');
  await writeNifti(labels, { geometry, voxels, slope: 1, intercept: 0 });
});

const exported = async (
  format: string,
  ...more: readonly string[]
): Promise<{ out: string; document: Record<string, unknown>; stderr: string }> => {
  const out = join(temporaryFolder(), 'out');
  const result = await cli(['export', labels, '--scan', scan, '--format', format, '--out', out, '--preset', 'btcv', '--json', ...more]);
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
  return { out, document: json(result), stderr: result.stderr };
};

describe('export', () => {
  it('writes a DICOM segmentation with the codes of the preset, which imports as the same labels', async () => {
    const { out, document } = await exported('dicom-seg');
    expect(document['segments']).toEqual([
      { value: 3, name: 'left kidney', code: 'Left Kidney', ml: 0.072 },
      { value: 6, name: 'liver', code: 'Liver', ml: 0.576 },
    ]);
    expect(readdirSync(out)).toEqual(['organs.seg.dcm']);
    const read = await readSegmentation(join(out, 'organs.seg.dcm'), { scan: source });
    expect(read.layers[0]?.volume.voxels).toEqual(voxels);
    const back = join(out, 'back');
    const again = await cli(['export', join(out, 'organs.seg.dcm'), '--scan', scan, '--format', 'nifti', '--out', back]);
    expect(again.status).toBe(0);
    expect((await readNifti(join(back, 'organs.nii.gz'))).volume.voxels).toEqual(voxels);
  });

  it('writes label maps, RT structures, a report with its segmentation, and surfaces', async () => {
    const labelmap = await exported('dicom-seg', '--seg-type', 'labelmap', '--compress', 'rle');
    expect((await readSegmentation(join(labelmap.out, 'organs.seg.dcm'), { scan: source })).layers[0]?.volume.voxels).toEqual(voxels);
    const structures = await exported('rtstruct');
    expect(readStructureSet(join(structures.out, 'organs.rtstruct.dcm'), { scan: source }).layers[0]?.volume.voxels).toEqual(voxels);
    const report = await exported('sr');
    expect(readdirSync(report.out).sort()).toEqual(['organs.seg.dcm', 'organs.sr.dcm']);
    expect(report.document['segments']).toMatchObject([{ mean: 55 }, { mean: 55 }]);
    const stl = await exported('stl', '--smooth', '3');
    expect(readdirSync(stl.out).sort()).toEqual(['organs-3-left-kidney.stl', 'organs-6-liver.stl']);
    const obj = await exported('obj');
    const corners = readFileSync(join(obj.out, 'organs.obj'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('v '));
    const xs = corners.map((line) => Number(line.split(' ')[1]));
    // Half-way between voxels 1 and 2, and between 9 and 10, but for the rounded corners.
    expect(Math.min(...xs)).toBeCloseTo(-30 + 1.5 * 1.5, 3);
    expect(Math.max(...xs)).toBeCloseTo(-30 + 1.5 * 9.5, 3);
  });

  it('never says or writes the patient’s name outside of the DICOM files', async () => {
    for (const format of ['dicom-seg', 'stl', 'sr']) {
      const { out, document } = await exported(format);
      expect(JSON.stringify([document, readdirSync(out)])).not.toMatch(/Hidden|Person|4711/);
    }
    const other = await readSourceSeries((await makeSeries(geometry, { patientName: 'Hidden^Person' })).folder);
    const { out } = await exported('dicom-seg');
    const refused = await cli([
      'export',
      join(out, 'organs.seg.dcm'),
      '--scan',
      other.path,
      '--format',
      'nifti',
      '--out',
      join(work, 'no'),
      '--json',
    ]);
    expect(errorOf(refused)).toMatchObject({ code: 'grid-mismatch' });
    expect(refused.stdout + refused.stderr).not.toMatch(/Hidden|Person|4711/);
  });

  it('takes names from labels.json beside the label map, and without any calls values by their number', async () => {
    const folder = join(temporaryFolder(), 'named');
    mkdirSync(folder);
    await writeNifti(join(folder, 'a.nii.gz'), { geometry, voxels, slope: 1, intercept: 0 });
    const run = async (): Promise<unknown> =>
      json(await cli(['export', join(folder, 'a.nii.gz'), '--format', 'obj', '--out', join(folder, 'out'), '--json']))['segments'];
    expect(await run()).toMatchObject([
      { name: 'label 3', code: 'Tissue' },
      { name: 'label 6', code: 'Tissue' },
    ]);
    writeFileSync(join(folder, 'labels.json'), JSON.stringify({ labels: { 3: 'Kidney L', 6: 'Leber' } }));
    expect(await run()).toMatchObject([
      { name: 'Kidney L', code: 'Left Kidney' },
      { name: 'Leber', code: 'Tissue' },
    ]);
  });

  it('refuses in words: no scan, a scan that is no DICOM, another grid, an unknown preset, its own input', async () => {
    const out = join(work, 'refused');
    const fails = async (...args: readonly string[]): Promise<ReturnType<typeof errorOf>> =>
      errorOf(await cli(['export', ...args, '--out', out, '--json']));
    expect(await fails(labels, '--format', 'dicom-seg')).toMatchObject({ code: 'usage', subject: '--scan' });
    expect(await fails(labels, '--scan', labels, '--format', 'rtstruct')).toMatchObject({ code: 'unsupported-file' });
    expect(await fails(labels, '--scan', scan, '--format', 'sr', '--preset', 'bctv')).toMatchObject({ code: 'bad-setting' });
    expect(await fails(join(work, 'none.nii.gz'), '--scan', scan, '--format', 'sr')).toMatchObject({ code: 'not-found' });
    expect(
      await fails(labels, '--format', 'nifti', '--scan', (await makeSeries({ ...geometry, spacing: [1.5, 2, 4] })).folder),
    ).toMatchObject({
      code: 'grid-mismatch',
      advice: expect.stringContaining('--resample') as string,
    });
    expect(existsSync(out)).toBe(false);
    const contours = join((await exported('rtstruct')).out, 'organs.rtstruct.dcm');
    expect(await fails(contours, '--format', 'nifti')).toMatchObject({
      code: 'usage',
      advice: expect.stringContaining('--scan') as string,
    });
    expect(await fails(scan, '--scan', scan, '--format', 'nifti')).toMatchObject({ code: 'unsupported-file' });
    expect(errorOf(await cli(['export', labels, '--format', 'nifti', '--out', work, '--json']))).toMatchObject({ code: 'usage' });
    expect((await readNifti(labels)).volume.voxels).toEqual(voxels);
  });
});

describe('export of a data set', () => {
  it('writes the trees of nnU-Net and the Decathlon, which are read as data folders again', async () => {
    const folder = temporaryFolder();
    for (const part of ['images', 'labels']) mkdirSync(join(folder, part));
    for (const id of ['a', 'b']) {
      await writeNifti(join(folder, 'images', `${id}.nii.gz`), { geometry, voxels: new Int16Array(960).fill(7), slope: 1, intercept: 0 });
      await writeNifti(join(folder, 'labels', `${id}.nii.gz`), { geometry, voxels, slope: 1, intercept: 0 });
    }
    writeFileSync(join(folder, 'labels.json'), JSON.stringify({ labels: { 0: 'background', 3: 'left kidney', 6: 'liver' } }));
    const [nnunet, msd] = [join(folder, 'nnunet'), join(folder, 'msd')];
    expect((await cli(['export', folder, '--format', 'nnunet', '--out', nnunet])).status).toBe(0);
    expect((await cli(['export', folder, '--format', 'msd', '--out', msd])).status).toBe(0);
    const document = (path: string): unknown => JSON.parse(readFileSync(join(path, 'dataset.json'), 'utf8'));
    expect(document(nnunet)).toMatchObject({
      channel_names: { 0: 'CT' },
      labels: { background: 0, 'left kidney': 1, liver: 2 },
      numTraining: 2,
      file_ending: '.nii.gz',
    });
    expect(readdirSync(join(nnunet, 'imagesTr')).sort()).toEqual(['a_0000.nii.gz', 'b_0000.nii.gz']);
    const renumbered = (await readScan(join(nnunet, 'labelsTr', 'a.nii.gz'))).volume.voxels;
    expect(renumbered).toEqual(voxels.map((value) => ({ 3: 1, 6: 2 })[value] ?? 0));
    expect(document(msd)).toMatchObject({ labels: { 0: 'background', 3: 'left kidney', 6: 'liver' }, numTraining: 2, numTest: 0 });
    for (const tree of [nnunet, msd]) {
      const { cases } = json(await cli(['info', tree, '--json'])) as { cases: unknown };
      expect(JSON.stringify(cases)).toContain('a');
    }
  });
});
