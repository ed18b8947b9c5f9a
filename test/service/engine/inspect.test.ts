import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memory, startBackend } from '../../../core/compute/index.ts';
import {
  indexIJK,
  indexToPoint,
  pointLPS,
  pointToIndex,
  readScan,
  resampleLabels,
  type Triple,
  type Volume,
} from '../../../core/imaging/index.ts';
import { RunFolder } from '../../../core/learning/index.ts';
import { engineRequests } from '../../../core/service/api/engine.ts';
import type { InspectRequest, InspectResult } from '../../../core/service/api/inspect.ts';
import { engineMemoryOf } from '../../../core/service/engine/handlers/engine-memory.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { cli, json, smallDataset, tinyPretraining } from '../../cli/support.ts';
import { contextOf, newWorkspace, sample, sampleLabels, temporary } from './support.ts';

const folder = temporary();
const name = 'hippocampus_025';
let workspace: Workspace;
let scan: string;
let run: string;
let model: string;
let tensors: number;

beforeAll(async () => {
  await startBackend();
  const data = smallDataset(2);
  run = join(folder, 'first run');
  const made = await cli(['pretrain', '--data', data, '--out', run, '--epochs', '2', '--seed', '5', ...tinyPretraining, '--json']);
  expect(json(made)).toMatchObject({ run });
  tensors = memory().tensors;
  rmSync(data, { recursive: true });
  workspace = await newWorkspace(folder);
  scan = (await handlers.import({ paths: [sample(name)] }, contextOf(workspace))).scans?.[0] ?? '';
  await handlers['import-layer']({ scan, paths: [sampleLabels(name)] }, contextOf(workspace));
  model = (await handlers['import-model']({ paths: [run] }, contextOf(workspace))).model ?? '';
}, 180_000);
afterAll(() => engineMemoryOf(workspace).clear());

async function inspect(changes: Partial<InspectRequest> = {}): Promise<InspectResult> {
  const { geometry } = await workspace.scan(scan);
  const centre = [...indexToPoint(geometry, indexIJK(17, 25, 17))] as [number, number, number];
  const request = { model, scan, view: { kind: 'global', centre }, maskRatio: 0.5, seed: 0, ...changes } as const;
  return engineRequests.inspect.output.parse(await handlers.inspect(request, contextOf(workspace)));
}

