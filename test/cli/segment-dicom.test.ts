import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('segment --repair', () => {
  it('is offered where slices are missing, and mends them: the label map then lies on the mended grid', async () => {
    const whole = await readScan(folder);
    const [, , nz] = whole.volume.geometry.dims;
    const gappy = join(runs.work, 'gappy');
    cpSync(folder, gappy, { recursive: true });
    // The files are named after their slices.
    for (const name of readdirSync(gappy)) if (/_(10|11)\.dcm$/.test(name)) rmSync(join(gappy, name));
    const args = ['segment', gappy, '--model', runs.finetuned, '--out', join(runs.work, 'repaired'), '--overlap', '0', '--json'];
    const plain = await cli(args);
    expect([plain.status, plain.stderr.includes('--repair even-spacing')], plain.stderr).toEqual([0, true]);
    const mended = await cli([...args, '--repair', 'all']);
    const [output] = (json(mended) as { outputs: { labels: string; findings: string[] }[] }).outputs;
    expect(output?.findings.join()).toContain(`Resampled from ${nz - 2} uneven slices to ${nz} slices`);
    expect((await readNifti(output?.labels ?? '')).volume.geometry.dims).toEqual(whole.volume.geometry.dims);
    const refused = errorOf(await cli([...args, '--repair', 'all', '--format', 'dicom-seg']));
    expect(refused).toMatchObject({ code: 'usage', subject: '--repair' });
  });
});

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
