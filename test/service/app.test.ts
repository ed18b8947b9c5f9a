import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../core/service/api/jobs.ts';
import type { ScanDetails, ScanListing, ScanSummary } from '../../core/service/api/scans.ts';
import type { Status } from '../../core/service/api/status.ts';
import { createApp } from '../../core/service/app.ts';
import { Host } from '../../core/service/host.ts';
import { CONTENT_SECURITY_POLICY } from '../../core/service/security-headers.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import { openWorkspace } from '../../core/workspace/index.ts';
import { clientOf, describeCompiled, importJob, jobInState, openGate, openHost, smallVolume, temporaryFolder, until } from './support.ts';

const json = async <T>(answer: Response | Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const errorOf = async (answer: Response | Promise<Response>): Promise<{ status: number; code: string; subject?: string }> => {
  const { status } = await answer;
  const { error } = await json<{ error: { code: string; subject?: string } }>(answer);
  return { status, ...error };
};

/** A host whose workspace has one scan with one layer. */
async function openWithScan(): Promise<{ host: Host; folder: string; scan: string; layer: string }> {
  const folder = temporaryFolder();
  const host = await openHost(folder);
  const { workspace } = host.workspace;
  const { scan } = await workspace.addScan({ volume: smallVolume(), format: 'NIfTI-1', modality: 'CT' });
  const initial = Uint8Array.from({ length: 120 }, (_, n) => (n < 10 ? 1 : n < 15 ? 2 : 0));
  const labels = [
    { value: 1, name: 'liver' },
    { value: 2, name: 'spleen', colour: '#123456' },
  ];
  const layer = await workspace.createLayer(scan.id, { name: 'organs', initial, labels });
  return { host, folder, scan: scan.id, layer: layer.id };
}

describe('the API without a workspace', () => {
  it('says so', async () => {
    const client = clientOf(new Host({ version: '9.9', desktop: true }));
    expect(await json<Status>(client.get('/status'))).toEqual({
      version: '9.9',
      backend: null,
      engine: 'idle',
      workspace: null,
      desktop: true,
    });
    expect(await errorOf(client.get('/scans'))).toMatchObject({ status: 409, code: 'no-data' });
  });
});

describeCompiled('scans', () => {
  it('are listed with what a list shows', async () => {
    const { host, scan } = await openWithScan();
    const { scans, problems } = await json<ScanListing>(clientOf(host).get('/scans'));
    expect(problems).toEqual([]);
    expect(scans).toEqual([
      expect.objectContaining({
        id: scan,
        title: `CT ${scan.slice(0, 6)}`,
        format: 'NIfTI-1',
        dims: [6, 5, 4],
        spacing: [1, 1.5, 2],
        orientation: 'LPS',
        storedType: 'int16',
        bytes: 240,
        layers: 1,
        removed: false,
      }),
    ]);
  });

  it('come with geometry, scaling and levels, and their voxels in ranges', async () => {
    const { host, scan } = await openWithScan();
    const client = clientOf(host);
    const details = await json<ScanDetails>(client.get(`/scans/${scan}`));
    expect(details).toMatchObject({ slope: 1, intercept: 0, range: [0, 1], levels: [{ level: 0, dims: [6, 5, 4], bytes: 240 }] });
    expect(details.geometry.origin).toEqual([-10, 20, 30]);
    const whole = await client.get(`/scans/${scan}/voxels/0`);
    expect([...new Int16Array(await whole.arrayBuffer())]).toEqual([...smallVolume().voxels]);
    const part = await client.get(`/scans/${scan}/voxels/0`, { Range: 'bytes=20-23' });
    expect(part.status).toBe(206);
    expect([...new Int16Array(await part.arrayBuffer())]).toEqual([-40, -39]);
    expect((await client.get(`/scans/${scan}/voxels/0`, { 'If-None-Match': whole.headers.get('ETag') ?? '' })).status).toBe(304);
    expect(await errorOf(client.get(`/scans/${scan}/voxels/5`))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await errorOf(client.get(`/scans/${scan}/voxels/-1`))).toMatchObject({ status: 400, code: 'bad-setting', subject: 'level' });
  });

  it('are removed to the trash and restored, and everybody is told', async () => {
    const { host, scan, folder } = await openWithScan();
    const client = clientOf(host);
    const start = host.events.last;
    expect(await json<ScanSummary>(client.post(`/scans/${scan}/remove`))).toMatchObject({ id: scan, removed: true });
    expect(existsSync(join(folder, 'scans', scan))).toBe(false);
    expect((await json<ScanListing>(client.get('/scans'))).scans).toEqual([expect.objectContaining({ id: scan, removed: true })]);
    expect(await errorOf(client.get(`/scans/${scan}`))).toMatchObject({ status: 404 });
    expect(await json<ScanSummary>(client.post(`/scans/${scan}/restore`))).toMatchObject({ id: scan, removed: false, layers: 1 });
    expect((await client.get(`/scans/${scan}`)).status).toBe(200);
    expect(
      host.events
        .after(start)
        ?.map(({ kind }) => kind)
        .filter((kind) => kind.startsWith('scan')),
    ).toEqual(['scan-removed', 'scan-restored']);
  });

  it('that are damaged are told as problems, without folders', async () => {
    const { host, folder, scan } = await openWithScan();
    mkdirSync(join(folder, 'scans', 'abcdabcdabcd'));
    writeFileSync(join(folder, 'scans', 'abcdabcdabcd', 'scan.json'), '{');
    await host.openWorkspace(folder);
    const { scans, problems } = await json<ScanListing>(clientOf(host).get('/scans'));
    expect(scans.map(({ id }) => id)).toEqual([scan]);
    expect(problems).toMatchObject([{ id: 'abcdabcdabcd', error: { code: 'bad-file', subject: 'scan.json' } }]);
  });

  it('do not let the engine name files outside the workspace', async () => {
    const { host, scan } = await openWithScan();
    expect(await errorOf(clientOf(host).get(`/scans/${scan}/thumbnail`))).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describeCompiled('layers', () => {
  it('are listed with colours, and come as they are now', async () => {
    const { host, scan, layer } = await openWithScan();
    const client = clientOf(host);
    expect(await json(client.get(`/scans/${scan}/layers`))).toEqual([
      {
        id: layer,
        name: 'organs',
        kind: 'label',
        dims: [6, 5, 4],
        storedType: 'uint8',
        segments: [
          { value: 1, name: 'liver', colour: '#66aaff', state: 'todo', locked: false },
          { value: 2, name: 'spleen', colour: '#123456', state: 'todo', locked: false },
        ],
        changed: expect.any(Number),
      },
    ]);
    const path = `/scans/${scan}/layers/${layer}/voxels`;
    const before = await client.get(path);
    expect(new Uint8Array(await before.arrayBuffer()).slice(8, 16)).toEqual(Uint8Array.of(1, 1, 2, 2, 2, 2, 2, 0));
    const opened = await host.workspace.workspace.openLayer(scan, layer);
    await opened.apply(paintedDelta(opened.labels, [[0, 2]], 2));
    const after = await client.get(path, { Range: 'bytes=0-3' });
    expect(after.headers.get('ETag')).not.toBe(before.headers.get('ETag'));
    expect(new Uint8Array(await after.arrayBuffer())).toEqual(Uint8Array.of(2, 2, 1, 1));
  });

  it('are not found where there are none', async () => {
    const { host, scan } = await openWithScan();
    const client = clientOf(host);
    expect(await errorOf(client.get(`/scans/${scan}/layers/00000000/voxels`))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await errorOf(client.get(`/scans/00000000/layers`))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await errorOf(client.get(`/scans/${scan}/layers/00000000/entropy`))).toMatchObject({ status: 404 });
  });
});

describeCompiled('uploads and jobs', () => {
  it('are imported and deleted', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder);
    const client = clientOf(host);
    const job = await importJob(client, ['study/a.dcm', 'study/b.dcm']);
    expect(job).toMatchObject({ kind: 'import', uses: 'light', title: 'Import scans' });
    await jobInState(host, job.id, 'running');
    expect(readdirSync(join(folder, 'cache', 'uploads'))).toHaveLength(1);
    openGate(folder, 'import');
    const done = await jobInState(host, job.id, 'done', 'failed');
    expect(done.result?.problems?.map(({ name }) => name)).toEqual(['study', 'study/a.dcm', 'study/b.dcm']);
    await until(() => readdirSync(join(folder, 'cache', 'uploads')).length === 0);
    expect(await json<Job>(client.get(`/jobs/${job.id}`))).toMatchObject({ state: 'done' });
    expect(await json<Job[]>(client.get('/jobs'))).toHaveLength(1);
  });

  it('have limits', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder, { uploadLimits: { fileBytes: 10, sourceBytes: 15, files: 3, sources: 2 } });
    const client = clientOf(host);
    const { source } = await json<{ source: string }>(client.post('/uploads'));
    const put = (name: string, content: string): Promise<Response> =>
      client.put(`/uploads/${source}/files?name=${encodeURIComponent(name)}`, content);
    expect(await errorOf(put('large', 'x'.repeat(11)))).toMatchObject({ status: 413, code: 'too-large' });
    expect(await json(put('a', 'x'.repeat(10)))).toEqual({ source, files: 1, bytes: 10 });
    expect(await errorOf(put('b', 'x'.repeat(6)))).toMatchObject({ status: 413 });
    expect(await errorOf(put('a', 'x'))).toMatchObject({ status: 400, code: 'bad-setting' });
    expect(await json(put('b', 'xx'))).toEqual({ source, files: 2, bytes: 12 });
    await put('c', 'x');
    expect(await errorOf(put('d', 'x'))).toMatchObject({ status: 413 });
    expect(readdirSync(join(folder, 'cache', 'uploads', source)).sort()).toEqual(['a', 'b', 'c']);
    await client.post('/uploads');
    expect(await errorOf(client.post('/uploads'))).toMatchObject({ status: 413 });
    expect(await errorOf(client.put(`/uploads/${'0'.repeat(32)}/files?name=a`, 'x'))).toMatchObject({ status: 404 });
    expect(await errorOf(client.post('/jobs', { kind: 'import', source: '0'.repeat(32) }))).toMatchObject({ status: 404 });
  });

  it('leave nothing when the host is closed', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder);
    const client = clientOf(host);
    const { source } = await json<{ source: string }>(client.post('/uploads'));
    await client.put(`/uploads/${source}/files?name=a`, 'x');
    await host.close();
    expect(readdirSync(join(folder, 'cache', 'uploads'))).toEqual([]);
  });

  it('fail with the reason when the engine is killed; host and engine live on', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder);
    const client = clientOf(host);
    const start = host.events.last;
    const job = await importJob(client, ['killed']);
    const failed = await jobInState(host, job.id, 'failed');
    expect(failed.error).toMatchObject({ code: 'runtime-failed', message: expect.stringContaining('killed (SIGKILL)') });
    openGate(folder, 'import');
    const next = await importJob(client, ['a']);
    expect((await jobInState(host, next.id, 'done', 'failed')).state).toBe('done');
    const told = host.events.after(start)?.flatMap((event) => (event.kind === 'engine' ? [event.data.state] : []));
    expect(told).toContain('restarting');
  });

  it('are paused, resumed and cancelled', async () => {
    const { host, folder, scan } = await openWithScan();
    const client = clientOf(host);
    const job = await json<Job>(client.post('/jobs', { kind: 'segment', model: 'aaaaaaaa', scans: [scan] }));
    await until(async () => (await json<Job>(client.get(`/jobs/${job.id}`))).progress.note !== '');
    await client.post(`/jobs/${job.id}/pause`);
    await jobInState(host, job.id, 'paused');
    openGate(folder, 'segment-0');
    expect((await json<Job>(client.post(`/jobs/${job.id}/resume`))).state).toBe('running');
    const done = await jobInState(host, job.id, 'done', 'failed');
    expect(done.result?.layers).toHaveLength(1);
    expect(await json(client.get(`/scans/${scan}/layers`))).toHaveLength(2);

    rmSync(join(folder, 'cache', 'gate-segment-0'));
    const other = await json<Job>(client.post('/jobs', { kind: 'segment', model: 'aaaaaaaa', scans: [scan] }));
    await jobInState(host, other.id, 'running');
    await client.post(`/jobs/${other.id}/cancel`);
    await jobInState(host, other.id, 'cancelled');
  });

  it('give way to what is asked for at the screen', async () => {
    const { host, folder, scan } = await openWithScan();
    const client = clientOf(host);
    const job = await json<Job>(client.post('/jobs', { kind: 'segment', model: 'aaaaaaaa', scans: [scan] }));
    await jobInState(host, job.id, 'running');
    expect(await json(client.post('/consistency', { model: 'aaaaaaaa', scan, seed: 5 }))).toMatchObject({ matrix: [[5]] });
    expect(host.workspace.jobs.get(job.id).state).not.toBe('done');
    openGate(folder, 'segment-0');
    expect((await jobInState(host, job.id, 'done', 'failed')).state).toBe('done');
  });

  it('stop computing what nobody waits for any more', async () => {
    const { host, scan } = await openWithScan();
    const app = createApp(host);
    const leave = new AbortController();
    const body = JSON.stringify({ model: 'aaaaaaaa', scan, seed: 1 });
    const headers = { 'Content-Type': 'application/json' };
    const answer = app.request('/api/consistency', { method: 'POST', headers, body, signal: leave.signal });
    await until(() => host.workspace.engines.pids.accelerator !== undefined);
    leave.abort();
    expect(await errorOf(answer)).toMatchObject({ code: 'cancelled' });
    expect(await json(clientOf(host).post('/consistency', { model: 'aaaaaaaa', scan, seed: 2 }))).toMatchObject({ matrix: [[2]] });
  });

  it('are refused where nothing may be written', async () => {
    const folder = temporaryFolder();
    const writer = await openHost(folder);
    const reader = clientOf(await openHost(folder));
    expect(await json<Status>(reader.get('/status'))).toMatchObject({
      workspace: { access: 'read', reason: expect.stringContaining('open') },
    });
    expect(await errorOf(reader.post('/uploads'))).toMatchObject({ status: 409, code: 'read-only' });
    expect(await errorOf(reader.post('/scans/00000000/remove'))).toMatchObject({ status: 404 });
    expect((await writer.workspace.workspace.scans()).found).toEqual([]);
  });
});

