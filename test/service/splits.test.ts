import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ScanListing } from '../../core/service/api/scans.ts';
import type { SplitListing, SplitPreview } from '../../core/service/api/splits.ts';
import { createWorkspace, openWorkspace, type Workspace } from '../../core/workspace/index.ts';
import { clientOf, openHost, smallVolume, temporaryFolder, type Client } from './support.ts';

const shares = { training: 0.6, validation: 0.2, test: 0.2 };

function createOrOpen(folder: string): Promise<Workspace> {
  return existsSync(join(folder, 'workspace.json')) ? openWorkspace(folder) : createWorkspace(folder, { name: 'study' });
}

async function study(): Promise<{ folder: string; add: (seed: number) => Promise<void> }> {
  const folder = temporaryFolder();
  const add = async (seed: number): Promise<void> => {
    const workspace = await createOrOpen(folder);
    await workspace.addScan({ volume: smallVolume(seed) });
    await workspace.close();
  };
  for (let seed = 0; seed < 10; seed++) await add(seed);
  return { folder, add };
}

const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const partsIn = async (client: Client): Promise<Map<string, string | undefined>> =>
  new Map((await json<ScanListing>(client.get('/scans'))).scans.map(({ id, split }) => [id, split]));
const counted = (parts: ReadonlyMap<string, string | undefined>, part: string): number =>
  [...parts.values()].filter((p) => p === part).length;

it('are drawn as the preview said, and every scan tells its part', async () => {
  const { folder } = await study();
  const host = await openHost(folder);
  const client = clientOf(host);
  expect(await json(client.get('/splits'))).toEqual({ splits: [], problems: [] });
  expect([...(await partsIn(client)).values()]).toEqual(Array.from({ length: 10 }, () => undefined));

  const preview = await json<SplitPreview>(client.post('/splits/preview', { seed: 3, parts: shares }));
  expect(preview).toEqual({ parts: { training: 6, validation: 2, test: 2 }, patients: 10, locked: false, leftOut: 0 });
  expect((await json<SplitListing>(client.get('/splits'))).splits).toEqual([]);

  const before = host.events.last;
  const saved = await client.post('/splits', { name: ' first ', seed: 3, parts: shares });
  expect(await saved.json()).toMatchObject({ name: 'first', seed: 3, parts: preview.parts, current: true });
  expect(host.events.after(before)?.map(({ kind }) => kind)).toEqual(['split-changed']);
  const parts = await partsIn(client);
  expect(['training', 'validation', 'test'].map((part) => counted(parts, part))).toEqual([6, 2, 2]);
});

it('never change a test part once it was made, even where two ask at the same time', async () => {
  const { folder, add } = await study();
  let host = await openHost(folder);
  let client = clientOf(host);
  const draw = (seed: number): Promise<Response> => client.post('/splits', { name: 's', seed, parts: shares });
  const answers = await Promise.all([draw(1), draw(2)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const first = await partsIn(client);
  await draw(3);
  const testOf = (parts: ReadonlyMap<string, string | undefined>): string[] =>
    [...parts].filter(([, part]) => part === 'test').map(([id]) => id);
  expect(testOf(await partsIn(client))).toEqual(testOf(first));
  const { splits } = await json<SplitListing>(client.get('/splits'));
  expect([splits.length, splits.filter(({ current }) => current).length]).toEqual([3, 1]);
  await expect(host.workspace.workspace.saveSplit('by hand', { training: [], test: [...first.keys()].slice(0, 1) })).rejects.toMatchObject({
    code: 'test-case',
  });

  await host.close();
  await add(99);
  host = await openHost(folder);
  client = clientOf(host);
  expect(counted(await partsIn(client), 'test')).toBe(2);
  expect(await json(client.post('/splits/preview', { seed: 4, parts: shares }))).toMatchObject({
    parts: { test: 2 },
    locked: true,
    patients: 11,
  });
});

it.each([
  [{ training: 0.5, validation: 0.2, test: 0.2 }, 'the shares must be 1 together'],
  [{ training: 0, validation: 0.5, test: 0.5 }, 'something must train'],
  [{ training: 2, validation: -0.5, test: -0.5 }, 'parts.'],
])('refuse shares such as %o', async (parts, reason) => {
  const client = clientOf(await openHost());
  const answer = await client.post('/splits', { name: 'x', seed: 0, parts });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(await answer.json())).toContain(reason);
});

it('say what to do where there are no scans', async () => {
  const client = clientOf(await openHost());
  const reason = { code: 'no-data', advice: 'Import more scans, or set the share of a part to 0.' };
  expect(await json(client.post('/splits/preview', { seed: 0, parts: shares }))).toMatchObject({ problem: reason });
  const answer = await client.post('/splits', { name: 'none', seed: 0, parts: shares });
  expect([answer.status, await answer.json()]).toMatchObject([409, { error: reason }]);
});
