import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { startBackend, type Backend } from '../../core/compute/index.ts';
import { finetune, pretrain, resumeFinetune, resumePretrain, RunFolder } from '../../core/learning/index.ts';
import { smallData, temporary, tinyFinetuning, tinyPretraining } from './support/tiny.ts';

let backend: Backend;
let data: string;
let work: string;
let ids: string[];
beforeAll(async () => {
  backend = await startBackend();
});
beforeEach(() => {
  data = smallData(4);
  work = temporary();
  ids = readdirSync(join(data, 'images'))
    .map((name) => name.replace('.nii.gz', ''))
    .sort();
});
afterEach(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true });
});

const lock = (...test: (string | undefined)[]): void => writeFileSync(join(data, 'split.json'), JSON.stringify({ test }));
const options = (name: string) => ({ data, out: join(work, name), seed: 2, backend });

describe('a locked test case', () => {
  it('is never opened by training: rubbish in its place does no harm, and the run says what was locked', async () => {
    lock(ids[3]);
    for (const part of ['images', 'labels']) writeFileSync(join(data, part, `${ids[3] ?? ''}.nii.gz`), 'no scan at all');
    const pretraining = await pretrain({ ...options('pretrain'), settings: tinyPretraining({ epochs: 1 }) }, silentTask);
    const finetuning = await finetune({ ...options('finetune'), settings: tinyFinetuning({ epochs: 1 }) }, silentTask);
    for (const run of [pretraining, finetuning]) {
      const { document } = await RunFolder.open(run.path);
      expect(document.data.cases.map((c) => c.id).sort()).toEqual(ids.slice(0, 3));
      expect(document.data.lock).toMatchObject({ file: join(data, 'split.json'), test: [ids[3]] });
      expect(document.data.lock?.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('is refused by name', async () => {
    lock(ids[1]);
    const settings = tinyFinetuning({ epochs: 1 });
    await expect(
      finetune({ ...options('named'), settings, split: { ids: [ids[0] ?? '', ids[1] ?? ''] } }, silentTask),
    ).rejects.toMatchObject({ code: 'test-case', subject: ids[1], message: expect.stringContaining('split.json') });
    expect(readdirSync(work)).toEqual([]);
  });

  it('that a run already learns from stops that run from going on', async () => {
    await finetune({ ...options('finetune'), settings: tinyFinetuning({ epochs: 2 }), stopAfter: 1 }, silentTask);
    await pretrain({ ...options('pretrain'), settings: tinyPretraining({ epochs: 2 }), stopAfter: 1 }, silentTask);
    lock(ids[0]);
    await expect(resumeFinetune(join(work, 'finetune'), silentTask)).rejects.toMatchObject({ code: 'test-case', subject: ids[0] });
    await expect(resumePretrain(join(work, 'pretrain'), silentTask)).rejects.toMatchObject({ code: 'no-data', subject: data });
  });
});

it('training code has no other way to its cases', () => {
  const room = join(import.meta.dirname, '..', '..', 'core', 'learning');
  const sources = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(sources.length).toBeGreaterThan(20);
  expect(sources.filter((name) => /\b(findCases|listScans)\b/.test(readFileSync(join(room, name), 'utf8')))).toEqual([]);
});
