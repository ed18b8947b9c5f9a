import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { startBackend, type Backend } from '../../core/compute/index.ts';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { finetune, type FinetuneSettings } from '../../core/learning/index.ts';
import { closeModel, loadModel } from '../../core/model/saved-model.ts';
import { smallData, temporary, tinyFinetuning } from './support/tiny.ts';

let backend: Backend;
let data: string;
let work: string;
beforeAll(async () => {
  backend = await startBackend();
  data = smallData(2);
  work = temporary();
});
afterAll(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true });
});

/** Every weight of a checkpoint below a prefix. */
async function weightsAt(out: string, step: number, prefix: string): Promise<Map<string, Float32Array>> {
  const file = await readSafetensors(join(out, 'checkpoints', `step-${step}.safetensors`));
  const found = new Map<string, Float32Array>();
  for (const name of file.names) if (name.startsWith(prefix)) found.set(name.slice(prefix.length), await file.float32(name));
  await file.close();
  return found;
}

/** Four steps, a checkpoint of each of the last two. */
async function trained(name: string, changes: Readonly<Record<string, unknown>>, stopAfter?: number): Promise<string> {
  const out = join(work, name);
  const settings: FinetuneSettings = tinyFinetuning({ validationShare: 0, epochs: 2, checkpointSeconds: 1e-9, warmupShare: 0, ...changes });
  await finetune({ data, out, settings, seed: 3, backend, ...(stopAfter === undefined ? {} : { stopAfter }) }, silentTask);
  return out;
}

const isEncoder = (name: string): boolean => name.startsWith('vit.');

describe('a frozen encoder', () => {
  it('stays as it is to the last bit, weight decay or not, has no moments and no average; the decoder learns', async () => {
    const out = await trained('frozen', { freezeEncoder: true, weightDecay: 0.9, emaDecay: 0.5, dropPath: 0.5 });
    const [before, after] = [await weightsAt(out, 3, 'network/'), await weightsAt(out, 4, 'network/')];
    const fresh = await weightsAt(await trained('one step', { freezeEncoder: true }, 1), 1, 'network/');
    for (const [name, value] of after) {
      expect(value.length).toBeGreaterThan(0);
      if (isEncoder(name)) for (const other of [before, fresh]) expect(other.get(name), name).toEqual(value);
      else expect(before.get(name), name).not.toEqual(value);
    }
    for (const prefix of ['m/', 'v/', 'average/']) {
      const names = [...(await weightsAt(out, 4, prefix)).keys()];
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter(isEncoder)).toEqual([]);
    }
  });
});

describe('positions', () => {
  const name = 'vit.patch_embedding.position_embeddings';

  it('are the sin-cos table, and stay it when they are fixed', async () => {
    const fixed = await weightsAt(await trained('fixed', { positions: 'fixed' }), 4, 'network/');
    const learned = await weightsAt(await trained('learned', {}), 4, 'network/');
    // Width 24: four frequencies an axis. The first place of the grid is at coordinate 0 along each axis.
    const first = [...(fixed.get(name) ?? [])].slice(0, 24);
    expect(first).toEqual([0, 0, 0].flatMap(() => [0, 0, 0, 0, 1, 1, 1, 1]));
    expect(learned.get(name)).not.toEqual(fixed.get(name));
  });
});

describe('averaged weights', () => {
  it('are a moving average of the weights after each step, and are what the model has', async () => {
    const decay = 0.2;
    const out = await trained('average', { emaDecay: decay });
    const [before, after] = [await weightsAt(out, 3, 'average/'), await weightsAt(out, 4, 'average/')];
    const network = await weightsAt(out, 4, 'network/');
    // min(0.2, 5/14)
    let largest = 0;
    for (const [name, average] of after)
      average.forEach((value, i) => {
        const expected = decay * (before.get(name)?.[i] ?? Number.NaN) + (1 - decay) * (network.get(name)?.[i] ?? Number.NaN);
        largest = Math.max(largest, Math.abs(value - expected));
      });
    expect(largest).toBeLessThan(1e-6);
    const model = await loadModel(join(out, 'model'));
    const bias = 'out.conv.conv.bias';
    expect(await model.parameters.get(bias)?.data()).toEqual(after.get(bias));
    expect(after.get(bias)).not.toEqual(network.get(bias));
    closeModel(model);
  });

  it('begin at the weights and soon forget them: after the first step 2/11 of the start is left', async () => {
    const settings = { emaDecay: 0.999 };
    const out = await trained('average of one', settings, 1);
    const [average, network] = [await weightsAt(out, 1, 'average/'), await weightsAt(out, 1, 'network/')];
    const name = 'out.conv.conv.weight';
    const start = (i: number): number => ((average.get(name)?.[i] ?? 0) - (9 / 11) * (network.get(name)?.[i] ?? 0)) / (2 / 11);
    // The first step of AdamW moves each weight by the learning rate, besides its decay.
    network.get(name)?.forEach((value, i) => expect(Math.abs(Math.abs(value - start(i)) / 3e-4 - 1)).toBeLessThan(0.1));
  });

  it('change nothing about the weights themselves', async () => {
    const without = await weightsAt(await trained('without average', {}), 4, 'network/');
    const withAverage = await weightsAt(join(work, 'average'), 4, 'network/');
    expect([...withAverage.keys()]).toEqual([...without.keys()]);
    for (const [name, value] of without) expect(withAverage.get(name), name).toEqual(value);
  });
});

describe('drop-path', () => {
  it('leaves blocks out by the seed alone', async () => {
    const [a, b] = [await trained('drop a', { dropPath: 0.9 }), await trained('drop b', { dropPath: 0.9 })];
    const plain = join(work, 'learned');
    const bytes = (out: string): Buffer => readFileSync(join(out, 'checkpoints', 'step-4.safetensors'));
    expect(bytes(a).equals(bytes(b))).toBe(true);
    expect(bytes(a).equals(bytes(plain))).toBe(false);
  });
});
