import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LayerSummary, SegmentStatistics } from '../../core/service/api/layers.ts';
import type { ScanDetails, ScanListing } from '../../core/service/api/scans.ts';
import { readScan } from '../../core/imaging/index.ts';
import { clientOf, compiled, describeCompiled, jobInState, openHost, temporaryFolder, until } from './support.ts';

const samples = join(import.meta.dirname, '..', '..', 'resources', 'samples', 'hippocampus');
const name = 'hippocampus_020.nii.gz';

describeCompiled('a scan through host and engine', () => {
  it('is uploaded with its labels, and shown', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder, { engineProgram: compiled });
    const client = clientOf(host);
    const start = host.events.last;
    const json = async <T>(path: string): Promise<T> => (await (await client.get(path)).json()) as T;
    const upload = async (files: Record<string, string>): Promise<string> => {
      const { source } = (await (await client.post('/uploads')).json()) as { source: string };
      for (const [as, path] of Object.entries(files))
        expect((await client.put(`/uploads/${source}/files?name=${as}`, new Uint8Array(readFileSync(path)))).status).toBe(200);
      return source;
    };

    const source = await upload({ [name]: join(samples, 'images', name) });
    const job = (await (await client.post('/jobs', { kind: 'import', source })).json()) as { id: string };
    const imported = await jobInState(host, job.id, 'done', 'failed');
    expect(imported.error).toBeUndefined();
    const [id = ''] = imported.result?.scans ?? [];
    const told = (): readonly string[] =>
      host.events.after(start)?.flatMap((event) => (event.kind === 'scan-added' ? [event.data.scan.id] : [])) ?? [];
    await until(() => told().length > 0);
    expect(told()).toEqual([id]);
    expect((await json<ScanListing>('/scans')).scans.map((scan) => scan.id)).toEqual([id]);

    const { volume } = await readScan(join(samples, 'images', name));
    const details = await json<ScanDetails>(`/scans/${id}`);
    expect(details.dims).toEqual([...volume.geometry.dims]);
    expect(details.range).toEqual([Math.min(...volume.voxels), Math.max(...volume.voxels)]);
    const voxels = new Uint8Array(await (await client.get(`/scans/${id}/voxels/0`)).arrayBuffer());
    expect(Buffer.compare(voxels, Buffer.from(volume.voxels.buffer, volume.voxels.byteOffset, volume.voxels.byteLength))).toBe(0);
    for (const { level, bytes } of details.levels)
      expect((await (await client.get(`/scans/${id}/voxels/${level}`)).arrayBuffer()).byteLength).toBe(bytes);
    const picture = await client.get(`/scans/${id}/thumbnail`);
    expect(picture.headers.get('Content-Type')).toBe('image/png');
    expect(new Uint8Array(await picture.arrayBuffer()).slice(1, 4)).toEqual(Uint8Array.from(Buffer.from('PNG')));

    const labels = await upload({ [name]: join(samples, 'labels', name) });
    const layerJob = (await (await client.post(`/scans/${id}/layers/import`, { source: labels })).json()) as { id: string };
    expect((await jobInState(host, layerJob.id, 'done', 'failed')).error).toBeUndefined();
    const [layer] = await json<LayerSummary[]>(`/scans/${id}/layers`);
    expect(layer).toMatchObject({ kind: 'imported', dims: [...volume.geometry.dims], storedType: 'uint8' });
    const { volume: expected } = await readScan(join(samples, 'labels', name));
    const drawn = new Uint8Array(await (await client.get(`/scans/${id}/layers/${layer?.id ?? ''}/voxels`)).arrayBuffer());
    const counts = (values: Iterable<number>, value: number): number => [...values].filter((each) => each === value).length;
    const statistics = await json<SegmentStatistics[]>(`/scans/${id}/layers/${layer?.id ?? ''}/statistics`);
    for (const { value, voxels: counted } of statistics)
      expect([counts(drawn, value), counts(expected.voxels, value)]).toEqual([counted, counted]);
    expect(statistics.map(({ value }) => value)).toEqual([1, 2]);

    // A host that opens the workspace later shows it without an engine.
    await host.close();
    const later = await openHost(folder, { engineProgram: join(folder, 'none.mjs') });
    expect(((await (await clientOf(later).get(`/scans/${id}`)).json()) as ScanDetails).levels).toEqual(details.levels);
  });
});
