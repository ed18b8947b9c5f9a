import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Sources } from '../../core/service/library/sources.ts';
import { temporaryFolder } from './support.ts';

async function registered(): Promise<{ root: string; id: string; note: string; paths: string[] }> {
  const root = join(temporaryFolder(), 'uploads');
  const paths = [join(temporaryFolder(), 'Doe^Jane.nii.gz'), temporaryFolder()];
  writeFileSync(paths[0] ?? '', '');
  const id = await new Sources(root).register(paths);
  return { root, id, note: join(root, `${id}.json`), paths };
}

async function resumed(root: string, ...wanted: string[]): Promise<Sources> {
  const sources = new Sources(root);
  await sources.resume(new Set(wanted));
  return sources;
}

it('knows after a restart where files lie that the user chose, while a job waits for them', async () => {
  const { root, id, paths } = await registered();
  const sources = await resumed(root, id);
  expect(sources.paths(id)).toEqual(paths);
  await sources.remove(id);
  expect(() => sources.paths(id)).toThrow('no longer at hand');
});

it('forgets them when no job waits', async () => {
  const { root, id } = await registered();
  await resumed(root);
  const later = await resumed(root, id);
  expect(() => later.paths(id)).toThrow('no longer at hand');
});

it('believes no note that is broken', async () => {
  const { root, id, note } = await registered();
  writeFileSync(note, readFileSync(note).subarray(0, 10));
  const sources = await resumed(root, id);
  expect(() => sources.paths(id)).toThrow('no longer at hand');
});

it.skipIf(process.platform === 'win32')('believes no note that others may write', async () => {
  const { root, id, note } = await registered();
  chmodSync(note, 0o622);
  const sources = await resumed(root, id);
  expect(() => sources.paths(id)).toThrow('no longer at hand');
});
