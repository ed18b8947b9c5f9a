import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../core/base/errors.ts';
import { cancelled } from '../../core/base/task.ts';
import type { Job, JobResult } from '../../core/service/api/jobs.ts';
import type { RequestHooks } from '../../core/service/engine/engine.ts';
import type { JobInput } from '../../core/service/jobs/job-record.ts';
import { JobQueue } from '../../core/service/jobs/job-queue.ts';
import { JobStore } from '../../core/service/jobs/job-store.ts';
import { Lane } from '../../core/service/jobs/lane.ts';
import { temporaryFolder, until } from './support.ts';

/** One begun piece of work, which the test ends as it likes. */
interface Begun {
  readonly scan: string;
  readonly hooks: RequestHooks;
  readonly done: (result: JobResult) => void;
  readonly fail: (error: unknown) => void;
  held?: () => void;
  going: number;
}

interface Setting {
  readonly queue: JobQueue;
  readonly begun: Begun[];
  readonly published: Job[];
  readonly orders: (readonly string[])[];
  readonly path: string;
}

/** A queue whose work does nothing by itself. Its state is in the file at `path`, so another one can take it up. */
async function openQueue(path = join(temporaryFolder(), 'jobs.json')): Promise<Setting> {
  const begun: Begun[] = [];
  const published: Job[] = [];
  const orders: (readonly string[])[] = [];
  const queue = new JobQueue({
    store: new JobStore(path),
    lanes: { accelerator: new Lane(1), light: new Lane(1) },
    publish: (job) => published.push(job),
    ordered: (ids) => orders.push(ids),
    work: (input) => ({
      // Work on many scans goes on after a death of the engine.
      ...(input.kind === 'segment' && input.scans.length > 1 ? { reached: () => Promise.resolve(0) } : {}),
      start: (_record, hooks) => {
        const [scan = ''] = input.kind === 'segment' ? input.scans : [];
        let work: Begun | undefined;
        const result = new Promise<JobResult>((done, fail) => begun.push((work = { scan, hooks, done, fail, going: 0 })));
        return {
          result,
          cancel: () => work?.fail(cancelled()),
          hold: (held) => {
            if (work !== undefined) work.held = held;
          },
          go: () => {
            if (work !== undefined) work.going++;
          },
        };
      },
    }),
  });
  await queue.resume();
  return { queue, begun, published, orders, path };
}

const segment = (...scans: string[]): JobInput => ({ kind: 'segment', model: 'aaaaaaaa', scans, entropy: false });
const stateOf = (queue: JobQueue, id: string): Job['state'] => queue.get(id).state;
const saved = (path: string): { jobs: { job: Job; attempts: number }[] } =>
  JSON.parse(readFileSync(path, 'utf8')) as { jobs: { job: Job; attempts: number }[] };

