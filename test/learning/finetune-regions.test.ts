import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { memory, startBackend, type Backend } from '../../core/compute/index.ts';
import { finetune, resumeFinetune, RunFolder, type FinetuneSettings } from '../../core/learning/index.ts';
import { readScan } from '../../core/imaging/index.ts';
import { segmentScan } from '../../core/inference/segment.ts';
import { closeModel, loadModel } from '../../core/model/saved-model.ts';
import { nestedData, nestedLabels } from './support/nested.ts';
import { checkpointBytes, recorded, temporary, tinyFinetuning, tinySegResNet } from './support/tiny.ts';

let backend: Backend;
/** As nnU-Net has it: dataset.json says the regions. */
let data: string;
let work: string;
const folders: string[] = [];
beforeAll(async () => {
  backend = await startBackend();
  data = await nestedData(7, { channel_names: { 0: 'T1', 1: 'T2' }, labels: nestedLabels, regions_class_order: [1, 2, 3] });
  // The last case is for testing alone.
  writeFileSync(join(data, 'split.json'), JSON.stringify({ test: ['case6'] }));
  work = temporary();
  folders.push(data, work);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const size = [16, 16, 16];
const common = { channels: 2, size, positiveShare: 1, intensityScale: 0, intensityShift: 0, validationShare: 0.34 };
const options = (name: string, settings: FinetuneSettings) => ({ data, out: join(work, name), settings, seed: 4, backend });
const regions = [
  { name: 'whole tumour', values: [1, 2, 3], writes: 1 },
  { name: 'tumour core', values: [2, 3], writes: 2 },
  { name: 'enhancing tumour', values: [3], writes: 3 },
];

describe('fine-tuning on two channels and overlapping regions', () => {
  it.each([
    ['UNETR', () => tinyFinetuning({ ...common, epochs: 2, emaDecay: 0.5 })],
    ['SegResNet', () => tinySegResNet({ ...common, epochs: 2 })],
  ])('stopped and resumed is as if never stopped, bit for bit: %s', async (name, settings) => {
    const before = memory();
    await finetune(options(`${name} whole`, settings()), silentTask);
    const parts = options(`${name} parts`, settings());
    await finetune({ ...parts, stopAfter: 4 }, silentTask);
    await resumeFinetune(parts.out, silentTask);
    const whole = join(work, `${name} whole`);
    expect(checkpointBytes(whole, 8).equals(checkpointBytes(parts.out, 8))).toBe(true);
    expect(await recorded(whole)).toEqual(await recorded(parts.out));
    expect(memory()).toEqual(before);
  });

  it('learns them, each with a Dice of its own on scans that it did not train on', async () => {
    const out = join(work, 'learned');
    const settings = tinySegResNet({ ...common, epochs: 16, validateEvery: 16, learningRate: 0.01 });
    await finetune({ ...options('learned', settings), out }, silentTask);
    const { document } = await RunFolder.open(out);
    expect(document.extra['regions']).toEqual(regions);
    const last = (await recorded(out)).findLast((m) => 'validationDice' in m) ?? {};
    for (const { name } of regions) expect(last[`dice ${name}`], name).toBeGreaterThan(0.8);
    const model = await loadModel(join(out, 'model'));
    expect(model.document).toMatchObject({
      regions,
      settings: { channels: 2, classes: 3 },
      labels: [
        { value: 0, name: 'background' },
        { value: 1, name: 'whole tumour' },
        { value: 2, name: 'tumour core' },
        { value: 3, name: 'enhancing tumour' },
      ],
    });
    // A scan that training never saw, by its own label map.
    const images = [0, 1].map((c) => join(data, 'imagesTr', `case6_000${c}.nii.gz`));
    const { labels } = await segmentScan(images, model, {}, silentTask);
    const truth = (await readScan(join(data, 'labelsTr', 'case6.nii.gz'))).volume.voxels;
    for (const { name, values } of regions) {
      const inside = (voxels: Iterable<number>): boolean[] => Array.from(voxels, (value) => values.includes(value));
      const [a, b] = [inside(truth), inside(labels.voxels)];
      const count = (mask: readonly boolean[]): number => mask.filter(Boolean).length;
      const dice = (2 * count(a.map((is, v) => is && b[v] === true))) / (count(a) + count(b));
      expect(dice, name).toBeGreaterThan(0.75);
    }
    closeModel(model);
  });

  it('takes regions from the settings before those of the folder, and orders them for writing', async () => {
    const settings = tinySegResNet({ ...common, regions: { inner: [3], outer: [1, 2, 3], middle: [2, 3] } });
    const out = join(work, 'given');
    await finetune({ ...options('given', settings), out, stopAfter: 1 }, silentTask);
    const { document } = await RunFolder.open(out);
    expect(document.extra['regions']).toEqual([
      { name: 'outer', values: [1, 2, 3], writes: 1 },
      { name: 'middle', values: [2, 3], writes: 2 },
      { name: 'inner', values: [3], writes: 3 },
    ]);
  });

  it('may have a single one', async () => {
    const settings = tinyFinetuning({ ...common, regions: { tumour: [1, 2, 3] }, epochs: 1 });
    const out = join(work, 'single');
    await finetune({ ...options('single', settings), out }, silentTask);
    const model = await loadModel(join(out, 'model'));
    expect(model.document).toMatchObject({ settings: { classes: 1 }, labels: [{ value: 0 }, { value: 1, name: 'tumour' }] });
    closeModel(model);
    expect((await recorded(out)).every((m) => Number.isFinite(Number(m['loss'] ?? 0)))).toBe(true);
  });

  it('refuses a region of labels that do not occur, and one whose place in a label map is not clear', async () => {
    const refused = (given: object) => finetune(options('refused', tinySegResNet({ ...common, regions: given })), silentTask);
    await expect(refused({ other: [7] })).rejects.toMatchObject({ code: 'bad-setting', subject: 'region other' });
    await expect(refused({ pair: [1, 2], same: [2, 1] })).rejects.toMatchObject({ code: 'bad-setting', subject: 'region pair' });
    expect(readdirSync(work)).not.toContain('refused');
  });
});

describe('voxels that nobody labelled', () => {
  it('are no class of their own', async () => {
    const folder = await nestedData(3, { labels: { background: 0, a: 1, b: 2, ignore: 3 } });
    folders.push(folder);
    const settings = tinyFinetuning({ ...common, epochs: 1, validateEvery: 1, ignoreValue: 3 });
    const out = join(work, 'ignoring');
    await finetune({ ...options('ignoring', settings), data: folder }, silentTask);
    const { document } = await RunFolder.open(out);
    expect(document.extra['labels']).toEqual([
      { value: 0, name: 'background' },
      { value: 1, name: 'a' },
      { value: 2, name: 'b' },
    ]);
    const validation = (await recorded(out)).find((m) => 'validationDice' in m) ?? {};
    expect(Object.keys(validation).filter((name) => name.startsWith('dice '))).toEqual(['dice a', 'dice b']);
  });
});
