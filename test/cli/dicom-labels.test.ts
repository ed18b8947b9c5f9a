import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointLPS, writeNifti, type Volume } from '../../core/imaging/index.ts';
import { labelsOnGrid, readSourceSeries, writeSegmentation, writeStructureSet } from '../../core/imaging/segmentations/index.ts';
import { strewn, threeSegments, turned } from '../imaging/segmentations/support/made-labels.ts';
import { makeSeries } from '../imaging/segmentations/support/made-series.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { cli, errorOf, json, temporaryFolder } from './support.ts';

const root = temporaryFolder();
let series = '';
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  rmSync(dirname(series), { recursive: true, force: true });
});
const [seg, rtstruct, nifti, other] = ['seg.dcm', 'rtstruct.dcm', 'labels.nii.gz', 'other.nii.gz'].map((name) => join(root, name)) as [
  string,
  string,
  string,
  string,
];

beforeAll(async () => {
  const direction = turned([0.2, 0.1, -0.3]);
  series = (await makeSeries({ dims: [9, 8, 6], spacing: [1, 1.5, 3], origin: pointLPS(4, -7, 30), direction })).folder;
  const source = await readSourceSeries(series);
  const labels = strewn(source.geometry, 5);
  await writeSegmentation(seg, labelsOnGrid(labels, source.geometry), source, threeSegments);
  await writeStructureSet(rtstruct, labelsOnGrid(labels, source.geometry), source, threeSegments);
  await writeNifti(nifti, labels);
  const moved: Volume = { ...labels, geometry: { ...labels.geometry, origin: pointLPS(4.5, -7, 30) } };
  await writeNifti(other, moved);
});

/** The Dice of each segment by its name. */
async function dice(...args: string[]): Promise<Record<string, number>> {
  const result = await cli(['evaluate', ...args, '--json']);
  expect(result, result.stderr).toMatchObject({ status: 0 });
  const { cases } = json(result) as { cases: { segments: { name: string; dice: number }[] }[] };
  return Object.fromEntries((cases[0]?.segments ?? []).map((segment) => [segment.name, segment.dice]));
}

const perfect = { liver: 1, 'left kidney': 1, spleen: 1 };

describe('evaluate', () => {
  it('scores two files of any kind on the reference’s grid', async () => {
    expect(await dice('--reference', nifti, '--prediction', seg)).toEqual(perfect);
    expect(await dice('--reference', seg, '--prediction', nifti)).toEqual(perfect);
    expect(await dice('--reference', nifti, '--prediction', rtstruct, '--scan', series)).toEqual(perfect);
    expect(await dice('--reference', rtstruct, '--prediction', seg, '--scan', series)).toEqual(perfect);
  });

  it('scores folders, and finds the scan of contours in the data folder', async () => {
    const data = join(root, 'data');
    cpSync(series, join(data, 'images', 'case_1'), { recursive: true });
    mkdirSync(join(data, 'labels'));
    cpSync(rtstruct, join(data, 'labels', 'case_1.dcm'));
    writeFileSync(join(data, 'labels.json'), JSON.stringify({ 1: 'spleen', 2: 'liver' }));
    mkdirSync(join(root, 'predictions'));
    cpSync(seg, join(root, 'predictions', 'case_1.seg.dcm'));
    for (const reference of [data, join(data, 'labels')])
      expect(await dice('--reference', reference, '--prediction', join(root, 'predictions'))).toEqual({ spleen: 1, liver: 1 });
    expect(json(await cli(['info', data, '--json']))).toMatchObject({ kind: 'dataset', labelled: 1 });
  });

  it('refuses another grid, unless it is told to resample', async () => {
    const refused = errorOf(await cli(['evaluate', '--reference', other, '--prediction', seg, '--json']));
    expect(refused).toMatchObject({ code: 'grid-mismatch', subject: seg });
    expect(Object.keys(await dice('--reference', other, '--prediction', seg, '--resample'))).toEqual(Object.keys(perfect));
  });

  it('says that contours need their scan', async () => {
    const { code, subject, advice } = errorOf(await cli(['evaluate', '--reference', rtstruct, '--prediction', seg, '--json']));
    expect([code, subject, advice?.includes('--scan')]).toEqual(['usage', rtstruct, true]);
    const folders = await cli(['evaluate', '--reference', root, '--prediction', root, '--scan', series, '--json']);
    expect([folders.status, errorOf(folders).subject]).toEqual([2, '--scan']);
  });
});

describe('info', () => {
  it('names the labels of a DICOM object', async () => {
    for (const [path, object] of [
      [seg, 'segmentation'],
      [rtstruct, 'structure-set'],
    ] as const) {
      const { labels, ...rest } = json(await cli(['info', path, '--json'])) as { labels: { name: string }[] };
      expect(rest).toMatchObject({ kind: 'labels', path, object });
      expect(labels.map(({ name }) => name)).toEqual(['liver', 'left kidney', 'spleen']);
    }
    expect((await cli(['info', seg])).stdout).toContain('BINARY');
  });
});

describeWithSharedData('a segmentation by others', ['dicom_seg_rt/liver_ct'], () => {
  it('scores as perfect against the same labels in NRRD', async () => {
    const shared = (name: string): string => sharedData(`dicom_seg_rt/liver_ct/${name}`) ?? '';
    const scores = await dice('--reference', shared('liver_seg.nrrd'), '--prediction', shared('liver.dcm'));
    expect(Object.values(scores)).toEqual([1]);
  });
});
