import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startBackend } from '../../core/compute/index.ts';
import { readScan, indexIJK, indexToPoint } from '../../core/imaging/index.ts';
import { decodeEdit } from '../../core/labelling/edit-frame.ts';
import { applyDelta } from '../../core/labelling/index.ts';
import type { ModelSummary } from '../../core/service/api/models.ts';
import { cli, smallDataset, tinyPretraining } from '../cli/support.ts';
import { clientOf, compiled, describeCompiled, jobInState, openHost, temporaryFolder } from './support.ts';

const name = 'hippocampus_025.nii.gz';
const samples = join(import.meta.dirname, '..', '..', 'resources', 'samples', 'hippocampus');

describeCompiled('prompts through host and engines', () => {
  it('are answered with the features of a pre-trained model by a frame on the grid of the scan', async () => {
    await startBackend();
    const folder = temporaryFolder();
    const host = await openHost(folder, { engineProgram: compiled });
    const client = clientOf(host);
    const data = smallDataset(2);
    await cli(['pretrain', '--data', data, '--out', join(folder, 'runs', 'tiny'), '--epochs', '1', ...tinyPretraining, '--json']);
    rmSync(data, { recursive: true });
    const models = (await (await client.get('/models')).json()) as ModelSummary[];
    const model = models.find(({ kind }) => kind === 'pretrained')?.id ?? '';
    const { source } = (await (await client.post('/uploads')).json()) as { source: string };
    await client.put(`/uploads/${source}/files?name=${name}`, new Uint8Array(readFileSync(join(samples, 'images', name))));
    const job = (await (await client.post('/jobs', { kind: 'import', source })).json()) as { id: string };
    const [scan = ''] = (await jobInState(host, job.id, 'done', 'failed')).result?.scans ?? [];
    const { volume } = await readScan(join(samples, 'images', name));
    const [i, j, k] = [17, 25, 17];
    const point = [...indexToPoint(volume.geometry, indexIJK(i, j, k))];
    const ask = (prompts: unknown[], more: object = {}): Promise<Response> =>
      client.post(`/scans/${scan}/prompts`, { model, prompts, ...more });

    const warm = await ask([]);
    expect(warm.status).toBe(200);
    expect(decodeEdit(new Uint8Array(await warm.arrayBuffer())).json).toMatchObject({ voxels: 0 });

    const answer = await ask([{ kind: 'point', positive: true, point }]);
    expect(answer.headers.get('Content-Type')).toBe('application/vnd.tessera.edit');
    const { json, delta } = decodeEdit(new Uint8Array(await answer.arrayBuffer()));
    const labels = new Uint8Array(volume.voxels.length);
    applyDelta(labels, delta);
    expect(labels[i + volume.geometry.dims[0] * (j + volume.geometry.dims[1] * k)]).toBe(1);
    expect(json).toEqual({ voxels: labels.reduce((sum, v) => sum + v, 0), milliseconds: expect.any(Number) as number });

    for (const wrong of [ask([{ kind: 'point', positive: false, point }]), ask([{ kind: 'point', positive: true, point: [1e6, 0, 0] }])])
      expect((await wrong).status).toBe(400);
    expect((await ask([], { checkpoint: 999 })).status).toBe(404);
    expect((await client.post(`/scans/${'f'.repeat(24)}/prompts`, { model, prompts: [] })).status).toBe(404);
  }, 120_000);
});
