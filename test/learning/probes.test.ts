import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import { memory, startBackend, type Backend } from '../../core/compute/index.ts';
import { pretrain, resumePretrain, type PretrainOptions } from '../../core/learning/index.ts';
import { predictByNeighbours } from '../../core/learning/knn-probe.ts';
import { addSums, fitLinearProbe, predictLinear, regressionSums, type LabelledFeatures } from '../../core/learning/linear-probe.ts';
import { OUTSIDE, patchLabels } from '../../core/learning/patch-labels.ts';
import { PatchScores } from '../../core/learning/patch-scores.ts';
import { Probe, probeBoxes } from '../../core/learning/probe.ts';
import { writeNifti } from '../../core/imaging/index.ts';
import { straight, volumeFrom } from '../imaging/support/volumes.ts';
import { checkpointBytes, recorded, smallData, temporary, tinyPretraining } from './support/tiny.ts';

const random = seededRandom(11);

/** Rows whose first features tell the class and whose others are noise, on very different scales. */
function made(rows: number, width: number, classes: number, noise: number): LabelledFeatures {
  const labels = Uint8Array.from({ length: rows }, () => random.integer(0, classes - 1));
  const features = Float32Array.from({ length: rows * width }, (_, at) => {
    const [row, i] = [Math.floor(at / width), at % width];
    const signal = i < classes && labels[row] === i ? 1 : 0;
    return 10 ** (i % 3) * (signal + noise * random.normal()) + 5;
  });
  return { features, labels, width };
}

const accuracy = (labels: Uint8Array, predicted: Uint8Array): number =>
  labels.filter((label, i) => label === predicted[i]).length / labels.length;

describe('the linear probe', () => {
  it('draws the line half way between two classes of one spread, and learns what can be told', () => {
    // In one dimension, equal shares: w = (μ1 − μ0) / (s² (1 + ρ)), and both scores are alike at the middle.
    const line = { features: Float32Array.of(0, 2, 10, 12), labels: Uint8Array.of(0, 0, 1, 1), width: 1 };
    const { weights, bias } = fitLinearProbe(regressionSums(line, 2));
    expect((weights[1] ?? 0) - (weights[0] ?? 0)).toBeCloseTo(10 / 1.001, 9);
    expect(6 * ((weights[1] ?? 0) - (weights[0] ?? 0)) + (bias[1] ?? 0) - (bias[0] ?? 0)).toBeCloseTo(0, 9);
    // Nine to one: the line moves by ½ ln 9 towards the rarer class, in units of w.
    const rare = {
      features: Float32Array.from([...Array.from({ length: 9 }, () => [0, 2]).flat(), 10, 12]),
      labels: new Uint8Array(20).fill(1, 18),
      width: 1,
    };
    const moved = fitLinearProbe(regressionSums(rare, 2));
    const difference = (x: number): number =>
      x * ((moved.weights[1] ?? 0) - (moved.weights[0] ?? 0)) + (moved.bias[1] ?? 0) - (moved.bias[0] ?? 0);
    expect(difference(6)).toBeCloseTo(-0.5 * Math.log(9), 9);

    const [known, asked] = [made(600, 12, 3, 0.2), made(300, 12, 3, 0.2)];
    const probe = fitLinearProbe(regressionSums(known, 3));
    expect(accuracy(asked.labels, predictLinear(probe, asked.features))).toBeGreaterThan(0.95);
  });

  it('takes sums of several sets as those of their union, and bears features that do not vary', () => {
    const [a, b] = [made(50, 6, 2, 0.3), made(70, 6, 2, 0.3)];
    for (const part of [a, b]) for (let row = 0; row < part.labels.length; row++) part.features[row * 6 + 5] = 7;
    const both = {
      features: Float32Array.from([...a.features, ...b.features]),
      labels: Uint8Array.from([...a.labels, ...b.labels]),
      width: 6,
    };
    const together = fitLinearProbe(regressionSums(both, 2));
    const added = fitLinearProbe(addSums([regressionSums(a, 2), regressionSums(b, 2)], 6, 2));
    expect([...together.weights].every(Number.isFinite)).toBe(true);
    added.weights.forEach((weight, i) => expect(weight).toBeCloseTo(together.weights[i] ?? Number.NaN, 8));
  });
});

