import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { startBackend, type Backend } from '../../core/compute/index.ts';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { loadPretrainedRun, pretrain, resumePretrain, RunFolder, type PretrainSettings } from '../../core/learning/index.ts';
import { snapshotInterval } from '../../core/learning/snapshots.ts';
import { disposeParameters } from '../../core/model/parameters.ts';
import { checkpointBytes, smallData, temporary, tinyPretraining } from './support/tiny.ts';

let backend: Backend;
let data: string;
let work: string;

beforeAll(async () => {
  backend = await startBackend();
  data = smallData(4);
  work = temporary();
}, 180_000);
afterAll(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true });
});

const options = (name: string, settings: PretrainSettings) => ({ data, out: join(work, name), settings, seed: 3, backend });
const namesIn = (out: string): string[] => (existsSync(join(out, 'snapshots')) ? readdirSync(join(out, 'snapshots')).sort() : []);
/** Two steps an epoch. */
const names = (...epochs: number[]): string[] => epochs.map((epoch) => `step-${2 * epoch}.safetensors`);

it.each([
  [{ keepEvery: null, epochs: 400 }, 40],
  [{ keepEvery: null, epochs: 4 }, 1],
  [{ keepEvery: null, epochs: 95 }, 10],
  [{ keepEvery: 20, epochs: 400 }, 20],
  [{ keepEvery: 1, epochs: 100_000 }, 2000],
  [{ keepEvery: 0, epochs: 400 }, undefined],
])('%o keeps weights every %s epochs', (settings, interval) => {
  expect(snapshotInterval(settings)).toBe(interval);
});

describe('snapshots of a run', () => {
  it('have the weights of encoder and decoder as the run had them, and nothing else', async () => {
    const whole = options('whole', tinyPretraining());
    await pretrain(whole, silentTask);
    // The last epoch has a checkpoint.
    expect(namesIn(whole.out)).toEqual(names(1, 2, 3));
    const { run } = await RunFolder.open(whole.out);
    expect(await run.stepsWithWeights()).toEqual([2, 4, 6, 8]);

    const short = options('short', tinyPretraining());
    await pretrain({ ...short, stopAfter: 4 }, silentTask);
    const checkpoint = await readSafetensors(join(short.out, 'checkpoints', 'step-4.safetensors'));
    const snapshot = await readSafetensors(join(whole.out, 'snapshots', 'step-4.safetensors'));
    const kept = checkpoint.names.filter((name) => name.startsWith('student/') && !name.startsWith('student/head.'));
    expect([...snapshot.names].sort()).toEqual(kept.sort());
    for (const name of kept) expect(await snapshot.float32(name)).toEqual(await checkpoint.float32(name));
    await Promise.all([checkpoint.close(), snapshot.close()]);

    const loaded = await loadPretrainedRun(whole.out, { step: 4, teacher: true });
    expect([loaded.step, loaded.parameters.size, loaded.teacher.size]).toEqual([4, kept.length, 0]);
    disposeParameters(loaded.parameters);
    await expect(loadPretrainedRun(whole.out, { step: 5 })).rejects.toMatchObject({ code: 'bad-model' });
  });

  it('that come after the checkpoint which a run goes on from are made again, the same', async () => {
    const [whole, parts] = [options('unbroken', tinyPretraining()), options('broken', tinyPretraining())];
    await pretrain(whole, silentTask);
    await pretrain(parts, silentTask);
    // As if it had been killed before its last checkpoint: it begins anew.
    for (const name of readdirSync(join(parts.out, 'checkpoints'))) rmSync(join(parts.out, 'checkpoints', name));
    await resumePretrain(parts.out, silentTask);
    expect(namesIn(parts.out)).toEqual(names(1, 2, 3));
    expect(checkpointBytes(parts.out, 8).equals(checkpointBytes(whole.out, 8))).toBe(true);
    for (const name of names(1, 2, 3))
      expect(readFileSync(join(parts.out, 'snapshots', name)).equals(readFileSync(join(whole.out, 'snapshots', name)))).toBe(true);
    const { run } = await RunFolder.open(parts.out);
    await run.truncateSnapshots(3);
    expect(namesIn(parts.out)).toEqual(names(1));
  });

  it('are kept as often as the settings say, or not at all', async () => {
    const [two, none] = [options('two', tinyPretraining({ keepEvery: 2 })), options('none', tinyPretraining({ keepEvery: 0 }))];
    await pretrain(two, silentTask);
    await pretrain(none, silentTask);
    expect(namesIn(two.out)).toEqual(names(2));
    expect(namesIn(none.out)).toEqual([]);
  });

  it('are a step of looking back, not of the run: one that cannot be written is noted, and the run goes on', async () => {
    const o = options('blocked', tinyPretraining());
    const { run } = await RunFolder.open((await pretrain({ ...o, stopAfter: 1 }, silentTask)).path);
    // A file is where the folder would be.
    writeFileSync(join(run.path, 'snapshots'), '');
    await resumePretrain(o.out, silentTask);
    expect(await run.checkpoints()).toContain(8);
    expect(readFileSync(join(run.path, 'log.txt'), 'utf8')).toContain('warning: the weights of epoch 1 were not kept');
  });
});
