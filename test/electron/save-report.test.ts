import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { saveReport, type printOptions } from '../../electron/save-report.ts';
import { fakeElectron, type FakeElectron } from './support/fake-electron.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-report-'));
const file = join(folder, 'supplement.pdf');
const evaluation = '0123456789abcdef';
afterEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function saved(electron: FakeElectron): Promise<boolean> {
  const { BrowserWindow, dialog } = electron.functions;
  const window = new BrowserWindow({});
  return saveReport({ Window: BrowserWindow, dialog, window, evaluation });
}

it('prints the report in a hidden window without scripts or preload, and writes it where the user says', async () => {
  const electron = fakeElectron(folder);
  electron.dialog.place = file;
  expect(await saved(electron)).toBe(true);
  expect(electron.dialog.saved).toMatchObject([{ defaultPath: `evaluation-${evaluation}.pdf` }]);
  const [asked, hidden] = electron.windows;
  expect(asked?.loaded).toEqual([]);
  expect(hidden?.loaded).toEqual([`tessera://app/api/evaluations/${evaluation}/page`]);
  expect(hidden?.options).toMatchObject({ show: false, webPreferences: { javascript: false, sandbox: true, nodeIntegration: false } });
  expect(hidden?.options.webPreferences).not.toHaveProperty('preload');
  expect(hidden?.webContents.printed).toMatchObject([{ preferCSSPageSize: true, printBackground: true }]);
  expect(hidden?.destroyed).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(`%PDF of tessera://app/api/evaluations/${evaluation}/page`);
});

it('does nothing when the user cancels', async () => {
  const electron = fakeElectron(folder);
  expect(await saved(electron)).toBe(false);
  expect(electron.windows).toHaveLength(1);
});

it('prints nothing but a report, and leaves no window behind', async () => {
  const electron = fakeElectron(folder);
  electron.dialog.place = file;
  const { BrowserWindow } = electron.functions;
  class Refused extends BrowserWindow {
    constructor(options: typeof printOptions) {
      super(options);
      const made = electron.windows.at(-1);
      if (made !== undefined) made.webContents.answers = () => 404;
    }
  }
  const window = new BrowserWindow({});
  const saving = saveReport({ Window: Refused, dialog: electron.functions.dialog, window, evaluation });
  await expect(saving).rejects.toMatchObject({ code: 'not-found' });
  expect(electron.windows.at(-1)?.webContents.printed).toEqual([]);
  expect(electron.windows.at(-1)?.destroyed).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});
