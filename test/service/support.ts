import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, describe } from 'vitest';
import { createApp } from '../../core/service/app.ts';
import { Host } from '../../core/service/host.ts';
import type { Job } from '../../core/service/api/jobs.ts';
import type { WorkspaceHostOptions } from '../../core/service/workspace-host.ts';
import { pointLPS, type Volume } from '../../core/imaging/index.ts';

export const fakeEngine = join(import.meta.dirname, 'fake-engine.mjs');
export const compiled = join(import.meta.dirname, '..', '..', 'dist', 'core', 'service', 'engine', 'main.js');

/** An engine is a process of its own, which needs compiled code: this Node may not run TypeScript. */
export function describeCompiled(name: string, fn: () => void): void {
  if (existsSync(compiled)) describe(name, fn);
  else describe.skip(`${name} (skipped: dist/ is absent, run npm test)`, fn);
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-service-'));
  folders.push(folder);
  return folder;
}

const hosts: Host[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

/** A host with a workspace and a fake engine; closed after the test. */
export async function openHost(folder = temporaryFolder(), work: Partial<WorkspaceHostOptions> = {}): Promise<Host> {
  const host = new Host({ version: 'test', desktop: false, work: { engineProgram: fakeEngine, ...work } });
  hosts.push(host);
  await host.openWorkspace(folder);
  return host;
}

/** A small scan whose voxels are told apart. */
export function smallVolume(seed = 0): Volume {
  const voxels = Int16Array.from({ length: 6 * 5 * 4 }, (_, n) => n - 50 + seed);
  return {
    geometry: {
      dims: [6, 5, 4],
      spacing: [1, 1.5, 2],
      origin: pointLPS(-10, 20, 30),
      direction: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    voxels,
    slope: 1,
    intercept: 0,
  };
}

export interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
  put(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response>;
}

/** Asks the application without any door. */
export function clientOf(host: Host, pageFolder?: string): Client {
  const app = createApp(host, pageFolder === undefined ? {} : { pageFolder });
  const send = async (path: string, init: RequestInit): Promise<Response> => app.request(`/api${path}`, init);
  return {
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, body) =>
      send(path, {
        method: 'POST',
        ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
      }),
    put: (path, body) => send(path, { method: 'PUT', body }),
  };
}

/** Uploads files of these names and puts their import into the queue. */
export async function importJob(client: Client, names: readonly string[]): Promise<Job> {
  const { source } = (await (await client.post('/uploads')).json()) as { source: string };
  for (const name of names) await client.put(`/uploads/${source}/files?name=${encodeURIComponent(name)}`, 'content');
  return (await (await client.post('/jobs', { kind: 'import', source })).json()) as Job;
}

/** Lets work of the fake engine go on that waits there. */
export function openGate(workspace: string, gate: string): void {
  writeFileSync(join(workspace, 'cache', `gate-${gate}`), '');
}

/** Looks again and again until something is so; a test that hangs here ends by its own time limit. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await pause(5);
  }
}

export async function jobInState(host: Host, id: string, ...states: readonly Job['state'][]): Promise<Job> {
  return until(() => {
    const job = host.workspace.jobs.get(id);
    return states.includes(job.state) && { ...job };
  });
}
