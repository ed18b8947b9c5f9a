import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTrainingCases } from '../../core/imaging/index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-training-cases-'));
  await mkdir(join(folder, 'images'));
  for (const id of ['a', 'b', 'c', 'd']) await writeFile(join(folder, 'images', `${id}.nii.gz`), 'x');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, content: unknown): Promise<void> =>
  writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
const ids = async (): Promise<string[]> => (await findTrainingCases(folder)).cases.map((c) => c.id);

describe('the cases that training may see', () => {
  it('are all of them without split.json, each a patient of its own', async () => {
    const found = await findTrainingCases(folder);
    expect(found.cases.map((c) => [c.id, c.patient])).toEqual(['a', 'b', 'c', 'd'].map((id) => [id, id]));
    expect(found.lock).toBeUndefined();
  });

  it('lack the test cases of split.json, whatever else it holds', async () => {
    const text = JSON.stringify({ training: ['a'], labelled: [], test: ['d', 'b'] });
    await write('split.json', text);
    const found = await findTrainingCases(folder);
    expect(found.cases.map((c) => c.id)).toEqual(['a', 'c']);
    expect(found.lock).toEqual({
      file: join(folder, 'split.json'),
      sha256: createHash('sha256').update(text).digest('hex'),
      test: ['b', 'd'],
    });
  });

  it('lack the other scans of a test patient, also of one whose own scan is elsewhere', async () => {
    await write('patients.json', { a: 'P1', c: 'P1', d: 'P2', elsewhere: 'P2' });
    await write('split.json', { test: ['a', 'elsewhere'] });
    const found = await findTrainingCases(folder);
    expect(found.cases.map((c) => [c.id, c.patient])).toEqual([['b', 'b']]);
    expect(found.lock?.test).toEqual(['a', 'c', 'd', 'elsewhere']);
    expect(found.problems.map((p) => p.message)).toEqual([expect.stringContaining('elsewhere, which is not in this folder')]);
  });

  it('are all of them when nothing is named as a test case', async () => {
    await write('split.json', { training: ['a'] });
    expect(await ids()).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['split.json', 'not JSON'],
    ['split.json', ['a']],
    ['split.json', { test: 'a' }],
    ['patients.json', '{'],
    ['patients.json', { a: 7 }],
    ['patients.json', { a: '' }],
  ])('are refused with a damaged %s: %j', async (name, content) => {
    await write(name, content);
    await expect(findTrainingCases(folder)).rejects.toMatchObject({ code: 'bad-file', subject: join(folder, name) });
  });

  it('are refused when split.json is there and cannot be read: a lock never counts as open', async () => {
    await mkdir(join(folder, 'split.json'));
    await expect(findTrainingCases(folder)).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('are refused when all are locked', async () => {
    await write('split.json', { test: ['a', 'b', 'c', 'd'] });
    await expect(findTrainingCases(folder)).rejects.toMatchObject({ code: 'no-data', subject: join(folder, 'split.json') });
  });
});
