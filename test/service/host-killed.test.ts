import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Job } from '../../core/service/api/jobs.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { describeCompiled, openGate, smallVolume, temporaryFolder, until } from './support.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A host as a process of its own, and a way to ask it as a browser does. */
async function startHost(
  workspace: string,
): Promise<{ child: ChildProcess; ask: (path: string, init?: RequestInit) => Promise<Response> }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'fake-host.mjs'), workspace], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const address = await new Promise<string>((resolve) => child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim())));
  const entered = await fetch(address, { redirect: 'manual' });
  const cookie = (entered.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(new URL(`/api${path}`, address), { ...init, headers: { Cookie: cookie, 'Content-Type': 'application/json' } });
  return { child, ask };
}

const kill = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;

describeCompiled('a host that is killed in the middle of jobs', () => {
  it('finds its queue as it was, and goes on behind what was done', async () => {
    const folder = temporaryFolder();
    const workspace = await createWorkspace(folder, { name: 'test' });
    const scans: string[] = [];
    for (const seed of [0, 1, 2]) scans.push((await workspace.addScan({ volume: smallVolume(seed) })).scan.id);
    await workspace.close();

    const first = await startHost(folder);
    const post = (body: object): Promise<Job> => json<Job>(first.ask('/jobs', { method: 'POST', body: JSON.stringify(body) }));
    const many = await post({ kind: 'segment', model: 'aaaaaaaa', scans });
    const { source } = await json<{ source: string }>(first.ask('/uploads', { method: 'POST' }));
    await first.ask(`/uploads/${source}/files?name=a`, { method: 'PUT', body: 'content' });
    const importing = await post({ kind: 'import', source });
    await first.ask('/uploads', { method: 'POST' });
    const waiting = await post({ kind: 'segment', model: 'bbbbbbbb', scans: scans.slice(0, 1) });
    await first.ask(`/jobs/${waiting.id}/pause`, { method: 'POST' });
    openGate(folder, 'segment-0');
    await until(async () => (await json<Job>(first.ask(`/jobs/${many.id}`))).result?.layers?.length === 1);
    await until(async () => (await json<Job>(first.ask(`/jobs/${importing.id}`))).state === 'running');
    await kill(first.child);

    const second = await startHost(folder);
    const jobs = await json<Job[]>(second.ask('/jobs'));
    expect(jobs.map(({ id, state }) => [id, state])).toEqual([
      [many.id, 'running'],
      [importing.id, 'running'],
      [waiting.id, 'paused'],
    ]);
    // The upload that no job waits for is gone.
    expect(readdirSync(join(folder, 'cache', 'uploads'))).toEqual([source]);
    for (const gate of ['segment-1', 'segment-2', 'import']) openGate(folder, gate);
    const done = await until(async () => {
      const job = await json<Job>(second.ask(`/jobs/${many.id}`));
      return job.state === 'done' && job;
    });
    expect(done.result?.layers?.map(({ scan }) => scan)).toEqual(scans);
    await until(async () => (await json<Job>(second.ask(`/jobs/${importing.id}`))).state === 'done');
    for (const scan of scans) expect(await json(second.ask(`/scans/${scan}/layers`))).toHaveLength(1);
    await second.ask(`/jobs/${waiting.id}/resume`, { method: 'POST' });
    await until(async () => (await json<Job>(second.ask(`/jobs/${waiting.id}`))).state === 'done');
  });

  it('goes on with files that lie elsewhere, and says what to do when it no longer knows where', async () => {
    const folder = temporaryFolder();
    const uploads = join(folder, 'cache', 'uploads');
    const first = await startHost(folder);
    const known = await json<Job>(first.ask('/samples', { method: 'POST' }));
    const [note = ''] = readdirSync(uploads);
    const lost = await json<Job>(first.ask('/samples', { method: 'POST' }));
    await until(async () => (await json<Job>(first.ask(`/jobs/${known.id}`))).state === 'running');
    await kill(first.child);
    for (const name of readdirSync(uploads)) {
      if (process.platform !== 'win32') expect(statSync(join(uploads, name)).mode & 0o077).toBe(0);
      if (name !== note) rmSync(join(uploads, name));
    }

    openGate(folder, 'import');
    const second = await startHost(folder);
    const ended = (id: string): Promise<Job> =>
      until(async () => {
        const job = await json<Job>(second.ask(`/jobs/${id}`));
        return job.ended !== undefined && job;
      });
    expect((await ended(known.id)).result?.problems?.map(({ name }) => name)).toContain('abdomen.nii.gz');
    const { state, error } = await ended(lost.id);
    expect([state, error?.code, error?.advice]).toEqual(['failed', 'not-found', 'Choose them again.']);
    await until(() => readdirSync(uploads).length === 0);
  });

  it('gives events again to a page that comes back, or tells it to ask anew', async () => {
    const folder = temporaryFolder();
    const first = await startHost(folder);
    const { source } = await json<{ source: string }>(first.ask('/uploads', { method: 'POST' }));
    const page = readerOf(await first.ask('/events'));
    await page.until(/^id: \d+\n\n/m);
    await first.ask('/jobs', { method: 'POST', body: JSON.stringify({ kind: 'import', source }) });
    const [id = ''] = /(?<=^id: )\d+(?=\nevent: job)/m.exec(await page.until(/^event: job\ndata: .*\n\n/m)) ?? [];
    await page.leave();

    const again = readerOf(await first.ask(`/events?after=${Number(id) - 1}`));
    expect(await again.until(/^event: .*\n\n/ms)).toContain(`id: ${id}\nevent: job\n`);
    await again.leave();
    await kill(first.child);
    const second = await startHost(folder);
    const later = readerOf(await second.ask(`/events?after=${id}`));
    expect(await later.until(/^event: .*\n\n/ms)).toContain('event: resync');
    await later.leave();
  });
});

/** Reads a stream until it has said something. */
function readerOf(answer: Response): { until: (wanted: RegExp) => Promise<string>; leave: () => Promise<void> } {
  const reader = (answer.body as ReadableStream<Uint8Array> | null)?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    until: async (wanted) => {
      while (!wanted.test(text)) text += decoder.decode((await reader?.read())?.value, { stream: true });
      return text;
    },
    leave: async () => reader?.cancel(),
  };
}
