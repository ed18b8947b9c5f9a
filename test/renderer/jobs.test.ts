import './support/runes.ts';
import { expect, it } from 'vitest';
import type { Host } from '../../renderer/api/host.ts';
import type { Job } from '../../renderer/api/types.ts';

const { Jobs } = await import('../../renderer/state/jobs.svelte.ts');

function jobOf(id: string, state: Job['state']): Job {
  const progress = { fraction: null, note: '' };
  return { id, kind: 'pretrain', title: '', state, uses: 'accelerator', priority: 'background', progress, created: '' };
}

it('a new order says nothing of what jobs are: one that has ended meanwhile stays so', async () => {
  let answer: (jobs: Job[]) => void = () => undefined;
  const host: Partial<Host> = {
    jobs: () => Promise.resolve(['a', 'b', 'c'].map((id) => jobOf(id, id === 'a' ? 'running' : 'queued'))),
    moveJob: () => new Promise((resolve) => (answer = resolve)),
  };
  const ended: string[] = [];
  const jobs = new Jobs(host as Host, ({ id }) => ended.push(id));
  await jobs.refresh();
  const moving = jobs.move('c', 'up');
  jobs.apply(jobOf('a', 'done'));
  jobs.apply(jobOf('d', 'queued'));
  answer([jobOf('a', 'running'), jobOf('c', 'queued'), jobOf('b', 'queued')]);
  await moving;
  expect(jobs.items.map(({ id, state }) => [id, state])).toEqual([
    ['a', 'done'],
    ['c', 'queued'],
    ['b', 'queued'],
    ['d', 'queued'],
  ]);
  // Another window's wish.
  jobs.order(['a', 'b', 'c', 'd']);
  expect(jobs.items.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  expect(ended).toEqual(['a']);
});
