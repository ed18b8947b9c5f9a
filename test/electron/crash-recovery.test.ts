import type { App } from 'electron';
import { setImmediate as settle } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { noteHelperDeaths, recoverPage } from '../../electron/crash-recovery.ts';
import { RestartBudget } from '../../electron/restart-budget.ts';
import { asWindow, FakeApp, FakeDialog, FakeWindow } from './support/fake-electron.ts';

function watched(presses: number[] = []): { window: FakeWindow; dialog: FakeDialog; log: string[]; clock: { time: number } } {
  const window = new FakeWindow();
  const dialog = new FakeDialog();
  dialog.presses = presses;
  const log: string[] = [];
  const clock = { time: 0 };
  recoverPage(asWindow(window), { dialog: dialog, log: (line) => log.push(line), now: () => clock.time });
  return { window, dialog, log, clock };
}
const die = (window: FakeWindow, reason = 'crashed'): boolean =>
  window.webContents.emit('render-process-gone', {}, { reason, exitCode: 5 });

describe("when the page's process dies", () => {
  it('the page is loaded again, twice in a minute', () => {
    const { window, dialog, log } = watched();
    die(window);
    die(window, 'oom');
    expect(window.loaded).toEqual(['tessera://app/', 'tessera://app/']);
    expect(dialog.asked).toEqual([]);
    expect(log.join()).toContain('oom');
  });

  it('then the user decides, and it is loaded or left', async () => {
    const { window, dialog } = watched([1, 0]);
    for (let death = 0; death < 3; death++) die(window);
    await settle();
    expect([window.loaded.length, dialog.asked.length]).toEqual([2, 1]);
    die(window);
    await settle();
    expect([window.loaded.length, dialog.asked.length]).toEqual([3, 2]);
  });

  it('deaths long ago do not count', () => {
    const { window, clock } = watched();
    for (let death = 0; death < 5; death++) {
      die(window);
      clock.time += 40_000;
    }
    expect(window.loaded).toHaveLength(5);
  });

  it('a process that ended as it should is not missed, nor one of a closed window', () => {
    const { window } = watched();
    die(window, 'clean-exit');
    window.destroyed = true;
    die(window);
    expect(window.loaded).toEqual([]);
  });
});

it('a page that does not answer is given up only when the user says so', async () => {
  const { window, dialog } = watched([1, 0]);
  window.emit('unresponsive');
  await settle();
  expect([window.webContents.crashes, window.loaded.length]).toEqual([0, 0]);
  window.emit('unresponsive');
  // Once is enough.
  window.emit('unresponsive');
  await settle();
  expect([window.webContents.crashes, window.loaded.length, dialog.asked.length]).toEqual([1, 1, 2]);
});

it('a page that was not loaded is asked about; a load that another replaced, or of a frame, is not', async () => {
  const { window, dialog } = watched([0]);
  window.webContents.emit('did-fail-load', {}, -3, 'ERR_ABORTED', 'tessera://app/', true);
  window.webContents.emit('did-fail-load', {}, -2, 'ERR_FAILED', 'tessera://app/x', false);
  await settle();
  expect(dialog.asked).toEqual([]);
  window.webContents.emit('did-fail-load', {}, -2, 'ERR_FAILED', 'tessera://app/', true);
  await settle();
  expect([dialog.asked.length, window.loaded.length]).toEqual([1, 1]);
});

it("deaths of Chromium's helpers are written down", () => {
  const app = new FakeApp('/');
  const log: string[] = [];
  noteHelperDeaths(app as unknown as App, (line) => log.push(line));
  app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 139 });
  app.emit('child-process-gone', {}, { type: 'Utility', reason: 'clean-exit', exitCode: 0 });
  expect(log).toEqual(["Chromium's GPU process ended: crashed (139)."]);
});

it('a budget gives so many in so much time', () => {
  let now = 0;
  const budget = new RestartBudget(2, 100, () => now);
  expect([budget.take(), budget.take(), budget.take()]).toEqual([0, 1, undefined]);
  now = 101;
  expect(budget.take()).toBe(0);
  budget.take();
  budget.refill();
  expect(budget.take()).toBe(0);
});