function volumeOf({ id }: { id: string }, file: string): Float32Array {
  const bytes = readFileSync(join(workspace.folder, 'cache', 'inspect', id, `${file}.raw`));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

describe('a pre-training run', () => {
  it('is listed with its checkpoints', async () => {
    const list = engineRequests.models.output.parse(await handlers.models({}, contextOf(workspace)));
    expect(list).toEqual([
      expect.objectContaining({ id: model, kind: 'pretrained', network: 'GL-MAE', name: 'first run', patch: [8, 8, 8] }),
    ]);
    const { run: opened } = await RunFolder.open(run);
    expect(list[0]?.epochs?.map(({ step }) => step)).toEqual(await opened.stepsWithWeights());
    expect(await opened.checkpoints()).toEqual([2]);
  });
});

describe('inspection', () => {
  it.each(['global', 'local'] as const)('of a %s view gives what `tessera reconstruct` gives', async (kind) => {
    const out = join(folder, `reconstruction-${kind}`);
    const at = ['--center', '17', '25', '17', '--seed', '3', '--mask-ratio', '0.5'];
    const reconstructed = await cli(['reconstruct', sample(name), '--model', run, '--out', out, '--view', kind, ...at, '--json']);
    const { files, numbers } = json(reconstructed) as { files: Record<string, string>; numbers: Record<string, number> };
    const { geometry } = await workspace.scan(scan);
    const centre = [...indexToPoint(geometry, indexIJK(17, 25, 17))] as [number, number, number];
    const result = await inspect({ view: { kind, centre }, seed: 3 });
    const pairs = { input: 'input', masked: 'masked', reconstructed: 'reconstruction', error: 'error' } as const;
    for (const [ours, theirs] of Object.entries(pairs)) {
      const { volume } = await readScan(files[theirs] ?? '');
      expect(volumeOf(result, ours)).toEqual(volume.voxels);
      expect(result.geometry.dims).toEqual(volume.geometry.dims);
      result.geometry.origin.forEach((o, axis) => expect(o).toBeCloseTo(volume.geometry.origin[axis] ?? NaN, 3));
    }
    expect(result.maskedFraction).toBe((numbers['masked'] ?? NaN) / (numbers['patches'] ?? NaN));
  });

  it('tells mean errors over all, hidden and visible voxels, and over the hidden ones of each segment', async () => {
    const result = await inspect({ seed: 4 });
    const [input, painted, error] = [volumeOf(result, 'input'), volumeOf(result, 'reconstructed'), volumeOf(result, 'error')];
    const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    const all = [...error.keys()];
    all.filter((v) => v % 53 === 0).forEach((v) => expect(error[v]).toBeCloseTo(Math.abs((painted[v] ?? NaN) - (input[v] ?? NaN)), 5));
    expect(result.error.mean).toBeCloseTo(mean([...error]), 6);
    // Half of the patches are hidden, and visible ones have no error.
    expect(result.maskedFraction).toBe(0.5);
    expect(result.error.ofMasked).toBeCloseTo(2 * result.error.mean, 6);
    expect(result.error.ofVisible).toBe(0);
    const labels = (await readScan(sampleLabels(name))).volume;
    const geometry = { ...result.geometry, origin: pointLPS(...result.geometry.origin) };
    const onView: Volume = resampleLabels(labels, geometry);
    expect(result.error.perSegment?.map(({ value }) => value)).toEqual([1, 2]);
    for (const { value, mean: told, voxels } of result.error.perSegment ?? []) {
      const hidden = all.filter((v) => onView.voxels[v] === value && error[v] !== 0);
      expect(voxels).toBe(hidden.length);
      expect(told).toBeCloseTo(mean(hidden.map((v) => error[v] ?? NaN)), 5);
    }
    const values = [...input, ...painted];
    expect(result.range).toEqual([values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]);
  });

  it('is the same for the same seed, from the cache or made again, and another for another seed or ratio', async () => {
    const first = await inspect({ seed: 8 });
    const pictures = volumeOf(first, 'reconstructed');
    expect(await inspect({ seed: 8 })).toEqual(first);
    rmSync(workspace.cachePath, { recursive: true });
    expect(await inspect({ seed: 8 })).toEqual(first);
    expect(volumeOf(first, 'reconstructed')).toEqual(pictures);
    expect((await inspect({ seed: 9 })).id).not.toBe(first.id);
    expect((await inspect({ seed: 8, maskRatio: 0.7 })).maskedFraction).toBeGreaterThan(0.6);
  });

  it('shows what the network will be given without starting it', async () => {
    const { geometry } = await workspace.scan(scan);
    const centre = [...indexToPoint(geometry, indexIJK(17, 25, 17))] as [number, number, number];
    const request = { model, scan, view: { kind: 'local', centre }, maskRatio: 0.6, seed: 12 } as const;
    const noBackend = () => Promise.reject(new Error('the backend was started'));
    const before = memory().tensors;
    const shown = await handlers['inspect-view'](request, { ...contextOf(workspace), backend: noBackend });
    expect(memory().tensors).toBe(before);
    const result = await inspect(request);
    expect(shown).toMatchObject({ geometry: result.geometry, maskedFraction: result.maskedFraction, volumes: ['input', 'masked'] });
    for (const volume of shown.volumes) {
      const early = readFileSync(join(workspace.cachePath, 'views', shown.id, `${volume}.raw`));
      expect(early.equals(readFileSync(join(workspace.cachePath, 'inspect', result.id, `${volume}.raw`)))).toBe(true);
    }
    // Another epoch is given the same.
    expect((await handlers['inspect-view']({ ...request, checkpoint: 1 }, contextOf(workspace))).id).toBe(shown.id);
  });

  it('steps through the epochs of a run', async () => {
    const [early, late] = [await inspect({ checkpoint: 1 }), await inspect({ checkpoint: 2 })];
    expect(late.id).toBe((await inspect()).id);
    expect(volumeOf(early, 'masked')).toEqual(volumeOf(late, 'masked'));
    expect(volumeOf(early, 'reconstructed')).not.toEqual(volumeOf(late, 'reconstructed'));
  });

  it('refuses what is not there', async () => {
    await expect(inspect({ model: 'f'.repeat(16) })).rejects.toMatchObject({ code: 'not-found' });
    await expect(inspect({ checkpoint: 999 })).rejects.toMatchObject({ code: 'not-found' });
    await expect(inspect({ scan: 'f'.repeat(24) })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is cancelled before it computes', async () => {
    const context = contextOf(workspace);
    context.abort.abort();
    const view = { kind: 'global', centre: [0, 0, 0] } as const;
    const work = handlers.inspect({ model, scan, view: { ...view, centre: [0, 0, 0] }, maskRatio: 0.5, seed: 77 }, context);
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('features of a scan', () => {
  it('are colours on a grid of patches that covers it', async () => {
    const result = engineRequests.features.output.parse(await handlers.features({ model, scan }, contextOf(workspace)));
    // Twice the grid of a global view of 16 × 24 × 16 in patches of 8.
    expect(result.geometry.dims).toEqual([4, 6, 4]);
    const rgb = readFileSync(join(workspace.folder, 'cache', 'features', result.id, 'features.raw'));
    expect(rgb.length).toBe(3 * 4 * 6 * 4);
    for (const c of [0, 1, 2]) {
      const channel = [...rgb].filter((_, i) => i % 3 === c);
      expect([Math.min(...channel), Math.max(...channel)]).toEqual([0, 255]);
    }
    const [a, b, c] = result.explained;
    expect(a).toBeGreaterThanOrEqual(b);
    expect(b).toBeGreaterThanOrEqual(c);
    expect(a + b + c).toBeLessThanOrEqual(1 + 1e-9);
    // The outer faces of the patches are those of the scan.
    const { geometry } = await workspace.scan(scan);
    const patches = { ...result.geometry, origin: pointLPS(...result.geometry.origin) };
    const ends: [Triple, Triple][] = [
      [
        [-0.5, -0.5, -0.5],
        [3.5, 5.5, 3.5],
      ],
    ];
    for (const [low, high] of ends) {
      const [p, q] = [low, high].map((end) => pointToIndex(geometry, indexToPoint(patches, indexIJK(...end))));
      for (const axis of [0, 1, 2] as const) {
        const faces = [p?.[axis] ?? NaN, q?.[axis] ?? NaN].sort((x, y) => x - y);
        expect(faces[0]).toBeGreaterThan(-0.51);
        expect(faces[1]).toBeLessThan(geometry.dims[axis] - 0.49);
      }
    }
    expect(await handlers.features({ model, scan }, contextOf(workspace))).toEqual(result);
  });

  it('are alike to themselves, and their likeness is told of every patch', async () => {
    const { geometry } = await handlers.features({ model, scan }, contextOf(workspace));
    const grid = { ...geometry, origin: pointLPS(...geometry.origin) };
    const point = [...indexToPoint(grid, indexIJK(1.2, 3.4, 2.1))] as [number, number, number];
    const result = engineRequests.similar.output.parse(await handlers.similar({ model, scan, point }, contextOf(workspace)));
    const bytes = readFileSync(join(workspace.folder, 'cache', 'similar', result.id, 'similar.raw'));
    const cosines = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    expect(cosines.length).toBe(4 * 6 * 4);
    expect(cosines[1 + 4 * (3 + 6 * 2)]).toBeCloseTo(1, 5);
    expect(result.range).toEqual([Math.min(...cosines), Math.max(...cosines)]);
    expect(result.range[0]).toBeGreaterThanOrEqual(-1.0001);
    // Centred features of a scan cannot all be alike.
    expect(result.range[0]).toBeLessThan(0.5);
  });
});

describe('consistency', () => {
  it('is a matrix of correlations of named views, the same for the same seed', async () => {
    const request = { model, scan, seed: 2 };
    const result = engineRequests.consistency.output.parse(await handlers.consistency(request, contextOf(workspace)));
    expect(result.views).toEqual(['global 1', 'global 2', 'local 1', 'local 2', 'local 3', 'local 4']);
    expect(result.matrix).toHaveLength(6);
    for (const row of result.matrix) for (const value of row) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    rmSync(workspace.cachePath, { recursive: true });
    expect(await handlers.consistency(request, contextOf(workspace))).toEqual(result);
  });

  it('is refused for an epoch of which encoder and decoder alone were kept', async () => {
    const work = handlers.consistency({ model, checkpoint: 1, scan, seed: 2 }, contextOf(workspace));
    await expect(work).rejects.toMatchObject({ code: 'bad-model', subject: 'first run' });
  });
});

describe('the memory of the engine', () => {
  it('is warmed for a model, so that the first question finds it there', async () => {
    engineMemoryOf(workspace).clear();
    await new Promise((resolve) => setImmediate(resolve));
    await handlers['warm-up']({ model }, contextOf(workspace));
    const loaded = memory().tensors;
    expect(loaded).toBeGreaterThan(tensors);
    await inspect({ seed: 102 });
    expect(memory().tensors).toBe(loaded);
    await expect(handlers['warm-up']({ model: 'f'.repeat(16) }, contextOf(workspace))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('keeps network and scan between requests, and no tensor once it is cleared', async () => {
    await inspect({ seed: 100 });
    const loaded = memory().tensors;
    await inspect({ seed: 101 });
    expect(memory().tensors).toBe(loaded);
    expect(loaded).toBeGreaterThan(tensors);
    engineMemoryOf(workspace).clear();
    await new Promise((resolve) => setImmediate(resolve));
    expect(memory().tensors).toBe(tensors);
  });
});
