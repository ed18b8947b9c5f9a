import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask, type Task } from '../../core/base/task.ts';
import { memory, startBackend, type Backend } from '../../core/compute/index.ts';
import { finetune, pretrain, resumeFinetune, type FinetuneSettings } from '../../core/learning/index.ts';
import { closeModel, loadModel } from '../../core/model/saved-model.ts';
import { checkpointBytes, recorded, smallData, temporary, tinyFinetuning, tinyPretraining, tinySegResNet } from './support/tiny.ts';

let backend: Backend;
let data: string;
let work: string;
let pretrained: string;

beforeAll(async () => {
  backend = await startBackend();
  data = smallData(3);
  work = temporary();
  pretrained = join(work, 'pretrained');
  const settings = tinyPretraining({ epochs: 1, encoder: { width: 24, depth: 3, heads: 2, patch: [8, 8, 8] } });
  await pretrain({ data, out: pretrained, settings, seed: 1, backend }, silentTask);
}, 180_000);
afterAll(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true });
});

// Two scans to train on, one to validate: two steps an epoch, eight in all.
const options = (name: string, settings: FinetuneSettings = tinyFinetuning()) => ({
  data,
  out: join(work, name),
  settings,
  seed: 7,
  backend,
});
const everyEpoch = (changes = {}): FinetuneSettings => tinyFinetuning({ validateEvery: 1, ...changes });
const weights = (out: string): Buffer => readFileSync(join(out, 'model', 'weights.safetensors'));

async function expectSameRun(a: string, b: string): Promise<void> {
  expect(checkpointBytes(a, 8).equals(checkpointBytes(b, 8))).toBe(true);
  expect(weights(a).equals(weights(b))).toBe(true);
  expect(await recorded(a)).toEqual(await recorded(b));
}

