import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Job } from '../../core/service/api/jobs.ts';
import type { ScanListing } from '../../core/service/api/scans.ts';
import { describeCompiled, temporaryFolder, until } from './support.ts';

const main = join(import.meta.dirname, '..', '..', 'dist', 'core', 'cli', 'main.js');
const sample = join(import.meta.dirname, '..', '..', 'resources', 'samples', 'hippocampus', 'images', 'hippocampus_020.nii.gz');
const NAME = 'Doe^Jane_1970-01-31';
const TOLD = /doe|jane|1970-01-31/i;

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

/** Files of a folder that have the name in their path or in their bytes. */
function filesThatTell(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((name) => TOLD.test(name) || TOLD.test(readFileSync(join(folder, name), 'latin1')))
    .sort();
}

describeCompiled('files named after a patient', () => {
  it('give scans their titles, and leave the name nowhere else', async () => {
    const folder = join(temporaryFolder(), 'study');
    const host = spawn(process.execPath, [main, 'serve', '--workspace', folder, '--backend', 'wasm'], { stdio: 'pipe' });
    child = host;
    let said = '';
    for (const stream of [host.stdout, host.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise<number | null>((resolve) => host.once('close', resolve));
    const address = await until(() => /http:\S+/.exec(said)?.[0]);
    const entered = await fetch(address, { redirect: 'manual' });
    const headers = { Cookie: (entered.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '', 'Content-Type': 'application/json' };
    const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> =>
      (await (await fetch(new URL(`/api${path}`, address), { headers, ...init })).json()) as T;
    const post = <T>(path: string, body: object = {}): Promise<T> => ask(path, { method: 'POST', body: JSON.stringify(body) });
    const importing = async (files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): Promise<Job> => {
      const { source } = await post<{ source: string }>('/uploads');
      for (const [name, body] of Object.entries(files))
        await ask(`/uploads/${source}/files?name=${encodeURIComponent(name)}`, { method: 'PUT', body });
      const { id } = await post<Job>('/jobs', { kind: 'import', source });
      return until(async () => {
        const job = await ask<Job>(`/jobs/${id}`);
        return job.ended !== undefined && job;
      });
    };

    const bytes = new Uint8Array(readFileSync(sample));
    const job = await importing({ [`${NAME}.nii.gz`]: bytes, [`${NAME}_broken.nii.gz`]: bytes.slice(0, 2000) });
    // Whoever imports must learn which file is broken.
    expect([job.state, job.result?.problems?.map(({ name }) => name)]).toEqual(['done', [`${NAME}_broken`]]);
    const damaged = await importing({ [`${NAME}/second.nii.gz`]: bytes.slice(0, 3000) });
    expect(damaged.result?.problems?.length).toBe(1);
    const { scans } = await ask<ScanListing>('/scans');
    expect(scans.map(({ title }) => title)).toEqual([NAME]);
    const id = scans[0]?.id ?? '';
    await ask(`/scans/${id}`);
    await post(`/scans/${id}/remove`);
    await post(`/scans/${id}/restore`);
    await post('/splits', { name: 'all', seed: 0, parts: { training: 1, validation: 0, test: 0 } });

    host.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(filesThatTell(folder)).toEqual([`scans/${id}/scan.json`]);
    expect(readFileSync(join(folder, 'audit.jsonl'), 'utf8')).toContain('"what":"scan-removed"');
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(said).not.toMatch(TOLD);
  }, 120_000);
});
