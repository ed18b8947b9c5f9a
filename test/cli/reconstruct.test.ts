import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScan } from '../../core/imaging/index.ts';
import { cli, json } from './support.ts';
import { trainedRuns, type TrainedRuns } from './support-runs.ts';

let runs: TrainedRuns;
beforeAll(async () => {
  runs = await trainedRuns();
});
afterAll(() => runs.remove());

describe('reconstruct', () => {
  it('reconstructs a masked view', async () => {
    const out = join(runs.work, 'reconstruction');
    const scan = join(runs.data, 'images', readdirSync(join(runs.data, 'images'))[0] ?? '');
    const result = await cli([
      'reconstruct',
      scan,
      '--model',
      runs.pretrained,
      '--out',
      out,
      '--view',
      'global',
      '--mask-ratio',
      '0.5',
      '--center',
      '17',
      '25',
      '17',
      '--json',
    ]);
    expect(result.status).toBe(0);
    const { files, numbers } = json(result) as { files: Record<string, string>; numbers: Record<string, number> };
    expect(numbers['masked']).toBe(6);
    expect(numbers['patches']).toBe(12);
    const read = async (name: string) => (await readScan(files[name] ?? '')).volume;
    const [input, painted, error, mask] = [await read('input'), await read('reconstruction'), await read('error'), await read('mask')];
    let squares = 0;
    let masked = 0;
    mask.voxels.forEach((m, v) => {
      const difference = (painted.voxels[v] ?? 0) - (input.voxels[v] ?? 0);
      expect(Math.abs(error.voxels[v] ?? Number.NaN)).toBeCloseTo(Math.abs(difference), 5);
      if (m === 0) expect(difference).toBe(0);
      masked += m;
      squares += difference ** 2;
    });
    expect(squares / masked).toBeCloseTo(numbers['mse'] ?? Number.NaN, 4);
    expect(
      readFileSync(files['sheet'] ?? '')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    const outside = await cli(['reconstruct', scan, '--model', runs.pretrained, '--out', out, '--center', '99', '0', '0']);
    expect(outside.status).toBe(2);
  });
});
