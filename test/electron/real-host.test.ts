// The shell and the host as they are: the compiled program on a socket, seen through the proxy.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Status } from '../../core/service/api/status.ts';
import { CONTENT_SECURITY_POLICY } from '../../core/service/security-headers.ts';
import { HostControl } from '../../electron/host-control.ts';
import { HostProcess } from '../../electron/host-process.ts';
import { createProxy } from '../../electron/proxy.ts';

const script = join(import.meta.dirname, '..', '..', 'dist', 'core', 'cli', 'main.js');
const failures: string[] = [];
let folder = '';
let host: HostProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-real-'));
  const program = { node: process.execPath, script, env: { ...process.env, TESSERA_RUNTIME: 'none' } };
  host = new HostProcess({ program, onFailure: (error) => failures.push(error.message), log: () => undefined });
  await host.open(join(folder, 'workspace'));
});

afterAll(async () => {
  await host.stop();
  await rm(folder, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

it('answers the page, which is told that it is in the desktop window', async () => {
  const answer = await createProxy(host)(new Request('tessera://app/api/status'));
  expect((await answer.json()) as Status).toMatchObject({ desktop: true, workspace: { name: 'workspace', access: 'write' } });
  expect(answer.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
  expect(answer.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
});

it('takes what the user chose, and gives a name that the page may use', async () => {
  const scan = join(folder, 'head.nii.gz');
  await writeFile(scan, 'no scan');
  const control = new HostControl(host);
  expect(await control.registerSource([scan])).toMatch(/^[0-9a-f]{32}$/);
  expect(await control.locate({ what: 'workspace' })).toBe(join(folder, 'workspace'));
  expect(await control.jobs()).toEqual([]);
  await expect(control.locate({ what: 'scan', id: '0123456789abcdef' })).rejects.toMatchObject({ name: 'TesseraError' });
});

it('refuses control without the secret, even on its socket', async () => {
  const door = await host.ready();
  const guess = { ready: () => Promise.resolve({ ...door, secret: '0'.repeat(64) }) };
  await expect(new HostControl(guess).registerSource(['/etc/passwd'])).rejects.toThrow('Only the desktop shell may ask this.');
});

it('says why it will not open a folder', async () => {
  await writeFile(join(folder, 'not-a-folder'), '');
  let fail: (message: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => (fail = resolve));
  const program = { node: process.execPath, script, env: { ...process.env, TESSERA_RUNTIME: 'none' } };
  const second = new HostProcess({ program, onFailure: (error) => fail(error.message), log: () => undefined });
  await second.open(join(folder, 'not-a-folder'));
  expect(await failed).not.toContain('ended (');
  await second.stop();
});
