import { setImmediate as settle } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CloseGuard, type CloseGuardOptions } from '../../electron/close-guard.ts';
import { asWindow, FakeDialog, FakeWindow } from './support/fake-electron.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const training = { title: 'Fine-tune liver', state: 'running', uses: 'accelerator' } as const;

/** Closes a window under these jobs, and presses this button if there is a question. */
async function close(
  jobs: CloseGuardOptions['jobs'],
  press: number,
  patience: () => Promise<void> = never,
): Promise<{ closed: boolean; dialog: FakeDialog }> {
  const dialog = new FakeDialog();
  dialog.presses = [press];
  const window = new FakeWindow();
  new CloseGuard({ jobs, dialog: dialog, patience }).watch(asWindow(window));
  expect(window.close()).toBe(false);
  // A click more while the question is asked.
  expect(window.close()).toBe(false);
  await settle();
  return { closed: window.destroyed, dialog };
}

it('asks while a network is trained', async () => {
  const stay = await close(() => Promise.resolve([training]), 0);
  expect(stay.closed).toBe(false);
  expect(stay.dialog.asked).toHaveLength(1);
  expect(stay.dialog.asked[0]).toMatchObject({ defaultId: 0, cancelId: 0, detail: expect.stringContaining('Fine-tune liver') });
  const leave = await close(() => Promise.resolve([training]), 1);
  expect(leave.closed).toBe(true);
});

it.each([
  ['nothing is there', []],
  ['it waits', [{ ...training, state: 'queued' as const }]],
  ['it is done', [{ ...training, state: 'done' as const }]],
  ['it is light', [{ ...training, uses: 'light' as const }]],
])('does not ask when %s', async (_when, jobs) => {
  const { closed, dialog } = await close(() => Promise.resolve(jobs), 0);
  expect([closed, dialog.asked.length]).toEqual([true, 0]);
});

it('a window over a dead host, or one that does not answer, closes', async () => {
  expect((await close(() => Promise.reject(new Error('gone')), 0)).closed).toBe(true);
  expect((await close(never, 0, () => Promise.resolve())).closed).toBe(true);
});

it('asks again at the next time', async () => {
  const dialog = new FakeDialog();
  dialog.presses = [0, 1];
  const window = new FakeWindow();
  new CloseGuard({ jobs: () => Promise.resolve([training, training]), dialog: dialog, patience: never }).watch(asWindow(window));
  window.close();
  await settle();
  window.close();
  await settle();
  expect([window.destroyed, dialog.asked.length]).toEqual([true, 2]);
});
