import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { memory, startBackend, values, type Backend, type Tensor } from '../../core/compute/index.ts';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { loadPretrainedRun, pretrain, resumePretrain, type PretrainSettings } from '../../core/learning/index.ts';
import { readInitialWeights } from '../../core/learning/initial-weights.ts';
import { disposeParameters, type Parameters } from '../../core/model/parameters.ts';
import { closeModel, saveModel } from '../../core/model/saved-model.ts';
import { randomModel } from '../inference/support/random-model.ts';
import { checkpointBytes, smallData, temporary, tinyPretraining } from './support/tiny.ts';

let backend: Backend;
let data: string;
let work: string;
/** A run of before: what another goes on with. */
let earlier: string;

beforeAll(async () => {
  backend = await startBackend();
  data = smallData(2);
  work = temporary();
  earlier = join(work, 'earlier');
  await pretrain(options('earlier', tinyPretraining({ epochs: 2 }), 1), silentTask);
}, 180_000);
afterAll(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true });
});

const options = (name: string, settings: PretrainSettings, seed = 3) => ({ data, out: join(work, name), settings, seed, backend });

/** A step that moves no weight further than 1e-8. */
const still = (changes: Readonly<Record<string, unknown>> = {}): PretrainSettings =>
  tinyPretraining({ epochs: 1, learningRate: 1e-8, warmupShare: 0, ...changes });

async function furthest(name: string, a: Parameters, b: Parameters): Promise<number> {
  const of = async (tensor: Tensor | undefined): Promise<Float32Array> => (tensor === undefined ? new Float32Array(1) : values(tensor));
  const [x, y] = [await of(a.get(name)), await of(b.get(name))];
  return x.length === y.length ? x.reduce((worst, v, i) => Math.max(worst, Math.abs(v - (y[i] ?? Number.NaN))), 0) : Infinity;
}

describe('pre-training that begins with given weights', () => {
  it('goes on with encoder, decoder and head of an earlier run, the teacher a copy', async () => {
    const before = memory();
    await pretrain({ ...options('later', still()), init: earlier }, silentTask);
    expect(memory()).toEqual(before);
    const [a, b] = [await loadPretrainedRun(earlier), await loadPretrainedRun(join(work, 'later'))];
    expect([...b.parameters.keys()]).toEqual([...a.parameters.keys()]);
    for (const name of b.parameters.keys()) expect(await furthest(name, a.parameters, b.parameters), name).toBeLessThan(1e-6);
    disposeParameters(a.parameters);
    disposeParameters(b.parameters);
    const file = await readSafetensors(join(work, 'later', 'checkpoints', 'step-1.safetensors'));
    const teachers = file.names.filter((name) => name.startsWith('teacher/'));
    expect(teachers).toContain('teacher/vit.cls_token');
    for (const name of teachers) {
      const student = await file.float32(name.replace('teacher/', 'student/'));
      (await file.float32(name)).forEach((v, i) => expect(Math.abs(v - (student[i] ?? Number.NaN))).toBeLessThan(1e-6));
    }
    await file.close();
  });

  it('takes the encoder of a model, whose positions and lack of a class token do not matter', async () => {
    const model = randomModel({ width: 24, depth: 2, heads: 2, patch: [8, 8, 8] });
    const folder = join(work, 'model');
    await saveModel(folder, model.document, model.parameters);
    await pretrain({ ...options('from model', still({ method: 'mae', cropSize: [16, 16, 16] })), init: folder }, silentTask);
    const run = await loadPretrainedRun(join(work, 'from model'));
    for (const name of ['vit.patch_embedding.patch_embeddings.weight', 'vit.blocks.1.attn.qkv.weight', 'vit.norm.bias'])
      expect(await furthest(name, model.parameters, run.parameters), name).toBeLessThan(1e-6);
    expect(run.parameters.has('vit.cls_token')).toBe(true);
    disposeParameters(run.parameters);
    closeModel(model);
  });

  it('begins the same again when it died before its first checkpoint', async () => {
    const settings = tinyPretraining({ epochs: 2 });
    const whole = { ...options('whole', settings), init: earlier };
    await pretrain(whole, silentTask);
    const died = { ...options('died', settings), init: earlier };
    await pretrain({ ...died, stopAfter: 1 }, silentTask);
    rmSync(join(died.out, 'checkpoints'), { recursive: true });
    await resumePretrain(died.out, silentTask);
    expect(checkpointBytes(died.out, 2).equals(checkpointBytes(whole.out, 2))).toBe(true);
  });

  it('refuses an encoder of another width before there is a run', async () => {
    const other = tinyPretraining({ encoder: { width: 12, depth: 2, heads: 2, patch: [8, 8, 8] } });
    await expect(pretrain({ ...options('other', other), init: earlier }, silentTask)).rejects.toMatchObject({ code: 'bad-model' });
  });
});

describe('weights to start from', () => {
  it('have their patch embedding brought from one channel to several, at the same scale', async () => {
    const [one, three] = [await readInitialWeights(earlier), await readInitialWeights(earlier, 3)];
    const name = 'vit.patch_embedding.patch_embeddings.weight';
    const [a, b] = [one.parameters.get(name), three.parameters.get(name)];
    expect(b?.shape).toEqual([24, 3 * 512]);
    const [x, y] = [a === undefined ? [] : await values(a), b === undefined ? [] : await values(b)];
    for (const c of [0, 1, 2]) expect(y[(5 * 3 + c) * 512 + 77]).toBeCloseTo((x[5 * 512 + 77] ?? Number.NaN) / 3, 7);
    expect([...three.parameters.keys()]).toEqual([...one.parameters.keys()]);
    disposeParameters(one.parameters);
    disposeParameters(three.parameters);
  });
});
