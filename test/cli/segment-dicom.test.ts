import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readNifti, readScan } from '../../core/imaging/index.ts';
import { readSegmentation, readSourceSeries } from '../../core/imaging/segmentations/index.ts';
import { makeSeries } from '../imaging/segmentations/support/made-series.ts';
import { dciodvfy, describeWithJudges } from '../support/judges.ts';
import { cli, errorOf, json } from './support.ts';
import { trainedRuns, type TrainedRuns } from './support-runs.ts';

let runs: TrainedRuns;
let folder: string;
beforeAll(async () => {
  runs = await trainedRuns();
  const [first = ''] = readdirSync(join(runs.data, 'images'));
  const { volume } = await readScan(join(runs.data, 'images', first));
  // The same scan as a DICOM series, its values as whole numbers.
  const values = Int16Array.from(volume.voxels, (v) => Math.max(-32768, Math.min(32767, Math.round(v))));
  folder = (await makeSeries(volume.geometry, { values })).folder;
});
afterAll(() => runs.remove());

describeWithJudges('segment --format dicom-seg', ['dciodvfy'], () => {
  it('writes what --format nifti would, as a segmentation that points at the DICOM images', async () => {
    const [seg, nifti] = [join(runs.work, 'seg'), join(runs.work, 'nifti')];
    const run = (format: string, out: string): ReturnType<typeof cli> =>
      cli(['segment', folder, '--model', runs.finetuned, '--out', out, '--format', format, '--preset', 'hippocampus', '--json']);
    const written = json(await run('dicom-seg', seg)) as { outputs: { labels: string }[] };
    const plain = json(await run('nifti', nifti)) as { outputs: { labels: string }[] };
    const path = written.outputs[0]?.labels ?? '';
    expect(path).toMatch(/\.seg\.dcm$/);
    expect(dciodvfy(path).errors).toEqual([]);
    const read = await readSegmentation(path, { scan: await readSourceSeries(folder) });
    expect(read.layers[0]?.volume.voxels).toEqual((await readNifti(plain.outputs[0]?.labels ?? '')).volume.voxels);
    expect(read.segments.map(({ modifiers }) => modifiers[0]?.meaning)).toEqual(['Anterior', 'Posterior']);
    expect(read.segments.map(({ type }) => type.meaning)).toEqual(['Hippocampus', 'Hippocampus']);
  });

  it('refuses a scan that is no DICOM scan before it loads the model', async () => {
    const args = [
      'segment',
      join(runs.data, 'images'),
      '--model',
      runs.finetuned,
      '--out',
      join(runs.work, 'no'),
      '--format',
      'dicom-seg',
      '--json',
    ];
    expect(errorOf(await cli(args))).toMatchObject({ code: 'unsupported-file', advice: expect.stringContaining('nifti') as string });
  });
});
