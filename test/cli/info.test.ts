import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { cli, json, samples } from './support.ts';

const scan = join(samples, 'images', readdirSync(join(samples, 'images'))[0] ?? '');

describe('info', () => {
  it('describes a bundled scan', async () => {
    const result = await cli(['info', scan, '--json']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(json(result)).toMatchObject({
      kind: 'scan',
      path: scan,
      spacing: [1, 1, 1],
      orientation: 'RAS',
      nonFinite: 0,
      header: { format: 'NIfTI-1' },
    });
    const text = (await cli(['info', scan])).stdout;
    expect(text).toMatch(/^scan +\S/);
    expect(text).toMatch(/^spacing +1 × 1 × 1 mm$/m);
  });

  it('counts the labels of a label map', async () => {
    const label = scan.replace('images', 'labels');
    const { labels } = json(await cli(['info', label, '--json'])) as { labels: { value: number; voxels: number }[] };
    expect(labels.map(({ value }) => value)).toEqual([0, 1, 2]);
  });

  it('describes a data folder', async () => {
    const count = readdirSync(join(samples, 'images')).length;
    const result = await cli(['info', samples, '--json']);
    expect(json(result)).toMatchObject({ kind: 'dataset', layout: 'pairs', labelled: count, problems: [] });
    expect((json(result) as { cases: unknown[] }).cases).toHaveLength(count);
    expect((await cli(['info', samples])).stdout).toContain(`${count}, ${count} with labels`);
  });
});

describeWithSharedData('info on the odd NIfTI files', ['nifti_edge'], () => {
  it('asks which volume, and describes the one that is named', async () => {
    const path = join(sharedData('nifti_edge') ?? '', 'nibabel_example4d.nii.gz');
    const first = json(await cli(['info', path, '--json'])) as { header: { volumes: number }; findings: { code: string }[] };
    expect(first.header.volumes).toBeGreaterThan(1);
    expect(first.findings.map(({ code }) => code)).toContain('several-volumes');
    const second = json(await cli(['info', path, '--volume', '1', '--json'])) as { findings: { code: string }[] };
    expect(second.findings.map(({ code }) => code)).not.toContain('several-volumes');
  });
});
