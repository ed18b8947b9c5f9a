import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startBackend } from '../../core/compute/index.ts';
import { readScan } from '../../core/imaging/index.ts';
import type { ModelHistory } from '../../core/service/api/improvements.ts';
import type { Job } from '../../core/service/api/jobs.ts';
import type { Ranking } from '../../core/service/api/ranking.ts';
import { createWorkspace, openWorkspace } from '../../core/workspace/index.ts';
import { clientOf, compiled, describeCompiled, jobInState, openHost, temporaryFolder, type Client } from './support.ts';

const samples = join(import.meta.dirname, '..', '..', 'resources', 'samples', 'hippocampus');
const tiny = join(import.meta.dirname, '..', 'e2e', 'models', 'tiny-unetr');
const names = readdirSync(join(samples, 'images')).sort();
/** Of a folder called so, as models of a workspace are. */
const MODEL = 'aaaaaaaaaaaaaaaa';

interface Part {
  readonly scans: number;
  readonly labels?: 'done' | 'todo';
}

/** A workspace with the tiny UNETR and as many bundled scans in each part, the locked part last. @returns the ids of each part */
async function workspaceOf(folder: string, parts: readonly Part[], locked: Part): Promise<string[][]> {
  const workspace = await createWorkspace(folder, { name: 'next' });
  const left = [...names];
  const ids: string[][] = [];
  for (const { scans, labels } of [...parts, locked]) {
    const part: string[] = [];
    for (const name of left.splice(0, scans)) {
      const { scan } = await workspace.addScan({ volume: (await readScan(join(samples, 'images', name))).volume });
      part.push(scan.id);
      if (labels === undefined) continue;
      const initial = Uint8Array.from((await readScan(join(samples, 'labels', name))).volume.voxels);
      const segments = ['anterior', 'posterior'].map((label, at) => ({ value: at + 1, name: label, state: labels }));
      await workspace.createLayer(scan.id, { name: 'labels', kind: 'label', labels: segments, initial });
    }
    ids.push(part);
  }
  if (locked.scans > 0) await workspace.saveSplit('test', { training: [], test: ids.at(-1) ?? [] });
  await workspace.close();
  return ids;
}

const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const start = (client: Client, wanted: object): Promise<Job> => json<Job>(client.post('/jobs', wanted));

describeCompiled('what to label next', () => {
  it('is told by the model: unlabelled scans, the least certain first; labelling one takes it out', async () => {
    await startBackend();
    const folder = temporaryFolder();
    const [open = [], done = [], locked = []] = await workspaceOf(folder, [{ scans: 3 }, { scans: 1, labels: 'done' }], { scans: 1 });
    cpSync(tiny, join(folder, 'models', MODEL), { recursive: true });
    const host = await openHost(folder, { engineProgram: compiled });
    const client = clientOf(host);
    expect(await json<Ranking>(client.get('/ranking'))).toEqual({ scans: [], labelled: 1, locked: 1, unmeasured: 3 });

    expect((await jobInState(host, (await start(client, { kind: 'rank' })).id, 'done', 'failed')).error).toBeUndefined();
    const ranking = await json<Ranking>(client.get('/ranking'));
    expect(ranking).toMatchObject({ model: MODEL, labelled: 1, locked: 1, unmeasured: 0 });
    expect(ranking.scans.map(({ scan }) => scan).sort()).toEqual([...open].sort());
    expect(ranking.scans.some(({ scan }) => [...done, ...locked].includes(scan))).toBe(false);
    const uncertainties = ranking.scans.map(({ parts }) => parts.uncertainty ?? NaN);
    expect(uncertainties).toEqual([...uncertainties].sort((a, b) => b - a));
    for (const uncertainty of uncertainties) {
      expect(uncertainty).toBeGreaterThan(0);
      expect(uncertainty).toBeLessThan(1);
    }
    expect(ranking.scans.map(({ reason }) => reason)).toEqual(['uncertain', 'uncertain', 'uncertain']);

    // What is known is not measured again.
    const kept = readdirSync(join(folder, 'cache', 'ranking')).sort();
    expect(kept).toHaveLength(3);
    await jobInState(host, (await start(client, { kind: 'rank' })).id, 'done', 'failed');
    expect(readdirSync(join(folder, 'cache', 'ranking')).sort()).toEqual(kept);

    const [first] = ranking.scans;
    const segments = [{ value: 1, name: 'anterior', colour: '#e69f00', state: 'done' }];
    expect((await client.post(`/scans/${first?.scan ?? ''}/layers`, { name: 'mine', segments })).status).toBe(200);
    const after = await json<Ranking>(client.get('/ranking'));
    expect(after.scans.map(({ scan }) => scan)).toEqual(ranking.scans.slice(1).map(({ scan }) => scan));
    expect(after.labelled).toBe(2);
  }, 120_000);

  it('cannot be told without a model, and says what to do', async () => {
    const folder = temporaryFolder();
    await workspaceOf(folder, [{ scans: 1 }], { scans: 0 });
    const host = await openHost(folder, { engineProgram: compiled });
    const { error } = await jobInState(host, (await start(clientOf(host), { kind: 'rank' })).id, 'done', 'failed');
    expect(error).toMatchObject({ code: 'no-data', advice: expect.stringContaining('label a few') as string });
  }, 60_000);
});