describe('the k-NN probe', () => {
  it('answers by the nearest in angle, whatever the length', () => {
    const known: LabelledFeatures = {
      features: Float32Array.from(
        [...Array.from({ length: 30 }, (_, i) => [1 + i, 0.1]), ...Array.from({ length: 30 }, (_, i) => [0.1, 1 + i])].flat(),
      ),
      labels: Uint8Array.from({ length: 60 }, (_, i) => (i < 30 ? 1 : 2)),
      width: 2,
    };
    expect([...predictByNeighbours(known, Float32Array.of(100, 1, 0.01, 0.5, 5, 4), 3)]).toEqual([1, 2, 1]);
  });

  it('counts twenty and no more, the first of several that are as near', () => {
    const labels = Uint8Array.from({ length: 50 }, (_, i) => (i < 20 ? 1 : 0));
    const known = { features: new Float32Array(50).fill(1), labels, width: 1 };
    expect([...predictByNeighbours(known, Float32Array.of(1), 2)]).toEqual([1]);
    expect([...predictByNeighbours({ ...known, labels: labels.toReversed() }, Float32Array.of(1), 2)]).toEqual([0]);
  });
});

describe('patches of a probe', () => {
  it('have the label that most of their voxels have', () => {
    const dims = [4, 4, 4] as const;
    const labels = new Uint8Array(64);
    for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) for (let k = 0; k < 2; k++) labels[(i * 4 + j) * 4 + k + 2] = 2;
    labels[63] = 1;
    const whole = { corner: [0, 0, 0], size: dims } as const;
    expect([...patchLabels(labels, dims, whole, [2, 2, 2], 3)]).toEqual([0, 2, 0, 0, 0, 0, 0, 0]);
    expect([...patchLabels(labels, dims, whole, [1, 1, 1], 3)]).toEqual([0]);
    // More patches than voxels: each has the voxel that it lies in.
    expect([...patchLabels(labels, dims, { corner: [3, 3, 2], size: [1, 1, 2] }, [1, 1, 4], 3)]).toEqual([0, 0, 1, 1]);
    const beyond = { corner: [-2, 0, 0], size: [8, 4, 4] } as const;
    expect([...patchLabels(labels, dims, beyond, [4, 1, 1], 3)]).toEqual([OUTSIDE, 0, 0, OUTSIDE]);
  });

  it('cover the scan', () => {
    for (const crop of [undefined, [4, 4, 4] as const]) {
      const boxes = probeBoxes([7, 8, 5], crop);
      expect(boxes).toHaveLength(8);
      const seen = new Set<string>();
      for (const { corner, size } of boxes)
        for (let i = 0; i < size[0]; i++)
          for (let j = 0; j < size[1]; j++)
            for (let k = 0; k < size[2]; k++) seen.add(`${corner[0] + i},${corner[1] + j},${corner[2] + k}`);
      expect(seen.size).toBe(7 * 8 * 5);
    }
    expect(probeBoxes([3, 8, 3], [5, 4, 4])).toHaveLength(2);
  });

  it('are scored by scan and class', () => {
    const scores = new PatchScores(['background', 'a', 'b']);
    scores.add(Uint8Array.of(0, 0, 1, 1), Uint8Array.of(0, 1, 1, 0)); // Dice of a: 2·1 / (2 + 2)
    scores.add(Uint8Array.of(0, 1, 2, 2), Uint8Array.of(0, 1, 2, 0)); // a: 1; b: 2·1 / (2 + 1)
    expect(scores.metrics('knn')).toEqual({
      knnPatchAccuracy: 5 / 8,
      'knn patch dice a': 0.75,
      'knn patch dice b': 2 / 3,
      knnPatchDice: (0.75 + 2 / 3) / 2,
    });
    expect(scores.backgroundShare()).toBe(3 / 8);
  });
});

