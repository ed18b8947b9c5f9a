import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| \d/.test(line));
const cells = rows.map((row) =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim()),
);

it("answers all twenty items of Electron's checklist, in its order", () => {
  expect(cells.map(([number]) => Number(number))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

describe.each(cells)('item %s, %s,', (_number, _item, answer = '', files = '', tests = '') => {
  it('has an answer and names files that exist', () => {
    expect(answer).not.toBe('');
    const named = [...files.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names tests that exist', () => {
    // A file, then titles of tests in it.
    const named = [...tests.matchAll(/`(test\/[^`]+)` ((?:"[^"]+"(?:, )?)+)/g)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, path = '', titles = ''] of named) {
      const source = readFileSync(join(root, path), 'utf8');
      const absent = [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title).filter((title) => !source.includes(title));
      expect([path, absent]).toEqual([path, []]);
    }
  });
});

it('nothing that weakens the window is written anywhere', () => {
  const scripts = readdirSync(join(root, 'scripts')).map((name) => join('scripts', name));
  const shell = readdirSync(join(root, 'electron')).map((name) => join('electron', name));
  const weak =
    /openExternal|shell\.openPath|executeJavaScript|no-sandbox|nodeIntegration: true|sandbox: false|contextIsolation: false|bypassCSP|loadFile|enableBlinkFeatures|autoUpdater|crashReporter/;
  const found = [...scripts, ...shell].filter((path) => /\.(?:ts|mjs)$/.test(path) && weak.test(readFileSync(join(root, path), 'utf8')));
  expect(found).toEqual([]);
});

it('Electron is pinned', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
  expect(devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/);
});