describeCompiled('improving the model with corrections', () => {
  const settings = { epochs: 1, batch: 1, crops: 1, learningRate: 1e-7, validationShare: 0 };

  it('learns from what is done, tests on the locked scans, and leaves the choice to the user', async () => {
    await startBackend();
    const folder = temporaryFolder();
    const [trained = [], unfinished = [], locked = []] = await workspaceOf(
      folder,
      [
        { scans: 2, labels: 'done' },
        { scans: 1, labels: 'todo' },
      ],
      { scans: 6, labels: 'done' },
    );
    cpSync(tiny, join(folder, 'models', MODEL), { recursive: true });
    const host = await openHost(folder, { engineProgram: compiled });
    const client = clientOf(host);
    const before = await json<ModelHistory>(client.get('/models/history'));
    expect(before).toEqual({ inUse: MODEL, choices: [], improvements: [] });

    const job = await jobInState(host, (await start(client, { kind: 'improve', settings, seed: 3 })).id, 'done', 'failed');
    expect(job.error).toBeUndefined();
    expect(job).toMatchObject({ uses: 'accelerator', priority: 'background' });
    const made = job.result?.model ?? '';
    const { inUse, improvements } = await json<ModelHistory>(client.get('/models/history'));
    // A model that learned next to nothing is no better than the one it began with.
    expect(improvements).toEqual([
      expect.objectContaining({ model: made, old: MODEL, scans: 2, leftOut: 1, verdict: 'level' }) as ModelHistory['improvements'][number],
    ]);
    const comparison = improvements[0]?.comparison;
    expect(comparison?.cases).toBe(6);
    expect(comparison?.segments.map(({ name }) => name)).toEqual(['anterior', 'posterior']);
    expect(comparison?.old).toBeGreaterThan(0.6);
    expect(Math.abs(comparison?.difference ?? NaN)).toBeLessThan(0.01);
    expect(inUse).toBe(MODEL);

    const run = JSON.parse(readFileSync(join(folder, 'runs', made, 'run.json'), 'utf8')) as {
      data: { cases: { id: string }[]; lock: { test: string[] } };
    };
    expect(run.data.cases.map(({ id }) => id).sort()).toEqual([...trained].sort());
    expect(run.data.cases.some(({ id }) => [...unfinished, ...locked].includes(id))).toBe(false);
    expect([...run.data.lock.test].sort()).toEqual([...locked].sort());

    // Taken anyway, and back again.
    const take = (model: string): Promise<ModelHistory> => json(client.post('/models/current', { model }));
    expect((await take(made)).inUse).toBe(made);
    const back = await take(MODEL);
    expect(back.inUse).toBe(MODEL);
    expect(back.choices.map(({ model }) => model)).toEqual([made, MODEL]);
    expect((await client.post('/models/current', { model: 'f'.repeat(16) })).status).toBe(404);
    await host.close();
    const workspace = await openWorkspace(folder);
    const audit = await workspace.verifyAudit();
    await workspace.close();
    if (!audit.ok) throw new Error(audit.problem);
    const about = audit.entries.filter(({ what }) => what === 'model-chosen').map(({ model }) => model);
    expect(about).toEqual([made, MODEL]);
  }, 180_000);

  it('refuses to begin without finished labels, or without a locked scan to tell the models apart on', async () => {
    const cases = [
      { parts: [{ scans: 1, labels: 'todo' }], message: 'all done' },
      { parts: [{ scans: 1, labels: 'done' }], message: 'locked scan' },
    ] as const;
    for (const { parts, message } of cases) {
      const folder = temporaryFolder();
      await workspaceOf(folder, parts, { scans: 0 });
      cpSync(tiny, join(folder, 'models', MODEL), { recursive: true });
      const host = await openHost(folder, { engineProgram: compiled });
      const { error } = await jobInState(host, (await start(clientOf(host), { kind: 'improve' })).id, 'done', 'failed');
      expect(error).toMatchObject({ code: 'no-data', message: expect.stringContaining(message) as string });
    }
  }, 60_000);
});