describe('a run with a probe', () => {
  let backend: Backend;
  let work: string;
  let data: string;
  beforeAll(async () => {
    backend = await startBackend();
    data = smallData(4);
    work = temporary();
  }, 180_000);
  afterAll(() => {
    for (const folder of [data, work]) rmSync(folder, { recursive: true });
  });
  const options = (name: string, changes: Readonly<Record<string, unknown>> = {}): PretrainOptions => ({
    data,
    out: join(work, name),
    settings: tinyPretraining({ probeEvery: 2, ...changes }),
    seed: 3,
    backend,
    probeData: data,
  });

  it('finds what features tell', async () => {
    const boxes = await brightBoxes(3);
    const probe = await Probe.open(boxes, tinyPretraining(), 1);
    // What is labelled is bright, which the mean of a patch tells; constant features tell nothing.
    const telling = await probe.run((patches, grid) => Promise.resolve(descriptors(patches, grid[0] * grid[1] * grid[2])), silentTask);
    rmSync(boxes, { recursive: true });
    const mute = await probe.run((_, grid) => Promise.resolve(new Float32Array(4 * grid[0] * grid[1] * grid[2]).fill(1)), silentTask);
    expect(mute).toMatchObject({ linearPatchAccuracy: mute['patchBackground'], linearPatchDice: 0 });
    expect(Number(mute['knnPatchDice'])).toBeLessThan(0.5);
    expect(Number(telling['linearPatchDice'])).toBeGreaterThan(0.9);
    expect(Number(telling['knnPatchDice'])).toBeGreaterThan(0.6);
  });

  it('is scored before the first step, every few epochs and at the end, and learns the same as without', async () => {
    const before = memory();
    const probed = options('probed', { epochs: 5 });
    await pretrain(probed, silentTask);
    const lines = (await recorded(probed.out)).filter((line) => line['event'] === 'probe');
    expect(lines.map((line) => [line['step'], line['epoch']])).toEqual([
      [0, 0],
      [4, 2],
      [8, 4],
      [10, 5],
    ]);
    for (const line of lines)
      for (const name of ['linearPatchAccuracy', 'linearPatchDice', 'knnPatchAccuracy', 'knnPatchDice', 'patchBackground']) {
        expect(line[name], name).toBeGreaterThanOrEqual(0);
        expect(line[name], name).toBeLessThanOrEqual(1);
      }
    const document = JSON.parse(readFileSync(join(probed.out, 'run.json'), 'utf8')) as { extra: { probe: unknown } };
    expect(document.extra.probe).toMatchObject({ folder: data, labels: 'read for the probe, never learned from' });

    await pretrain({ data, out: join(work, 'without'), settings: probed.settings, seed: probed.seed, backend }, silentTask);
    expect(checkpointBytes(probed.out, 10).equals(checkpointBytes(join(work, 'without'), 10))).toBe(true);

    const parts = { ...probed, out: join(work, 'parts') };
    await pretrain({ ...parts, stopAfter: 5 }, silentTask);
    await resumePretrain(parts.out, silentTask);
    expect(await recorded(parts.out)).toEqual(await recorded(probed.out));
    expect(memory()).toEqual(before);
  });

  it.each([
    ['mae', { method: 'mae', cropSize: [16, 24, 16] }],
    ['simmim', { method: 'simmim', cropSize: [16, 24, 16] }],
  ])('is scored on crops with %s', async (name, changes) => {
    const o = options(name, { ...changes, crops: 2, epochs: 1 });
    await pretrain(o, silentTask);
    expect((await recorded(o.out)).filter((line) => line['event'] === 'probe')).toHaveLength(2);
  });

  it('needs two labelled scans', async () => {
    const one = smallData(1);
    await expect(pretrain({ ...options('one'), probeData: one }, silentTask)).rejects.toMatchObject({ code: 'no-data', subject: one });
    rmSync(one, { recursive: true });
  });
});

/** Scans of noise with a bright box, and label maps of it. */
async function brightBoxes(cases: number): Promise<string> {
  const folder = temporary();
  for (const part of ['images', 'labels']) mkdirSync(join(folder, part));
  for (let c = 0; c < cases; c++) {
    const geometry = straight([32, 32, 32]);
    const inside = (...place: number[]): boolean => place.every((x) => x >= 8 + 4 * c && x < 20 + 4 * c);
    await writeNifti(
      join(folder, 'images', `box_${c}.nii.gz`),
      volumeFrom(geometry, (i, j, k) => (inside(i, j, k) ? 100 : 50) + 5 * random.normal()),
    );
    await writeNifti(
      join(folder, 'labels', `box_${c}.nii.gz`),
      volumeFrom(geometry, (i, j, k) => (inside(i, j, k) ? 1 : 0)),
    );
  }
  return folder;
}

/** Mean, deviation, lowest and highest value of each patch. */
function descriptors(patches: Float32Array, n: number): Float32Array {
  const length = patches.length / n;
  const out = new Float32Array(4 * n);
  for (let p = 0; p < n; p++) {
    const values = patches.subarray(p * length, (p + 1) * length);
    const mean = values.reduce((a, b) => a + b, 0) / length;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / length);
    out.set([mean, deviation, Math.min(...values), Math.max(...values)], 4 * p);
  }
  return out;
}
