import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import { dispose, memory, startBackend, tensor } from '../../core/compute/index.ts';
import {
  prepareScan,
  readScan,
  reorient,
  resample,
  sameGrid,
  toFirstFastest,
  voxelCount,
  writeNifti,
  type Triple,
  type Volume,
} from '../../core/imaging/index.ts';
import { segmentScan } from '../../core/inference/segment.ts';
import { slidingWindow } from '../../core/inference/sliding-window.ts';
import { labelsFromMasks } from '../../core/model/regions.ts';
import { closeModel, type SavedModel } from '../../core/model/saved-model.ts';
import { straight, turnedGeometry, volumeFrom } from '../imaging/support/volumes.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { balanced } from './support/balanced.ts';
import { probabilityVolumes } from './support/probability-volumes.ts';
import { randomModel } from './support/random-model.ts';

const options = { overlap: 0.25, blend: 'gaussian' } as const;
let work: string;

beforeAll(async () => {
  await startBackend();
  work = mkdtempSync(join(tmpdir(), 'tessera-segment-'));
}, 180_000);
afterAll(() => {
  rmSync(work, { recursive: true });
});

async function written(name: string, volume: Volume): Promise<string> {
  const path = join(work, name);
  await writeNifti(path, volume);
  return path;
}

async function using<T>(model: SavedModel, f: (model: SavedModel) => Promise<T>): Promise<T> {
  try {
    return await f(model);
  } finally {
    closeModel(model);
  }
}

/** Smooth blobs, so that a coarser grid still shows them. */
const blobs = (geometry: Volume['geometry']): Volume =>
  volumeFrom(geometry, (i, j, k) => 100 + 80 * Math.sin(i / 3) * Math.cos(j / 4) + 60 * Math.sin((j + k) / 5));

describeWithSharedData('one head in 12 orientations', ['nifti_edge/orientation'], () => {
  const path = (code: string): string => join(sharedData('nifti_edge/orientation') ?? '', `${code}.nii.gz`);
  const codes = ['RAS', 'LPS', 'LAS', 'ARS', 'ASL', 'IRP', 'LIA', 'PIR', 'PLI', 'RPI', 'SPL', 'SRA'];

  it('gets the same labels at the same places of the patient, each on its own grid', async () => {
    // Coarse, so that 12 heads take seconds.
    const model = randomModel({}, { spacing: [6, 6, 6] });
    await using(model, async () => {
      const labelsOf = async (code: string): Promise<Volume> => {
        const { volume } = await readScan(path(code));
        const { labels } = await segmentScan([path(code)], model, { ...options, overlap: 0 }, silentTask);
        expect(sameGrid(labels.geometry, volume.geometry, 1e-6)).toBe(true);
        expect(labels.voxels).toHaveLength(voxelCount(volume.geometry.dims));
        return reorient(labels, 'RAS').volume;
      };
      const reference = await labelsOf('RAS');
      expect(new Set(reference.voxels).size).toBeGreaterThan(1);
      for (const code of codes.slice(1)) {
        const other = await labelsOf(code);
        let different = 0;
        other.voxels.forEach((v, i) => (different += v === reference.voxels[i] ? 0 : 1));
        // Positions are float32 in the files: a voxel on a border may fall either way.
        expect(different / other.voxels.length, code).toBeLessThan(1e-3);
      }
    });
  });
});

