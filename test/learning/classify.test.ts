import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import { memory, startBackend, type Backend } from '../../core/compute/index.ts';
import { writeNifti } from '../../core/imaging/index.ts';
import { classify, classifySettings, pretrain, resumeClassify, type ClassifySettings } from '../../core/learning/index.ts';
import { readFindings } from '../../core/learning/findings.ts';
import { disposeParameters } from '../../core/model/parameters.ts';
import { loadClassifier } from '../../core/model/saved-classifier.ts';
import { straight, volumeFrom } from '../imaging/support/volumes.ts';
import { checkpointBytes, temporary, tinyPretraining } from './support/tiny.ts';

const CASES = 12;
let backend: Backend;
let data: string;
let table: string;
let init: string;

/** Noise; every other scan with a bright block somewhere, every third with one in the second channel. */
async function findingsData(): Promise<string> {
  const folder = temporary();
  mkdirSync(join(folder, 'imagesTr'));
  for (let n = 0; n < CASES; n++) {
    const random = seededRandom(n);
    const [a, b, c] = [random.integer(0, 8), random.integer(0, 8), random.integer(0, 8)];
    const block = (present: boolean) =>
      volumeFrom(straight([16, 16, 16]), (i, j, k) => {
        const inside = i >= a && i < a + 8 && j >= b && j < b + 8 && k >= c && k < c + 8;
        return 10 + random.normal() + (present && inside ? 8 : 0);
      });
    await writeNifti(join(folder, 'imagesTr', `case${n}_0000.nii.gz`), block(n % 2 === 0));
    await writeNifti(join(folder, 'imagesTr', `case${n}_0001.nii.gz`), block(n % 3 === 0));
  }
  const rows = Array.from({ length: CASES }, (_, n) => `case${n},${n % 2 === 0 ? 1 : 0},${n === 4 ? '' : n % 3 === 0 ? 1 : 0}`);
  writeFileSync(join(folder, 'findings.csv'), ['id,block,"second, block"', ...rows, ''].join('\n'));
  return folder;
}

beforeAll(async () => {
  backend = await startBackend();
  data = await findingsData();
  table = join(data, 'findings.csv');
  init = join(temporary(), 'pretrained');
  const encoder = { width: 24, depth: 2, heads: 2, patch: [8, 8, 8], channels: 2 };
  const settings = tinyPretraining({ encoder, globalSize: [16, 16, 16], localSize: [16, 16, 8], positionGrid: [2, 2, 2], epochs: 1 });
  await pretrain({ data, out: init, settings, seed: 1, backend }, silentTask);
}, 180_000);

const settings = (changes: Readonly<Record<string, unknown>> = {}): ClassifySettings =>
  classifySettings.parse({ epochs: 2, validationShare: 0.34, validateEvery: 1, ...changes });

const train = (changes: Readonly<Record<string, unknown>> = {}, out = join(temporary(), 'run')) =>
  classify({ data, labels: table, init, out, settings: settings(changes), seed: 1, backend }, silentTask);

describe('training a classifier', () => {
  it('learns which scans have what, and saves the best', { timeout: 120_000 }, async () => {
    const before = memory();
    const run = await train({ epochs: 60, learningRate: 3e-3, layerDecay: 1, dropPath: 0, validateEvery: 10 });
    expect(memory()).toEqual(before);
    const metrics = await run.metrics();
    const losses = metrics.filter((m) => 'loss' in m).map((m) => Number(m['loss']));
    const [first, last] = [losses.slice(0, 4), losses.slice(-4)].map((part) => part.reduce((sum, x) => sum + x, 0) / part.length);
    expect(last).toBeLessThan((first ?? Number.NaN) / 2);
    const areas = metrics.map((m) => m['validationAuc']).filter((a) => typeof a === 'number');
    expect(areas).toHaveLength(6);
    const { document, parameters } = await loadClassifier(run.modelPath());
    expect(document.settings.findings).toEqual(['block', 'second, block']);
    expect(document.provenance['validationAuc']).toBe(Math.max(...areas));
    disposeParameters(parameters);
  });

  it('goes on after a stop as if there had been none, bit for bit', { timeout: 120_000 }, async () => {
    const unbroken = await train({ dropPath: 0.5 });
    const control = new AbortController();
    const out = join(temporary(), 'run');
    const stopping = { signal: control.signal, progress: ({ done }: { done: number }) => (done === 3 ? control.abort() : undefined) };
    const options = { data, labels: table, init, out, settings: settings({ dropPath: 0.5 }), seed: 1, backend };
    await expect(classify(options, stopping)).rejects.toMatchObject({ code: 'cancelled' });
    writeFileSync(table, readFileSync(table, 'utf8').replace('case0,1', 'case0,0'));
    const resumed = await resumeClassify(out, silentTask);
    writeFileSync(table, readFileSync(table, 'utf8').replace('case0,0', 'case0,1'));
    const [step = 0] = (await unbroken.checkpoints()).slice(-1);
    expect((await resumed.checkpoints()).at(-1)).toBe(step);
    expect(checkpointBytes(resumed.path, step).equals(checkpointBytes(unbroken.path, step))).toBe(true);
  });

  it('moves the head alone with a frozen encoder', { timeout: 60_000 }, async () => {
    const [one, two] = await Promise.all(
      [
        await train({ freezeEncoder: true, epochs: 1, validationShare: 0 }),
        await train({ freezeEncoder: true, epochs: 3, validationShare: 0 }),
      ].map((run) => loadClassifier(run.modelPath())),
    );
    const differing: string[] = [];
    for (const [name, value] of one?.parameters ?? []) {
      const other = await two?.parameters.get(name)?.data();
      if ((await value.data()).some((x, i) => x !== other?.[i])) differing.push(name);
    }
    expect(differing).toEqual(['classifier.weight', 'classifier.bias']);
    for (const model of [one, two]) if (model !== undefined) disposeParameters(model.parameters);
  });

  it('refuses what it cannot learn from', async () => {
    const other = join(temporary(), 'other.csv');
    writeFileSync(other, 'id,block\nsomeone else,1\n');
    await expect(
      classify({ data, labels: other, init, out: temporary(), settings: settings(), seed: 1, backend }, silentTask),
    ).rejects.toMatchObject({ code: 'no-data', subject: other });
    await expect(train({ size: [12, 16, 16] })).rejects.toMatchObject({ code: 'bad-setting', subject: 'size' });
  });
});

describe('a table of findings', () => {
  const read = (text: string) => {
    const path = join(temporary(), 'table.csv');
    writeFileSync(path, text);
    return readFindings(path);
  };

  it('is read with quotes, spaces, empty answers and either line end', async () => {
    const { findings, answers } = await read('\uFEFFid,"a ""b"", c",d\r\nx, 1,\r\n"y,z",,0\n\n');
    expect(findings).toEqual(['a "b", c', 'd']);
    expect([...answers]).toEqual([
      ['x', [1, -1]],
      ['y,z', [-1, 0]],
    ]);
  });

  it.each([
    ['name,a\n', /line 1 does not begin/],
    ['id\nx\n', /line 1 does not begin/],
    ['id,a,a\nx,1,1\n', /line 1 has a finding/],
    ['id,a\nx,1\ny,1,0\n', /line 3 has 2 answers/],
    ['id,a\nx,yes\n', /line 2 has yes/],
    ['id,a\nx,1\nx,0\n', /line 3 names x again/],
    ['', /line 1/],
  ])('%j is refused, naming the line', async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'bad-file', message: expect.stringMatching(message) as string });
  });
});
