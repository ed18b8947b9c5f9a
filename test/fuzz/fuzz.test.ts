import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileFolder, compileImaging } from '../imaging/support/compiled.ts';
import { caseNumber } from './cases.ts';
import { minimise } from './minimise.ts';
import { formats } from './open.ts';
import { loadSeeds } from './seeds.ts';

/** A part of the 5,000 that `npm run fuzz -- --own --mutations 5000` does: what fits into a minute. */
const MUTATIONS = Number(process.env['TESSERA_MUTATIONS'] ?? 2000);

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'tessera-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs one of the programs here, compiled as the product is: with its worker threads and decode processes. @returns what it prints, also when it fails */
async function program(name: string, ...args: readonly string[]): Promise<unknown> {
  const running = promisify(execFile)(process.execPath, [join(folder, 'test', 'fuzz', name), ...args], { maxBuffer: 2 ** 26 });
  const { stdout, stderr } = await running.catch((error: unknown) => error as { stdout: string; stderr: string });
  if (stdout === '') throw new Error(`${name} ended without a word: ${stderr}`);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  await compileImaging(join(folder, 'core'), ['base', 'imaging', 'compute', 'labelling', 'workspace']);
  for (const part of [['fuzz'], ['imaging', 'support']]) await compileFolder(join(root, 'test', ...part), join(folder, 'test', ...part));
}, 600_000);

describe('files changed at random', () => {
  it('are the same for the same seed and number, and others for others', async () => {
    const seeds = await loadSeeds(root, formats, true);
    const bytes = (n: number, seed: number): string => Buffer.from(caseNumber(n, seed, seeds).bytes).toString('base64');
    const first = Array.from({ length: 40 }, (_, n) => bytes(n, 1));
    expect(Array.from({ length: 40 }, (_, n) => bytes(39 - n, 1)).reverse()).toEqual(first);
    expect(first.filter((text, n) => text === bytes(n, 2)).length).toBeLessThan(5);
  });

  it('are made small while they fail', async () => {
    const original = Uint8Array.from({ length: 300 }, (_, i) => i % 7);
    const bytes = original.map((value, i) => (i === 20 || i === 120 || i === 250 ? 99 : value));
    const small = await minimise(original, bytes, (candidate) => Promise.resolve(candidate[120] === 99));
    expect(small).toEqual(Uint8Array.from([...original.subarray(0, 120), 99]));
  });

  it('start from files that are read, and those found before are read or refused in words', async () => {
    const { seeds, regressions } = (await program('check.js', root)) as Record<'seeds' | 'regressions', Record<string, string>>;
    expect(Object.keys(seeds).length).toBeGreaterThan(40);
    expect(Object.entries(seeds).filter(([, outcome]) => outcome !== 'read')).toEqual([]);
    const kept = readdirSync(join(import.meta.dirname, 'regressions'));
    expect(Object.keys(regressions).sort()).toEqual(kept.sort());
    expect(Object.entries(regressions).filter(([, outcome]) => outcome !== 'read' && outcome !== 'refused')).toEqual([]);
  }, 600_000);

  it(`${MUTATIONS} of them are read or refused in words: no crash, no hang, no process that takes too much memory`, async () => {
    const args = ['--root', root, '--own', '--seed', '1', '--mutations', String(MUTATIONS), '--out', join(folder, 'findings')];
    expect(await program('run.js', ...args)).toMatchObject({ mutations: MUTATIONS, findings: [] });
  }, 1_200_000);
});