describe('the queue', () => {
  it('does one accelerator job at a time and light ones beside it', async () => {
    const { queue, begun } = await openQueue();
    const a = await queue.submit(segment('11111111'));
    const b = await queue.submit(segment('22222222'));
    const light = await queue.submit({ kind: 'import', source: '0'.repeat(32) });
    expect([a, b, light].map(({ id }) => stateOf(queue, id))).toEqual(['running', 'queued', 'running']);
    begun[0]?.done({ layers: [] });
    await until(() => stateOf(queue, b.id) === 'running');
    expect(queue.get(a.id)).toMatchObject({ state: 'done', result: { layers: [] }, progress: { fraction: 1 } });
  });

  it('lets a job that was asked for alone go before one of many scans', async () => {
    const { queue, begun } = await openQueue();
    const many = await queue.submit(segment('11111111', '22222222'));
    const one = await queue.submit(segment('33333333'));
    begun[0]?.held?.();
    expect([stateOf(queue, many.id), stateOf(queue, one.id)]).toEqual(['queued', 'running']);
    begun[1]?.done({});
    await until(() => stateOf(queue, many.id) === 'running');
    expect(begun.map(({ going }) => going)).toEqual([1, 0]);
  });

  it('tells every change, and where a job stands', async () => {
    const { queue, begun, published } = await openQueue();
    const { id } = await queue.submit(segment('11111111'));
    begun[0]?.hooks.onProgress?.({ stage: 'windows', done: 3, total: 12 });
    await until(() => published.some(({ progress }) => progress.fraction === 0.25));
    begun[0]?.fail(new TesseraError('bad-model', 'does not fit.', { subject: '/home/someone/model.json', advice: 'Take another.' }));
    await until(() => stateOf(queue, id) === 'failed');
    expect(published.map(({ state }) => state)).toEqual(['queued', 'running', 'running', 'failed']);
    expect(queue.get(id).error).toEqual({ code: 'bad-model', message: 'does not fit.', subject: 'model.json', advice: 'Take another.' });
  });

  it('pauses a job that waits, and one at work at its next good place', async () => {
    const { queue, begun } = await openQueue();
    const a = await queue.submit(segment('11111111'));
    const b = await queue.submit(segment('22222222'));
    await queue.pause(b.id);
    expect(stateOf(queue, b.id)).toBe('paused');
    await queue.pause(a.id);
    expect(stateOf(queue, a.id)).toBe('running');
    begun[0]?.held?.();
    expect(stateOf(queue, a.id)).toBe('paused');
    await queue.resumeJob(b.id);
    expect(stateOf(queue, b.id)).toBe('running');
    await queue.resumeJob(a.id);
    expect(stateOf(queue, a.id)).toBe('queued');
    begun[1]?.done({});
    await until(() => stateOf(queue, a.id) === 'running');
    expect(begun).toHaveLength(2);
  });

  it('cancels jobs that wait, work or pause', async () => {
    const { queue, begun } = await openQueue();
    const ids: string[] = [];
    for (const scan of ['11111111', '22222222', '33333333']) ids.push((await queue.submit(segment(scan))).id);
    const [working = '', waiting = '', next = ''] = ids;
    expect((await queue.cancel(waiting)).state).toBe('cancelled');
    await queue.pause(working);
    begun[0]?.held?.();
    await queue.cancel(working);
    await until(() => stateOf(queue, working) === 'cancelled');
    expect(stateOf(queue, next)).toBe('running');
    await queue.cancel(next);
    await until(() => stateOf(queue, next) === 'cancelled');
    expect((await queue.cancel(next)).state).toBe('cancelled');
  });

  it('lets jobs that wait change their turns, and remembers it', async () => {
    const { queue, begun, orders, path } = await openQueue();
    const ids: string[] = [];
    for (const scan of ['11111111', '22222222', '33333333', '44444444']) ids.push((await queue.submit(segment(scan))).id);
    const [working = '', second = '', third = '', fourth = ''] = ids;
    const order = (): string[] => queue.list().map(({ id }) => id);
    await queue.move(fourth, -1);
    await queue.move(fourth, -1);
    // Nobody passes the one at work, and it does not move.
    await queue.move(fourth, -1);
    await queue.move(working, 1);
    await queue.move(third, 1);
    expect(order()).toEqual([working, fourth, second, third]);
    expect(saved(path).jobs.map(({ job }) => job.id)).toEqual(order());
    // Every window is told, of what changed only.
    expect(orders).toHaveLength(2);
    expect(orders.at(-1)).toEqual(order());
    begun[0]?.done({});
    await until(() => stateOf(queue, fourth) === 'running');
    begun[1]?.done({});
    await until(() => stateOf(queue, second) === 'running');
    expect(begun.map(({ scan }) => scan)).toEqual(['11111111', '44444444', '22222222']);
  });

  it('begins a job whose engine died where the list shows it: before those that were asked for later', async () => {
    const { queue, begun } = await openQueue();
    const ids: string[] = [];
    for (const scan of ['11111111', '22222222', '33333333']) ids.push((await queue.submit(segment(scan, '99999999'))).id);
    const [working = '', second = ''] = ids;
    begun[0]?.fail(new TesseraError('runtime-failed', 'died.', { advice: 'Again.' }));
    await until(() => begun.length === 2);
    expect(begun[1]?.scan).toBe('11111111');
    expect([working, second].map((id) => stateOf(queue, id))).toEqual(['running', 'queued']);
  });

  it('does not know jobs that are none', async () => {
    const { queue } = await openQueue();
    expect(() => queue.get('00000000')).toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(queue.pause('00000000')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a queue that is taken up again', () => {
  it('is as it was', async () => {
    const first = await openQueue();
    const done = await first.queue.submit(segment('11111111'));
    first.begun[0]?.done({ layers: [{ scan: '11111111', layer: '99999999' }] });
    await until(() => stateOf(first.queue, done.id) === 'done');
    const working = await first.queue.submit(segment('22222222'));
    const paused = await first.queue.submit(segment('33333333'));
    const waiting = await first.queue.submit(segment('44444444'));
    await first.queue.pause(paused.id);

    // No word to the first one: its process was killed.
    const second = await openQueue(first.path);
    expect(second.queue.list().map(({ id, state }) => [id, state])).toEqual([
      [done.id, 'done'],
      [working.id, 'running'],
      [paused.id, 'paused'],
      [waiting.id, 'queued'],
    ]);
    expect(second.queue.get(done.id).result).toEqual({ layers: [{ scan: '11111111', layer: '99999999' }] });
    expect(second.begun.map(({ scan }) => scan)).toEqual(['22222222']);
    second.begun[0]?.done({});
    await until(() => stateOf(second.queue, waiting.id) === 'running');
    await second.queue.resumeJob(paused.id);
    expect(stateOf(second.queue, paused.id)).toBe('queued');
  });

  it('keeps the turn of a job that was paused and then moved', async () => {
    const first = await openQueue();
    await first.queue.submit(segment('11111111'));
    const waiting = await first.queue.submit(segment('22222222'));
    const paused = await first.queue.submit(segment('33333333'));
    await first.queue.pause(paused.id);

    const { queue, begun } = await openQueue(first.path);
    await queue.move(paused.id, -1);
    await queue.resumeJob(paused.id);
    begun[0]?.done({});
    await until(() => stateOf(queue, paused.id) === 'running');
    expect(stateOf(queue, waiting.id)).toBe('queued');
  });

  it('does not begin a job a third time that was at work at two sudden ends', async () => {
    const first = await openQueue();
    const { id } = await first.queue.submit(segment('11111111'));
    await until(() => saved(first.path).jobs[0]?.attempts === 1);
    const second = await openQueue(first.path);
    await until(() => saved(first.path).jobs[0]?.attempts === 2);
    expect(stateOf(second.queue, id)).toBe('running');
    const third = await openQueue(first.path);
    expect(third.queue.get(id)).toMatchObject({ state: 'failed', error: { code: 'runtime-failed' } });
    expect(third.begun).toHaveLength(0);
  });

  it('leaves jobs at work for the next when it is closed', async () => {
    const first = await openQueue();
    const { id } = await first.queue.submit(segment('11111111'));
    await first.queue.close();
    first.begun[0]?.fail(cancelled());
    const second = await openQueue(first.path);
    expect(stateOf(second.queue, id)).toBe('running');
  });

  it('begins empty beside a damaged file, which is kept', async () => {
    const path = join(temporaryFolder(), 'jobs.json');
    writeFileSync(path, '{"schema":"tessera-jobs/1","jobs":[{');
    const { queue } = await openQueue(path);
    expect(queue.list()).toEqual([]);
    expect(readFileSync(`${path}.damaged`, 'utf8')).toContain('tessera-jobs/1');
  });

  it('remembers so many ended jobs, and no names of files', async () => {
    const first = await openQueue();
    const { id } = await first.queue.submit({ kind: 'import', source: '0'.repeat(32) });
    const error = { code: 'bad-file', subject: 'Miller_John.nii', message: 'is damaged.' };
    first.begun[0]?.done({ scans: [], problems: [{ name: 'Miller_John.nii', error }] });
    await until(() => stateOf(first.queue, id) === 'done');
    expect(first.queue.get(id).result?.problems?.[0]?.name).toBe('Miller_John.nii');
    for (let n = 0; n < 210; n++) await first.queue.cancel((await first.queue.submit(segment('11111111'))).id);
    await first.queue.close();
    expect(readFileSync(first.path, 'utf8')).not.toContain('Miller');
    expect(saved(first.path).jobs.length).toBeLessThanOrEqual(201);
    expect(readdirSync(join(first.path, '..'))).toEqual(['jobs.json']);
  });

  it('takes no job that cannot be written down', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const { queue, begun } = await openQueue(join(folder, 'file', 'jobs.json'));
    await expect(queue.submit(segment('11111111'))).rejects.toMatchObject({ code: 'write-failed' });
    expect(queue.list()).toEqual([]);
    expect(begun).toEqual([]);
  });
});
