import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { readScan, sameGrid } from '../../core/imaging/index.ts';
import { cli, errorOf, json, samples } from './support.ts';
import { trainedRuns, type TrainedRuns } from './support-runs.ts';

let runs: TrainedRuns;
beforeAll(async () => {
  runs = await trainedRuns();
});
afterAll(() => runs.remove());

describe('segment and evaluate', () => {
  it('labels scans on their own grid, and evaluates them', async () => {
    const out = join(runs.work, 'labels');
    const segmented = await cli([
      'segment',
      join(runs.data, 'images'),
      '--model',
      runs.finetuned,
      '--out',
      out,
      '--probabilities',
      '--json',
    ]);
    expect(segmented.status).toBe(0);
    const { outputs, failed } = json(segmented) as {
      outputs: { scan: string; labels: string; probabilities: string; segments: { value: number; name: string; ml: number }[] }[];
      failed: unknown[];
    };
    expect(failed).toEqual([]);
    expect(outputs).toHaveLength(3);
    for (const { scan, labels, probabilities, segments } of outputs) {
      const [image, label] = [await readScan(scan), await readScan(labels)];
      expect(sameGrid(image.volume.geometry, label.volume.geometry, 1e-4)).toBe(true);
      const counts = segments.map(({ value }) => [...label.volume.voxels].filter((v) => v === value).length);
      // 1 mm³ a voxel.
      segments.forEach(({ ml }, i) => expect(ml).toBeCloseTo((counts[i] ?? 0) / 1000, 6));
      const { dims } = image.volume.geometry;
      const file = await readSafetensors(probabilities);
      expect(file.shapeOf('probabilities')).toEqual([3, ...dims]);
      const p = await file.float32('probabilities');
      await file.close();
      const n = dims[0] * dims[1] * dims[2];
      let wrong = 0;
      for (let i = 0; i < dims[0]; i++)
        for (let j = 0; j < dims[1]; j++)
          for (let k = 0; k < dims[2]; k++) {
            const at = (i * dims[1] + j) * dims[2] + k;
            const all = [0, 1, 2].map((c) => p[c * n + at] ?? Number.NaN);
            const best = all.indexOf(Math.max(...all));
            const sum = all.reduce((a, b) => a + b, 0);
            if (Math.abs(sum - 1) > 1e-5 || label.volume.voxels[i + dims[0] * (j + dims[1] * k)] !== best) wrong++;
          }
      expect(wrong).toBe(0);
    }
    const evaluated = await cli(['evaluate', '--reference', runs.data, '--prediction', out, '--json']);
    expect(evaluated.status).toBe(0);
    expect(json(evaluated)).toMatchObject({ schema: 'tessera-evaluation/1', withoutPrediction: [], withoutReference: [] });
    expect((json(evaluated) as { cases: unknown[] }).cases).toHaveLength(3);
  });

  it('goes on with the other scans when one is damaged, and exits with 1', async () => {
    const out = join(runs.work, 'labels-of-two');
    const good = join(samples, 'images', readdirSync(join(samples, 'images'))[0] ?? '');
    const cut = join(runs.work, 'cut-short.nii.gz');
    writeFileSync(cut, readFileSync(good).subarray(0, 5000));
    const result = await cli(['segment', cut, good, '--model', join(runs.finetuned, 'model'), '--out', out, '--json']);
    expect(result.status).toBe(1);
    const { outputs, failed } = json(result) as { outputs: { scan: string }[]; failed: { scan: string; error: { code: string } }[] };
    expect(outputs.map(({ scan }) => scan)).toEqual([good]);
    expect(failed).toMatchObject([{ scan: cut, error: { code: 'bad-file', subject: cut } }]);
    expect(result.stderr).toContain(`tessera: ${cut}: `);
    expect(readdirSync(out)).toHaveLength(1);
    const alone = await cli(['segment', cut, '--model', runs.finetuned, '--out', join(runs.work, 'nothing'), '--json']);
    expect(alone.status).toBe(1);
    expect(errorOf(alone)).toMatchObject({ code: 'bad-file', subject: cut });
    expect(existsSync(join(runs.work, 'nothing'))).toBe(false);
  });

  it.each([
    ['weights.safetensors cut short', (path: string) => truncateSync(path, 20_000), 'weights.safetensors'],
    ['weights.safetensors missing', (path: string) => rmSync(path), 'weights.safetensors'],
  ])('names the file of a model with %s', async (_what, damage, file) => {
    const model = mkdtempSync(join(runs.work, 'damaged-'));
    cpSync(join(runs.finetuned, 'model'), model, { recursive: true });
    damage(join(model, file));
    for (const verb of [
      ['segment', join(runs.data, 'images'), '--model', model, '--out', join(model, 'out')],
      ['info', model],
    ]) {
      const result = await cli([...verb, '--json']);
      expect(result.status).toBe(1);
      expect(errorOf(result)).toMatchObject({ code: 'bad-model', subject: join(model, file) });
      expect(existsSync(join(model, 'out'))).toBe(false);
    }
  });

  it('never overwrites the scan itself', async () => {
    const result = await cli([
      'segment',
      join(runs.data, 'images'),
      '--model',
      runs.finetuned,
      '--out',
      join(runs.data, 'images'),
      '--json',
    ]);
    expect(result.status).toBe(2);
    expect(errorOf(result).subject).toBe('--out');
  });
});
