import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../core/compute/index.ts';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { connectedComponents, readScan, type Volume } from '../../core/imaging/index.ts';
import { closeModel, saveModel } from '../../core/model/saved-model.ts';
import { balanced } from '../inference/support/balanced.ts';
import { randomModel } from '../inference/support/random-model.ts';
import { cli, errorOf, json, samples, temporaryFolder } from './support.ts';

interface Output {
  readonly labels: string;
  readonly entropy?: string;
  readonly probabilities?: string;
  readonly removed: readonly { label: number; components: number; ml: number }[];
  readonly segments: readonly { value: number; ml: number }[];
}

const scan = join(samples, 'images', 'hippocampus_020.nii.gz');
let work: string;
let model: string;

beforeAll(async () => {
  await startBackend();
  work = temporaryFolder();
  model = join(work, 'model');
  const random = randomModel();
  await saveModel(model, random.document, (await balanced(random, scan)).parameters);
  closeModel(random);
}, 180_000);
afterAll(() => {
  rmSync(work, { recursive: true });
});

async function segment(out: string, ...options: string[]): Promise<{ output: Output; labels: Volume }> {
  const result = await cli(['segment', scan, '--model', model, '--out', join(work, out), ...options, '--json']);
  expect(result.stderr).not.toContain('error');
  const [output] = (json(result) as unknown as { outputs: Output[] }).outputs;
  if (output === undefined) throw new Error(result.stderr);
  return { output, labels: (await readScan(output.labels)).volume };
}

describe('options of segment', () => {
  it('writes entropy that belongs to the probabilities', async () => {
    const { output } = await segment('entropy', '--entropy', '--probabilities');
    expect(output.entropy).toBe(join(work, 'entropy', 'hippocampus_020.entropy.nii.gz'));
    const { volume } = await readScan(output.entropy ?? '');
    const file = await readSafetensors(output.probabilities ?? '');
    const p = await file.float32('probabilities');
    const [classes = 0, nx = 0, ny = 0, nz = 0] = file.shapeOf('probabilities') ?? [];
    await file.close();
    expect([nx, ny, nz]).toEqual(volume.geometry.dims);
    let worst = 0;
    for (let i = 0; i < nx; i++)
      for (let j = 0; j < ny; j++)
        for (let k = 0; k < nz; k++) {
          let entropy = 0;
          for (let c = 0; c < classes; c++) {
            const q = p[((c * nx + i) * ny + j) * nz + k] ?? NaN;
            entropy -= q > 0 ? (q * Math.log(q)) / Math.log(classes) : 0;
          }
          worst = Math.max(worst, Math.abs((volume.voxels[i + nx * (j + ny * k)] ?? NaN) * volume.slope - entropy));
        }
    expect(worst).toBeLessThan(2e-5);
  });

  it('keeps the largest component of a label, by value, by name, or of all', async () => {
    // Windows side by side leave the random network's labels in pieces.
    const apart = ['--overlap', '0', '--connectivity', '6'];
    const plain = await segment('apart', ...apart);
    expect(plain.output.removed).toEqual([]);
    const dims = plain.labels.geometry.dims;
    const pieces = (volume: Volume, value: number): number =>
      connectedComponents(
        Uint8Array.from(volume.voxels, (v) => (v === value ? 1 : 0)),
        dims,
        6,
      ).label.length;
    const values = [3, 7].filter((value) => pieces(plain.labels, value) > 1);
    expect(values.length).toBeGreaterThan(0);
    const [value = 0] = values;
    for (const wanted of [String(value), `structure ${value}`]) {
      const { output, labels } = await segment(`largest ${wanted}`, '--keep-largest', wanted, ...apart);
      expect(pieces(labels, value)).toBe(1);
      expect(output.removed).toMatchObject([{ label: value, components: pieces(plain.labels, value) - 1 }]);
      const ml = (o: Output): number => o.segments.find((s) => s.value === value)?.ml ?? NaN;
      expect(ml(output)).toBeCloseTo(ml(plain.output) - (output.removed[0]?.ml ?? NaN), 6);
    }
    const { labels } = await segment('largest all', '--keep-largest', 'all', ...apart);
    for (const v of values) expect(pieces(labels, v)).toBe(1);
    const large = await segment('none', '--remove-smaller-than', '100000', ...apart);
    expect(new Set(large.labels.voxels)).toEqual(new Set([0]));
  });

  it('mirrors: another map, with the same labels', async () => {
    const [plain, mirrored] = [await segment('plain'), await segment('mirrored', '--mirror', '--overlap', '0')];
    expect(mirrored.labels.voxels).not.toEqual(plain.labels.voxels);
    expect([...new Set(mirrored.labels.voxels)].every((v) => [0, 3, 7].includes(v))).toBe(true);
  });

  it.each([
    [['--keep-largest', 'liver'], 'bad-setting'],
    [['--connectivity', '7'], 'usage'],
    [['--remove-smaller-than', '-1'], 'usage'],
  ])('refuses %j', async (options, code) => {
    const out = join(work, 'refused');
    const result = await cli(['segment', scan, '--model', model, '--out', out, ...options, '--json']);
    expect(result.status).not.toBe(0);
    expect(errorOf(result).code).toBe(code);
    expect(existsSync(out)).toBe(false);
  });
});