describe('every answer', () => {
  const host = new Host({ version: 'test', desktop: false });
  const pageFolder = temporaryFolder();
  mkdirSync(join(pageFolder, 'assets'));
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html>');
  writeFileSync(join(pageFolder, 'assets', 'main.js'), 'export {};');
  const app = createApp(host, { pageFolder });

  it.each(['/', '/assets/main.js', '/none', '/api/status', '/api/none', '/api/scans', '/api/openapi.json', '/api/events'])(
    'has the security headers: %s',
    async (path) => {
      const answer = await app.request(path);
      await answer.body?.cancel();
      expect(answer.headers.get('Content-Security-Policy')).toBe(CONTENT_SECURITY_POLICY);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull();
    },
  );

  it('of the page has its type', async () => {
    expect((await app.request('/')).headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect((await app.request('/assets/main.js')).headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect((await app.request('/none')).status).toBe(404);
  });

  it('says how to build a page that is not there', async () => {
    const answer = await createApp(host, { pageFolder: join(pageFolder, 'none') }).request('/');
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('npm run build')]);
  });

  it('is described', async () => {
    const { paths } = await json<{ paths: Record<string, Record<string, unknown>> }>(app.request('/api/openapi.json'));
    const described = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    expect(described.map((route) => route.replace('/api', ''))).toEqual(
      expect.arrayContaining([
        'get /status',
        'get /events',
        'post /uploads',
        'put /uploads/{source}/files',
        'get /scans',
        'get /scans/{id}',
        'get /scans/{id}/voxels/{level}',
        'get /scans/{id}/thumbnail',
        'post /scans/{id}/remove',
        'post /scans/{id}/restore',
        'get /scans/{id}/layers',
        'post /scans/{id}/layers/import',
        'get /scans/{id}/layers/{layer}/voxels',
        'get /scans/{id}/layers/{layer}/entropy',
        'get /scans/{id}/layers/{layer}/statistics',
        'get /models',
        'post /models/import',
        'get /jobs',
        'post /jobs',
        'get /jobs/{id}',
        'post /jobs/{id}/pause',
        'post /jobs/{id}/resume',
        'post /jobs/{id}/cancel',
        'post /inspect/warm-up',
        'post /inspect/view',
        'get /inspect/view/{id}/{volume}',
        'post /inspect',
        'get /inspect/{id}/{volume}',
        'post /features',
        'get /features/{id}',
        'post /similar',
        'get /similar/{id}',
        'post /consistency',
      ]),
    );
  });
});

describe('a workspace', () => {
  it('is made of a new or empty folder, and of no other', async () => {
    const folder = temporaryFolder();
    const host = await openHost(join(folder, 'new'));
    expect(host.status().workspace).toEqual({ name: 'new', access: 'write' });
    writeFileSync(join(folder, 'letter.txt'), '');
    await expect(host.openWorkspace(folder)).rejects.toMatchObject({ code: 'bad-setting', subject: folder });
    expect(host.status().workspace?.name).toBe('new');
  });

  it('is let go when another is opened, and when the host is closed', async () => {
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    const host = await openHost(first);
    await host.openWorkspace(second);
    const again = await openWorkspace(first);
    expect(again.access.mode).toBe('write');
    await again.close();
    await host.close();
    expect(readFileSync(join(second, 'workspace.json'), 'utf8')).toContain('tessera-workspace/1');
    expect(existsSync(join(second, 'lock.json'))).toBe(false);
  });
});
