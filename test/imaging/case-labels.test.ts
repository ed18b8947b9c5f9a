import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCases, findTrainingCases, readCaseLabels, readScan, type Volume } from '../../core/imaging/index.ts';
import { labelsOnGrid, readSourceSeries, writeSegmentation, writeStructureSet } from '../../core/imaging/segmentations/index.ts';
import { pointLPS, type Geometry } from '../../core/imaging/volume.ts';
import { labelClasses } from '../../core/learning/label-classes.ts';
import { loadCase } from '../../core/learning/prepared-case.ts';
import { preparationSettings } from '../../core/imaging/prepare.ts';
import { strewn, threeSegments, turned } from './segmentations/support/made-labels.ts';
import { makeSeries } from './segmentations/support/made-series.ts';

const root = mkdtempSync(join(tmpdir(), 'tessera-case-labels-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const geometry: Geometry = { dims: [9, 8, 6], spacing: [1, 1.5, 3], origin: pointLPS(4, -7, 30), direction: turned([0.3, -0.2, 0.1]) };

/** A series with its labels as a segmentation and as a structure set. */
async function made(seed: number): Promise<{ series: string; seg: string; rtstruct: string; labels: Volume; geometry: Geometry }> {
  const { folder } = await makeSeries(geometry);
  const source = await readSourceSeries(folder);
  const labels = strewn(source.geometry, seed);
  const onGrid = labelsOnGrid(labels, source.geometry);
  const [seg, rtstruct] = [join(root, `${seed}.seg.dcm`), join(root, `${seed}.rtstruct.dcm`)];
  await writeSegmentation(seg, onGrid, source, threeSegments);
  await writeStructureSet(rtstruct, onGrid, source, threeSegments);
  return { series: folder, seg, rtstruct, labels, geometry: source.geometry };
}

/** As a data folder names them; a segmentation has numbers of its own. */
const labelNames = { 1: 'Liver', 2: 'left_kidney', 7: 'spleen' };

let a: Awaited<ReturnType<typeof made>>;
let b: Awaited<ReturnType<typeof made>>;
beforeAll(async () => {
  [a, b] = [await made(11), await made(12)];
});

describe('DICOM objects as labels of a case', () => {
  it('get the values of the data folder by their names, voxel for voxel', async () => {
    for (const path of [a.seg, a.rtstruct]) {
      const { volume, names } = await readCaseLabels(path, { path: a.series, geometry: a.geometry }, labelNames);
      expect(volume).toEqual(a.labels);
      expect(names).toEqual({ 1: 'liver', 2: 'left kidney', 7: 'spleen' });
    }
  });

  it('leave out what is not named, and say so; without a name in common they are refused', async () => {
    const scan = { path: a.series, geometry: a.geometry };
    const { volume, findings } = await readCaseLabels(a.seg, scan, { 3: 'spleen' });
    expect(volume.voxels).toEqual(a.labels.voxels.map((value) => (value === 7 ? 3 : 0)));
    expect(findings.map(({ message }) => message).join()).toContain('liver, left kidney');
    await expect(readCaseLabels(a.seg, scan, { 1: 'heart' })).rejects.toMatchObject({ code: 'bad-labels', subject: a.seg });
  });

  it('of another examination are refused, with a way to bring them over', async () => {
    for (const path of [b.seg, b.rtstruct]) {
      const refused = readCaseLabels(path, { path: a.series, geometry: a.geometry }, labelNames);
      await expect(refused).rejects.toMatchObject({ code: 'grid-mismatch', subject: path, advice: expect.stringContaining('--resample') });
      const resampled = await readCaseLabels(path, { path: a.series, geometry: a.geometry }, labelNames, { resample: true });
      expect(resampled.volume.voxels).toEqual(b.labels.voxels);
    }
  });
});

describe('a data folder with DICOM labels', () => {
  it('finds them in labels/ by name and beside their series by what they point at', async () => {
    const data = join(root, 'pairs');
    for (const name of ['one', 'two']) mkdirSync(join(data, 'images', name), { recursive: true });
    mkdirSync(join(data, 'labels'));
    writeFileSync(join(data, 'labels.json'), JSON.stringify(labelNames));
    cpSync(a.series, join(data, 'images', 'one'), { recursive: true });
    cpSync(a.seg, join(data, 'labels', 'one.seg.dcm'));
    cpSync(b.series, join(data, 'images', 'two'), { recursive: true });
    cpSync(b.rtstruct, join(data, 'images', 'two', 'structures'));
    const { cases, problems } = await findCases(data);
    expect(problems).toEqual([]);
    expect(cases.map(({ id, label }) => [id, basename(label ?? '')])).toEqual([
      ['one', 'one.seg.dcm'],
      ['two', 'structures'],
    ]);
    const training = await findTrainingCases(data);
    const classes = await labelClasses(training, training.cases);
    expect(classes).toEqual([
      { value: 0, name: 'background' },
      ...Object.entries(labelNames).map(([v, name]) => ({ value: Number(v), name })),
    ]);
    const [first] = training.cases;
    const loaded = first && (await loadCase({ case: first, preparation: preparationSettings.parse({}), classes: [0, 1, 2, 7] }));
    expect(new Set(loaded?.labels)).toEqual(new Set([0, 1, 2, 3]));
  });

  it('takes none of two for one series, and says so', async () => {
    const data = join(root, 'tree');
    cpSync(a.series, join(data, 'patient', 'ct'), { recursive: true });
    cpSync(a.seg, join(data, 'patient', 'a.dcm'));
    expect((await findCases(data)).cases.map(({ label }) => basename(label ?? ''))).toEqual(['a.dcm']);
    cpSync(a.rtstruct, join(data, 'patient', 'b.dcm'));
    const { cases, problems } = await findCases(data);
    expect(cases.map(({ label }) => label)).toEqual([undefined]);
    expect(problems.map(({ message }) => message).join()).toContain('a.dcm, b.dcm');
  });

  it('must not call one value by two names', async () => {
    const data = join(root, 'names');
    for (const [name, one] of [
      ['a', a],
      ['b', b],
    ] as const) {
      cpSync(one.series, join(data, 'images', name), { recursive: true });
      mkdirSync(join(data, 'labels'), { recursive: true });
    }
    cpSync(a.seg, join(data, 'labels', 'a.dcm'));
    const source = await readSourceSeries(b.series);
    const renamed = threeSegments.map((segment) => (segment.value === 7 ? { ...segment, name: 'heart' } : segment));
    await writeSegmentation(join(data, 'labels', 'b.dcm'), labelsOnGrid(b.labels, source.geometry), source, renamed);
    const dataset = await findTrainingCases(data);
    await expect(labelClasses(dataset, dataset.cases)).rejects.toMatchObject({
      code: 'bad-labels',
      message: 'calls label 7 "heart", which is "spleen" in ' + join(data, 'labels', 'a.dcm') + '.',
    });
    renameSync(join(data, 'labels', 'b.dcm'), join(root, 'b-renamed.dcm'));
    expect((await labelClasses(dataset, dataset.cases.slice(0, 1))).map(({ name }) => name)).toEqual([
      'background',
      'liver',
      'left kidney',
      'spleen',
    ]);
    expect((await readScan(b.series)).volume.geometry).toEqual(b.geometry);
  });
});
