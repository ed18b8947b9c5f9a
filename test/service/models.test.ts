import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ModelHistory } from '../../core/service/api/improvements.ts';
import type { ModelPage } from '../../core/service/api/model-card.ts';
import type { ModelSummary } from '../../core/service/api/models.ts';
import { modelInUse, offeredModels } from '../../core/service/engine/improving/improvements.ts';
import { retiredModels } from '../../core/workspace/index.ts';
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

  it('that is retired is neither taken into use nor chosen by the program; quick requests are all kept', async () => {
    const folder = temporaryFolder();
    const models = ['a', 'b', 'd', 'e'].map((digit) => digit.repeat(16));
    const [one = '', other = '', ...rest] = models;
    const host = await openHost(folder, { engineProgram: compiled });
    for (const model of models) cpSync(tiny, join(folder, 'models', model), { recursive: true });
    // As an earlier version of the program wrote it.
    writeFileSync(
      join(folder, 'model-choices.json'),
      JSON.stringify({ schema: 'tessera-model-choices/1', choices: [{ model: one, time: '2026-01-01T00:00:00.000Z', by: 'Lea' }] }),
    );
    const client = clientOf(host);
    const { workspace } = host.workspace;
    const history = async (): Promise<ModelHistory> => (await (await client.get('/models/history')).json()) as ModelHistory;
    const retire = (model: string, retired: boolean): Promise<Response> => client.post(`/models/segmentation/${model}/retire`, { retired });

    const taken = await Promise.all([...rest, other].map((model) => client.post('/models/current', { model })));
    expect(taken.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { choices } = await history();
    expect(choices[0]).toMatchObject({ model: one, by: 'Lea' });
    expect(choices.map(({ model }) => model).sort()).toEqual(models);

    await Promise.all([other, ...rest].map((model) => retire(model, true)));
    expect([...(await retiredModels(workspace))]).toEqual([other, ...rest].sort());
    const refused = await client.post('/models/current', { model: other });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: 'bad-setting', subject: other } }]);
    expect((await history()).choices).toEqual(choices);
    expect((await history()).inUse).toBe(one);
    await retire(one, true);
    expect((await history()).inUse).toBeNull();
    expect(await modelInUse(workspace)).toBeUndefined();
    const own = new Set(models);
    expect((await offeredModels(workspace)).filter(({ summary }) => own.has(summary.id))).toEqual([]);
    await retire(other, false);
    expect((await modelInUse(workspace))?.summary.id).toBe(other);
    // Told once, however often it is asked for.
    await Promise.all([retire(one, true), retire(one, true)]);
    const entries = (await workspace.auditEntries()).filter(({ model }) => model === one).map(({ what }) => what);
    expect(entries.filter((what) => what === 'model-retired')).toHaveLength(1);
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
