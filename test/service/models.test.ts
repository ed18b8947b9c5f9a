import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ModelPage } from '../../core/service/api/model-card.ts';
import type { ModelSummary } from '../../core/service/api/models.ts';
import { clientOf, compiled, describeCompiled, jobInState, openHost, temporaryFolder } from './support.ts';

const tiny = join(import.meta.dirname, '..', 'e2e', 'models', 'tiny-unetr');
const id = 'a'.repeat(16);

describeCompiled('a model of a workspace', () => {
  it('has a card, is retired and offered again, and leaves as one file that another workspace takes in', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder, { engineProgram: compiled });
    cpSync(tiny, join(folder, 'models', id), { recursive: true });
    const client = clientOf(host);
    const page = async (answer: Promise<Response>): Promise<ModelPage> => (await (await answer).json()) as ModelPage;
    const listed = async (): Promise<ModelSummary[]> => (await (await client.get('/models')).json()) as ModelSummary[];

    const weights = readFileSync(join(tiny, 'weights.safetensors'));
    const card = await page(client.get(`/models/segmentation/${id}`));
    expect(card).toMatchObject({ id, network: 'UNETR', retired: false, evaluations: [], settings: { width: 48, depth: 3 } });
    expect(card.weights.sha256).toBe(createHash('sha256').update(weights).digest('hex'));
    expect(card.weights.bytes).toBe(weights.length);
    // The header of a safetensors file says how long it is; the rest are float32.
    expect(card.weights.count).toBe((weights.length - 8 - Number(weights.readBigUInt64LE(0))) / 4);
    expect(card.provenance['validationDice']).toBeCloseTo(0.7888, 4);

    const retired = await page(client.post(`/models/segmentation/${id}/retire`, { retired: true }));
    expect(retired.retired).toBe(true);
    expect((await listed()).find((model) => model.id === id)?.retired).toBe(true);
    expect((await page(client.post(`/models/segmentation/${id}/retire`, { retired: false }))).retired).toBe(false);
    expect((await listed()).find((model) => model.id === id)).not.toHaveProperty('retired');

    const answer = await client.get(`/models/segmentation/${id}/file`);
    const file = new Uint8Array(await answer.arrayBuffer());
    expect(answer.headers.get('ETag')).toBe(`"${createHash('sha256').update(file).digest('hex')}"`);
    const { source } = (await (await client.post('/uploads')).json()) as { source: string };
    await client.put(`/uploads/${source}/files?name=given.safetensors`, file);
    const job = (await (await client.post('/models/import', { source })).json()) as { id: string };
    const { model } = (await jobInState(host, job.id, 'done', 'failed')).result ?? {};
    const taken = await page(client.get(`/models/segmentation/${model ?? ''}`));
    expect(taken).toMatchObject({ network: 'UNETR', segments: card.segments, settings: card.settings, preparation: card.preparation });
    expect(taken.weights.count).toBe(card.weights.count);

    for (const [path, status] of [
      [`/models/segmentation/${'b'.repeat(16)}`, 404],
      [`/models/segmentation/${'b'.repeat(16)}/file`, 404],
      [`/models/nonsense/${id}`, 400],
      [`/models/pretrained/${id}`, 404],
    ] as const)
      expect((await client.get(path)).status, path).toBe(status);
  }, 120_000);

  it('whose file is damaged is told as such, and costs the others nothing', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder, { engineProgram: compiled });
    cpSync(tiny, join(folder, 'models', id), { recursive: true });
    const broken = join(folder, 'models', 'c'.repeat(16));
    mkdirSync(broken);
    cpSync(join(tiny, 'model.json'), join(broken, 'model.json'));
    const client = clientOf(host);
    expect((await client.get(`/models/segmentation/${'c'.repeat(16)}`)).status).toBe(422);
    expect((await client.get(`/models/segmentation/${id}`)).status).toBe(200);
  }, 120_000);
});