describe('fine-tuning', () => {
  it.each([
    ['from scratch', tinyFinetuning(), {}, 4],
    ['stopped within an epoch', tinyFinetuning(), {}, 3],
    ['without validation', tinyFinetuning({ validationShare: 0, batch: 2, crops: 2 }), {}, 4],
    ['from a pre-trained encoder', tinyFinetuning(), { init: true }, 4],
    ['with averaged weights, drop-path and turned crops', tinyFinetuning({ emaDecay: 0.9, dropPath: 0.5, rotateChance: 0.5 }), {}, 3],
    ['SegResNet with averaged weights', tinySegResNet({ emaDecay: 0.9 }), {}, 4],
  ])(
    'stopped and resumed is as if never stopped, bit for bit, and leaves no tensor behind: %s',
    async (name, settings, { init }: { init?: boolean }, stopAfter) => {
      const before = memory();
      const from = init === true ? { init: pretrained } : {};
      const [whole, parts] = [
        { ...options(`${name} whole`, settings), ...from },
        { ...options(`${name} parts`, settings), ...from },
      ];
      await finetune(whole, silentTask);
      await finetune({ ...parts, stopAfter }, silentTask);
      expect(readdirSync(join(parts.out, 'checkpoints'))).toEqual([`step-${stopAfter}.safetensors`]);
      await resumeFinetune(parts.out, silentTask);
      await expectSameRun(whole.out, parts.out);
      expect(memory()).toEqual(before);
    },
  );

  it('cancelled while it validates, it keeps a checkpoint and validates when it goes on', async () => {
    await finetune(options('not cancelled', everyEpoch()), silentTask);
    const before = memory();
    const o = options('cancelled', everyEpoch());
    const controller = new AbortController();
    const task: Task = {
      signal: controller.signal,
      // A window of the second validation, that of epoch 2.
      progress: ({ stage }) => {
        if (stage.startsWith('validate') && existsSync(join(o.out, 'model', 'model.json'))) controller.abort();
      },
    };
    await expect(finetune(o, task)).rejects.toMatchObject({ code: 'cancelled' });
    const names = readdirSync(join(o.out, 'checkpoints'));
    expect(names).toEqual(['step-4.safetensors']);
    await resumeFinetune(o.out, silentTask);
    await expectSameRun(join(work, 'not cancelled'), o.out);
    expect(memory()).toEqual(before);
  });

  it('cancelled before it begins, it stops after one step', async () => {
    const controller = new AbortController();
    controller.abort();
    const o = options('cancelled at once');
    await expect(finetune(o, { ...silentTask, signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(join(o.out, 'checkpoints'))).toEqual(['step-1.safetensors']);
  });

  it('stops early when validation gets no better, keeps the best, and stays stopped', async () => {
    const before = memory();
    // So low a rate that no voxel changes its label.
    const o = options('early', everyEpoch({ learningRate: 1e-12, patience: 2, epochs: 20 }));
    await finetune(o, silentTask);
    const metrics = (await recorded(o.out)).filter((m) => m['event'] !== 'case');
    // Every line in its turn: the steps of an epoch, then its validation.
    expect(metrics.map((m) => ('validationDice' in m ? 'validation' : m['step']))).toEqual(
      [1, 3, 5].flatMap((step) => [step, step + 1, 'validation']),
    );
    const validations = metrics.filter((m) => 'validationDice' in m);
    expect(validations.map((m) => m['epoch'])).toEqual([1, 2, 3]);
    expect(readdirSync(join(o.out, 'checkpoints'))).toEqual(['step-6.safetensors']);
    const model = await loadModel(join(o.out, 'model'));
    expect(model.document.provenance['validationDice']).toBe(validations[0]?.['validationDice']);
    closeModel(model);
    await resumeFinetune(o.out, silentTask);
    expect(readdirSync(join(o.out, 'checkpoints'))).toEqual(['step-6.safetensors']);
    expect(memory()).toEqual(before);
  });

  it('stops at a loss that is not finite and names the last good checkpoint', async () => {
    const settings = { ...tinyFinetuning({ warmupShare: 0, checkpointSeconds: 1e-9, epochs: 50, validationShare: 0 }), learningRate: 1e25 };
    const o = options('diverged', settings);
    const before = memory();
    const error = await finetune(o, silentTask).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'not-finite', subject: o.out });
    const last = Math.max(...readdirSync(join(o.out, 'checkpoints')).map((name) => Number(/\d+/.exec(name)?.[0])));
    expect((error as { advice: string }).advice).toContain(join(o.out, 'checkpoints', `step-${last}.safetensors`));
    expect(memory()).toEqual(before);
  });

  it('starts from the pre-trained encoder, which then learns slower the deeper it lies', async () => {
    const o = {
      ...options('one step', tinyFinetuning({ validationShare: 0, layerDecay: 0.1, warmupShare: 0, weightDecay: 0 })),
      init: pretrained,
    };
    await finetune({ ...o, stopAfter: 1 }, silentTask);
    const { readSafetensors } = await import('../../core/compute/safetensors.ts');
    const [start, after] = [
      await readSafetensors(join(pretrained, 'checkpoints', 'step-2.safetensors')),
      await readSafetensors(join(o.out, 'checkpoints', 'step-1.safetensors')),
    ];
    const largestMove = async (name: string): Promise<number> => {
      const [a, b] = [await start.float32(`student/${name}`), await after.float32(`network/${name}`)];
      return a.reduce((largest, v, i) => Math.max(largest, Math.abs(v - (b[i] ?? Number.NaN))), 0);
    };
    // The first step of AdamW moves each weight by the learning rate times its sign.
    for (const [name, power] of [
      ['vit.patch_embedding.patch_embeddings.weight', 4],
      ['vit.blocks.0.mlp.linear1.weight', 3],
      ['vit.blocks.1.mlp.linear1.weight', 2],
      ['vit.blocks.2.mlp.linear1.weight', 1],
      ['vit.norm.bias', 0],
    ] as const) {
      const rate = 3e-4 * 0.1 ** power;
      expect(Math.abs((await largestMove(name)) / rate - 1), name).toBeLessThan(power === 4 ? 0.3 : 0.02);
    }
    await start.close();
    await after.close();
  });
});