describe('segmentation of a scan', () => {
  it('has the label values of the model on the grid of the scan, also resampled, cropped and turned', async () => {
    const geometry = turnedGeometry([21, 18, 15], [1.2, 0.9, 1.7], [0.4, -0.3, 1.1], [10, -20, 30]);
    // Air around the blobs, for the foreground box.
    const inside = (i: number, j: number, k: number): boolean => i > 3 && i < 17 && j > 2 && j < 15 && k > 1 && k < 13;
    const body = blobs(geometry);
    const volume = volumeFrom(geometry, (i, j, k) => (inside(i, j, k) ? (body.voxels[i + 21 * (j + 18 * k)] ?? 0) : -1000));
    const path = await written('turned.nii.gz', volume);
    const { volume: read } = await readScan(path);
    const intensity = { kind: 'window', low: -500, high: 300 };
    for (const preparation of [
      { intensity },
      { intensity, foreground: true },
      { intensity, foreground: true, spacing: [1.5, 1.5, 1.5] },
      { intensity, spacing: [0.8, 2, 1.1] },
    ])
      await using(randomModel({}, preparation), async (model) => {
        const before = memory();
        const { labels, ...maps } = await segmentScan([path], model, { ...options, probabilities: true }, silentTask);
        const probabilities = probabilityVolumes(maps.probabilities);
        expect(memory()).toEqual(before);
        expect(sameGrid(labels.geometry, read.geometry, 1e-6)).toBe(true);
        expect([...new Set(labels.voxels)].every((v) => [0, 3, 7].includes(v))).toBe(true);
        expect(new Set(labels.voxels).size).toBeGreaterThan(1);
        expect(probabilities).toHaveLength(3);
        let wrong = 0;
        labels.voxels.forEach((label, v) => {
          const p = probabilities.map(({ voxels }) => voxels[v] ?? Number.NaN);
          const sum = p.reduce((a, b) => a + b, 0);
          const at = [0, 3, 7].indexOf(label);
          if (!(Math.abs(sum - 1) < 1e-5) || !p.every((q) => q >= 0 && q <= (p[at] ?? 0))) wrong++;
          const [i, j, k] = [v % 21, Math.floor(v / 21) % 18, Math.floor(v / (21 * 18))];
          // What lies well outside the body was cut away: background for certain.
          const far = i < 2 || i > 19 || j < 1 || j > 16 || k < 1 || k > 13;
          if (preparation.foreground === true && far && (label !== 0 || p[0] !== 1)) wrong++;
        });
        expect(wrong, JSON.stringify(preparation)).toBe(0);
        expect((await segmentScan([path], model, options, silentTask)).labels.voxels).toEqual(labels.voxels);
      });
  });

  it('interpolates where the prepared grid has the same spacings in another order', async () => {
    // Spacing 2 x 1 x 1 mm along R, A, S, prepared with 1 x 1 x 2: no axis keeps its voxels.
    const path = await written('anisotropic.nii.gz', blobs(straight([12, 24, 24], [2, 1, 1])));
    await using(randomModel({}, { spacing: [1, 1, 2] }), async (model) => {
      const { probabilities } = await segmentScan([path], model, { ...options, probabilities: true }, silentTask);
      const p = probabilityVolumes(probabilities)[1]?.voxels ?? [];
      // Nearest voxels would repeat every slice along S.
      let repeated = 0;
      for (let k = 1; k < 23; k++) {
        const slice = (s: number): string => [...p.slice(s * 288, (s + 1) * 288)].join();
        if (slice(k) === slice(k - 1)) repeated++;
      }
      expect(repeated).toBe(0);
    });
  });

  it('takes label values above 255', async () => {
    const path = await written('small.nii.gz', blobs(straight([16, 16, 16])));
    await using(randomModel({}, {}, [0, 300, 1000]), async (model) => {
      const { labels } = await segmentScan([path], model, options, silentTask);
      expect([...new Set(labels.voxels)].every((v) => [0, 300, 1000].includes(v))).toBe(true);
      expect(Math.max(...labels.voxels)).toBeGreaterThan(255);
    });
  });

  it('segments a constant scan, one smaller than a patch, and one of a single slice', async () => {
    await using(randomModel(), async (model) => {
      for (const dims of [
        [16, 16, 16],
        [3, 2, 5],
        [20, 20, 1],
      ] satisfies Triple[]) {
        const path = await written(
          `${dims.join('-')}.nii.gz`,
          volumeFrom(straight(dims), () => 7),
        );
        const { labels } = await segmentScan([path], model, options, silentTask);
        expect(labels.voxels).toHaveLength(voxelCount(dims));
      }
    });
  });

  it('interpolates logits as resampling one class after the other does, and decides then', async () => {
    // Air behind the blobs in every direction, so that a box is cut out and some windows are empty.
    const ball = (geometry: Volume['geometry']): Volume => {
      const inside = blobs(geometry);
      const [nx, ny, nz] = geometry.dims;
      return volumeFrom(geometry, (i, j, k) =>
        Math.hypot(i / nx - 0.5, j / ny - 0.5, k / nz - 0.5) < 0.35 ? (inside.voxels[i + nx * (j + ny * k)] ?? 0) + 200 : -1000,
      );
    };
    const intensity = { kind: 'window', low: -500, high: 300 };
    const grids = [
      straight([23, 20, 19], [1.1, 0.9, 2]),
      turnedGeometry([23, 20, 19], [1, 1, 1], [0.5, -0.2, 0.3], [3, 4, 5]),
      turnedGeometry([20, 24, 17], [0.8, 1.3, 1.7], [0, 0, 1.5], [3, 4, 5]),
      turnedGeometry([19, 21, 22], [1, 1, 1], [1.2, 0.9, -0.7], [0, 0, 0]),
    ];
    for (const geometry of grids) {
      const path = await written('ball.nii.gz', ball(geometry));
      const { volume } = await readScan(path);
      for (const preparation of [
        { intensity, foreground: true },
        { intensity, foreground: false, spacing: [1.4, 1, 1.2] },
      ])
        await using(randomModel({}, preparation), async (model) => {
          const scan = prepareScan([volume], model.document.preparation);
          const settings = { ...options, skipEmpty: false };
          const logits = await slidingWindow(scan, model, settings, silentTask, 'test');
          const classes = [0, 1, 2].map((c) => {
            const last = Float32Array.from({ length: logits.length / 3 }, (_, v) => logits[3 * v + c] ?? NaN);
            const voxels = toFirstFastest(last, scan.dims, new Float32Array(last.length));
            return resample({ geometry: scan.geometry, voxels, slope: 1, intercept: 0 }, volume.geometry, 'linear').voxels;
          });
          const ones = { geometry: scan.geometry, voxels: new Uint8Array(logits.length / 3).fill(1), slope: 1, intercept: 0 };
          const inside = resample(ones, volume.geometry, 'nearest', { constant: 0 }).voxels;
          const { labels, ...maps } = await segmentScan([path], model, { ...settings, probabilities: true, entropy: true }, silentTask);
          expect((await segmentScan([path], model, settings, silentTask)).labels.voxels).toEqual(labels.voxels);
          const probabilities = probabilityVolumes(maps.probabilities);
          let [wrong, worst, worstEntropy] = [0, 0, 0];
          labels.voxels.forEach((label, v) => {
            const z = classes.map((values) => values[v] ?? NaN);
            const expected = inside[v] === 1 ? [0, 3, 7][z.indexOf(Math.max(...z))] : 0;
            const sorted = [...z].sort((a, b) => b - a);
            if (label !== expected && !((sorted[0] ?? 0) - (sorted[1] ?? 0) < 1e-5)) wrong++;
            const sum = z.reduce((total, x) => total + Math.exp(x), 0);
            const p = inside[v] === 1 ? z.map((x) => Math.exp(x) / sum) : [1, 0, 0];
            p.forEach((q, c) => (worst = Math.max(worst, Math.abs((probabilities[c]?.voxels[v] ?? NaN) - q))));
            const entropy = p.reduce((total, q) => total - (q > 0 ? q * Math.log(q) : 0), 0) / Math.log(3);
            const written = (maps.entropy?.voxels[v] ?? NaN) * (maps.entropy?.slope ?? NaN);
            worstEntropy = Math.max(worstEntropy, Math.abs(written - entropy));
          });
          expect(wrong).toBe(0);
          expect(worst).toBeLessThan(1e-5);
          expect(worstEntropy).toBeLessThan(2e-5);
        });
    }
  });

  it('writes overlapping regions one over the other', async () => {
    const regions = [
      { name: 'whole', values: [1, 2, 3], writes: 1 },
      { name: 'core', values: [2, 3], writes: 2 },
      { name: 'enhancing', values: [3], writes: 3 },
    ];
    const geometry = turnedGeometry([23, 20, 19], [1, 1, 1], [0.5, -0.2, 0.3], [3, 4, 5]);
    const path = await written('regions.nii.gz', blobs(geometry));
    const { volume } = await readScan(path);
    await using(randomModel({}, { spacing: [1.4, 1, 1.2] }, [0, 1, 2, 3], regions), async (random) => {
      const scan = prepareScan([volume], random.document.preparation);
      const model = await balanced(random, path);
      const logits = await slidingWindow(scan, model, options, silentTask, 'test');
      const onGrid = regions.map((_, r) => {
        const last = Float32Array.from({ length: logits.length / 3 }, (__, v) => logits[3 * v + r] ?? NaN);
        const voxels = toFirstFastest(last, scan.dims, new Float32Array(last.length));
        return resample({ geometry: scan.geometry, voxels, slope: 1, intercept: 0 }, volume.geometry, 'linear').voxels;
      });
      const outside = resample(
        { geometry: scan.geometry, voxels: new Uint8Array(logits.length / 3).fill(1), slope: 1, intercept: 0 },
        volume.geometry,
        'nearest',
        { constant: 0 },
      ).voxels.map((inside) => 1 - inside);
      const masks = onGrid.map((z) => Array.from(z, (value, v) => (value > 0 && outside[v] === 0 ? 1 : 0)));
      const expected = labelsFromMasks(masks, regions);
      const { labels, ...maps } = await segmentScan([path], model, { ...options, probabilities: true, entropy: true }, silentTask);
      const probabilities = probabilityVolumes(maps.probabilities);
      expect(new Set(labels.voxels).size).toBeGreaterThan(2);
      let [wrong, worst, worstEntropy] = [0, 0, 0];
      labels.voxels.forEach((label, v) => {
        if (label !== expected[v] && onGrid.every((z) => Math.abs(z[v] ?? 0) > 1e-5)) wrong++;
        const p = onGrid.map((z) => (outside[v] === 1 ? 0 : 1 / (1 + Math.exp(-(z[v] ?? NaN)))));
        p.forEach((q, r) => (worst = Math.max(worst, Math.abs((probabilities[r]?.voxels[v] ?? NaN) - q))));
        const bits = p.reduce((sum, q) => sum - (q === 0 ? 0 : q * Math.log2(q) + (1 - q) * Math.log2(1 - q)), 0);
        worstEntropy = Math.max(worstEntropy, Math.abs((maps.entropy?.voxels[v] ?? NaN) * (maps.entropy?.slope ?? NaN) - bits / 3));
      });
      expect([wrong, worst < 1e-5, worstEntropy < 2e-5]).toEqual([0, true, true]);
      dispose(model.parameters.get('out.conv.conv.bias'));
    });
  });

  it('is background where only empty windows lie, and the same elsewhere as without leaving them out', async () => {
    // A bar along the first axis; the windows of 16 beyond voxel 20 or so along the second hold air only.
    const geometry = straight([40, 60, 16]);
    const bar = blobs(geometry);
    const volume = volumeFrom(geometry, (i, j, k) => (j < 14 ? (bar.voxels[i + 40 * (j + 60 * k)] ?? 0) + 300 : -1000));
    const path = await written('bar.nii.gz', volume);
    await using(randomModel({}, { intensity: { kind: 'window', low: -500, high: 500 } }), async (model) => {
      const run = async (skipEmpty: boolean) => {
        let windows = 0;
        const task = { ...silentTask, progress: () => windows++ };
        const result = await segmentScan([path], model, { ...options, overlap: 0.5, skipEmpty, probabilities: true }, task);
        return { labels: result.labels.voxels, p: probabilityVolumes(result.probabilities), windows };
      };
      const [all, some] = [await run(false), await run(true)];
      expect(some.windows).toBe(all.windows);
      let elsewhere = 0;
      some.labels.forEach((label, v) => {
        const j = Math.floor(v / 40) % 60;
        // The scan is turned to RAS before: windows start at 0, 8, … from the posterior end, which is the last j.
        if (j < 14) {
          expect(label).toBe(all.labels[v]);
          elsewhere++;
        }
        if (j > 32) expect([label, some.p[0]?.voxels[v]]).toEqual([0, 1]);
      });
      expect(elsewhere).toBeGreaterThan(0);
      expect(all.p[0]?.voxels).not.toEqual(some.p[0]?.voxels);
    });
  });

  it('takes voxels that are no numbers as 0 and says so; a scan of nothing else is refused', async () => {
    const geometry = straight([16, 16, 16]);
    const good = blobs(geometry);
    const bad = {
      ...good,
      voxels: Float32Array.from(good.voxels, (x, v) => (v % 100 === 0 ? ([NaN, Infinity, -Infinity][v % 3] ?? 0) : x)),
    };
    const zeros = { ...good, voxels: Float32Array.from(good.voxels, (x, v) => (v % 100 === 0 ? 0 : x)) };
    const [a, b] = [await written('nan.nii.gz', bad), await written('zero.nii.gz', zeros)];
    const c = await written('nothing.nii.gz', { ...good, voxels: new Float32Array(4096).fill(NaN) });
    await using(randomModel(), async (model) => {
      const [fromNaN, fromZeros] = [await segmentScan([a], model, options, silentTask), await segmentScan([b], model, options, silentTask)];
      expect(fromNaN.labels.voxels).toEqual(fromZeros.labels.voxels);
      expect(fromZeros.findings).toEqual([]);
      expect(fromNaN.findings).toMatchObject([{ code: 'non-finite-voxels', message: expect.stringContaining('41 of 4096') }]);
      await expect(segmentScan([c], model, options, silentTask)).rejects.toMatchObject({ code: 'bad-file', subject: c });
    });
  });

  it('refuses a model whose weights are damaged, instead of calling everything background', async () => {
    const path = await written('plain.nii.gz', blobs(straight([16, 16, 16])));
    await using(randomModel(), async (model) => {
      const name = 'out.conv.conv.bias';
      const before = model.parameters.get(name);
      const broken = new Map([...model.parameters, [name, tensor([0, NaN, 0], [3])]]);
      await expect(segmentScan([path], { ...model, parameters: broken }, options, silentTask)).rejects.toMatchObject({
        code: 'not-finite',
      });
      expect(before).toBeDefined();
      dispose(broken.get(name));
    });
  });

  it('wants the channels of the model, on one grid', async () => {
    const [a, b] = [await written('a.nii.gz', blobs(straight([16, 16, 16]))), await written('b.nii.gz', blobs(straight([16, 16, 15])))];
    await using(randomModel({ channels: 2 }), async (model) => {
      await expect(segmentScan([a], model, options, silentTask)).rejects.toMatchObject({ code: 'bad-model', subject: a });
      await expect(segmentScan([a, b], model, options, silentTask)).rejects.toMatchObject({ code: 'grid-mismatch', subject: b });
      const random = seededRandom(2);
      const c = await written(
        'c.nii.gz',
        volumeFrom(straight([16, 16, 16]), () => random.next()),
      );
      const [first, second] = [
        await segmentScan([a, c], model, options, silentTask),
        await segmentScan([c, a], model, options, silentTask),
      ];
      expect(first.labels.voxels).not.toEqual(second.labels.voxels);
    });
  });
});
