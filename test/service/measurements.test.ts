import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Measurements } from '../../core/service/api/measurements.ts';
import { createApp } from '../../core/service/app.ts';
import type { Host } from '../../core/service/host.ts';
import { openWorkspace } from '../../core/workspace/index.ts';
import { clientOf, describeCompiled, openHost, smallVolume, temporaryFolder } from './support.ts';

const length = {
  id: 1,
  kind: 'distance',
  plane: 'axial',
  axis: 2,
  slice: 3,
  points: [
    [1, 2, 3],
    [4, 5.5, 3],
  ],
} as const;
const directions = { right: [1, 0, 0], up: [0, 0.6, 0.8], away: [0, 0.8, -0.6] } as const;
const leaning = {
  id: 7,
  kind: 'angle',
  plane: 'oblique',
  directions,
  points: [
    [0, 0, 0],
    [1, 1, 1],
    [2, 0, 0],
  ],
} as const;

async function openWithScan(folder = temporaryFolder()): Promise<{ host: Host; folder: string; scan: string; path: string }> {
  const host = await openHost(folder);
  const { scan } = await host.workspace.workspace.addScan({ volume: smallVolume() });
  return { host, folder, scan: scan.id, path: `/scans/${scan.id}/measurements` };
}

async function put(host: Host, path: string, body: unknown): Promise<Response> {
  const init = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  return createApp(host).request(`/api${path}`, init);
}
const read = async (host: Host, path: string): Promise<Measurements> => (await clientOf(host).get(path)).json() as Promise<Measurements>;
const codeOf = async (answer: Response): Promise<string> => ((await answer.json()) as { error: { code: string } }).error.code;

describeCompiled('measurements of a scan', () => {
  it('are none at first, are kept as they were sent, and are there when the workspace is opened again', async () => {
    const { host, folder, scan, path } = await openWithScan();
    expect(await read(host, path)).toEqual({ items: [] });
    const kept = { items: [length, leaning] };
    expect((await put(host, path, kept)).status).toBe(200);
    expect(await read(host, path)).toEqual(kept);
    await host.close();
    const again = await openHost(folder);
    expect(await read(again, path)).toEqual(kept);
    const document = JSON.parse(readFileSync(join(folder, 'scans', scan, 'measurements.json'), 'utf8')) as object;
    expect(document).toEqual({ schema: 'tessera-measurements/1', ...kept });
  });

  it('go to the trash and come back with their scan', async () => {
    const { host, scan, path } = await openWithScan();
    await put(host, path, { items: [length] });
    await host.workspace.removeScan(scan);
    expect((await clientOf(host).get(path)).status).toBe(404);
    await host.workspace.restoreScan(scan);
    expect(await read(host, path)).toEqual({ items: [length] });
  });

  it.each([
    ['a point too few', { items: [{ ...leaning, points: leaning.points.slice(1) }] }],
    ['a shape in a plane that has no voxels', { items: [{ ...leaning, kind: 'ellipse', points: length.points }] }],
    ['the same id twice', { items: [length, length] }],
    ['more than are taken', { items: Array.from({ length: 1001 }, (_, n) => ({ ...length, id: n + 1 })) }],
    ['something else', { items: 'all' }],
  ])('are refused with %s', async (_, body) => {
    const { host, path } = await openWithScan();
    const answer = await put(host, path, body);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'bad-setting']);
    expect(await read(host, path)).toEqual({ items: [] });
  });

  it('are not kept for a scan that is not there, nor where nothing may be written, nor beyond the size of a request', async () => {
    const { host, folder, path } = await openWithScan();
    expect((await put(host, '/scans/0123456789abcdef01234567/measurements', { items: [] })).status).toBe(404);
    expect((await put(host, path, { items: [], rest: 'x'.repeat(2 ** 21) })).status).toBe(413);
    await host.close();
    const other = await openWorkspace(folder);
    const reading = await openHost(folder);
    expect(await codeOf(await put(reading, path, { items: [length] }))).toBe('read-only');
    await other.close();
  });

  it('say when their file is damaged, and leave it as it is', async () => {
    const { host, folder, scan, path } = await openWithScan();
    const file = join(folder, 'scans', scan, 'measurements.json');
    writeFileSync(file, '{"schema":"tessera-measurements/1","items":[{}]}');
    expect(await codeOf(await clientOf(host).get(path))).toBe('bad-file');
    expect(readFileSync(file, 'utf8')).toContain('[{}]');
  });
});

describeCompiled('volumes of one source', () => {
  it('share the id of their series and know their place; those of other sources and grids have none in common', async () => {
    const { host } = await openWithScan();
    const { workspace } = host.workspace;
    const [one, other] = ['a'.repeat(64), 'b'.repeat(64)];
    const add = async (seed: number, source: string, index: number, spacing = 1): Promise<void> => {
      const volume = smallVolume(seed);
      const geometry = { ...volume.geometry, spacing: [spacing, 1.5, 2] as const };
      await workspace.addScan({ volume: { ...volume, geometry }, sources: [source], volumeOf: { index, of: 3 } });
    };
    await add(1, one, 0);
    await add(2, one, 1);
    await add(3, other, 0);
    await add(4, one, 2, 1.25);
    host.workspace.library.scansChanged();
    const { scans } = (await (await clientOf(host).get('/scans')).json()) as {
      scans: { series?: { id: string; index: number; of: number } }[];
    };
    const series = scans.map((scan) => scan.series);
    expect(series[0]).toBeUndefined();
    expect(series.slice(1).map((each) => [each?.index, each?.of])).toEqual([
      [0, 3],
      [1, 3],
      [0, 3],
      [2, 3],
    ]);
    const ids = series.slice(1).map((each) => each?.id ?? '');
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(JSON.stringify(scans)).not.toContain(one.slice(0, 24));
  });
});
