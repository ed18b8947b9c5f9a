import { expect, it } from 'vitest';
import type { Job } from '../../core/service/api/jobs.ts';
import type { PreflightCard } from '../../core/service/api/preflight.ts';
import type { RunDetails, RunMetrics, RunSummary } from '../../core/service/api/runs.ts';
import type { Host } from '../../core/service/host.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { importSamples, tinyFinetuning, tinyPretraining } from './engine/support-training.ts';
import { clientOf, compiled, describeCompiled, jobInState, openHost, temporaryFolder, until } from './support.ts';

/** A workspace with bundled crops, some of them labelled. */
async function newFolder(count: number, labelled: number): Promise<{ folder: string; scans: string[] }> {
  const folder = temporaryFolder();
  const workspace = await createWorkspace(folder, { name: 'test' });
  const scans = await importSamples(workspace, count, labelled);
  await workspace.close();
  return { folder, scans };
}

const pretraining = (scans: readonly string[], epochs: number): object => ({
  kind: 'pretrain',
  name: 'tiny',
  scans,
  probe: false,
  settings: { ...tinyPretraining, epochs, checkpointSeconds: 0.3 },
});

/** Asks the application as the page does. */
function asking(host: Host) {
  const client = clientOf(host);
  return {
    post: async (path: string, body?: object): Promise<{ status: number; body: unknown }> => {
      const answer = await client.post(path, body);
      return { status: answer.status, body: await answer.json() };
    },
    get: async <T>(path: string): Promise<T> => (await (await client.get(path)).json()) as T,
    submit: async (body: object): Promise<Job> => (await (await client.post('/jobs', body)).json()) as Job,
    stepOf: async (run: string): Promise<number> => ((await (await client.get(`/runs/${run}/metrics?after=0`)).json()) as RunMetrics).last,
  };
}
const runOf = (job: Job): string => job.result?.run ?? '';
const stepsOf = ({ lines }: RunMetrics): unknown[] => lines.filter((line) => 'loss' in line).map(({ step }) => step);

describeCompiled('training through host and engine', () => {
  it('refuses what cannot work before there is a job, with what to do', async () => {
    const { folder, scans } = await newFolder(2, 0);
    const host = await openHost(folder, { engineProgram: compiled });
    const { post, get } = asking(host);
    const alone = await post('/jobs', pretraining(scans.slice(0, 1), 1));
    expect(alone).toMatchObject({ status: 409, body: { error: { code: 'no-data' } } });
    const unlabelled = await post('/jobs', { kind: 'finetune', name: 'tiny', scans, encoder: null, settings: tinyFinetuning });
    expect(unlabelled).toMatchObject({ status: 422, body: { error: { code: 'bad-labels' } } });
    expect(await get('/jobs')).toEqual([]);
    expect(await get('/runs')).toEqual([]);
    const { body } = await post('/preflight', pretraining(scans.slice(0, 1), 1));
    expect((body as PreflightCard).findings).toMatchObject([{ code: 'too-few-scans', severity: 'refusal' }]);
  });

  it('answers a question to a model while a run goes on, and goes on after the engine was killed', async () => {
    const { folder, scans } = await newFolder(2, 0);
    const host = await openHost(folder, { engineProgram: compiled });
    const { post, get, submit, stepOf } = asking(host);
    const epochs = 50;
    const job = await submit(pretraining(scans, epochs));
    const run = runOf(job);
    expect(job).toMatchObject({ kind: 'pretrain', priority: 'background', title: 'Pre-train tiny' });
    const told = host.events.last;
    await until(async () => (await get<RunDetails>(`/runs/${run}`)).checkpoints.length > 0);
    const asked = await post('/features', { model: run, scan: scans[0] });
    expect([asked.status, host.workspace.jobs.get(job.id).state]).toEqual([200, expect.stringMatching(/running|queued|done/)]);

    const before = await stepOf(run);
    process.kill(host.workspace.engines.pids.accelerator ?? 0, 'SIGKILL');
    const done = await jobInState(host, job.id, 'done', 'failed');
    expect(done.error).toBeUndefined();
    expect(done.result).toEqual({ run, model: run });
    const metrics = await get<RunMetrics>(`/runs/${run}/metrics?after=0`);
    // Two scans in a step: an epoch is one. Every step once, whatever the kill cost.
    expect(stepsOf(metrics)).toEqual(Array.from({ length: epochs }, (_, n) => n + 1));
    expect(before).toBeLessThanOrEqual(metrics.last);
    expect(stepsOf(await get<RunMetrics>(`/runs/${run}/metrics?after=${epochs - 2}`))).toEqual([epochs - 1, epochs]);
    const events = host.events.after(told) ?? [];
    expect(events.filter(({ kind }) => kind === 'metrics').length).toBeGreaterThan(0);

    const [listed] = await get<RunSummary[]>('/runs');
    expect(listed).toMatchObject({ id: run, name: 'tiny', kind: 'pretrain', state: 'done', step: epochs, steps: epochs, scans: 2 });
    await post(`/runs/${run}/notes`, { step: epochs, text: 'the last' });
    const details = await get<RunDetails>(`/runs/${run}`);
    expect(details.checkpoints.at(-1)).toEqual({ step: epochs, epoch: epochs, whole: true, note: 'the last' });
    expect(details.settings).toMatchObject({ epochs, method: 'gl-mae' });
  }, 240_000);

  it('goes on after the host was closed, and after it was stopped when it is told to', async () => {
    const { folder, scans } = await newFolder(3, 3);
    const first = await openHost(folder, { engineProgram: compiled });
    const settings = { ...tinyFinetuning, epochs: 12, validateEvery: 6, checkpointSeconds: 0.3 };
    const job = await asking(first).submit({ kind: 'finetune', name: 'tiny', scans, encoder: null, settings });
    const run = runOf(job);
    await until(async () => (await asking(first).get<RunDetails>(`/runs/${run}`)).checkpoints.length > 0);
    await first.close();

    const second = await openHost(folder, { engineProgram: compiled });
    const { post, get } = asking(second);
    await jobInState(second, job.id, 'running', 'done');
    await post(`/jobs/${job.id}/cancel`);
    const stopped = await jobInState(second, job.id, 'cancelled', 'done');
    if (stopped.state === 'cancelled') {
      const { body } = await post(`/runs/${run}/continue`);
      expect(runOf(body as Job)).toBe(run);
      expect((await jobInState(second, (body as Job).id, 'done', 'failed')).error).toBeUndefined();
    }
    const details = await get<RunDetails>(`/runs/${run}`);
    expect(details).toMatchObject({ state: 'done', kind: 'finetune', step: details.steps });
    const { lines } = await get<RunMetrics>(`/runs/${run}/metrics?after=0`);
    // How good it is on each validation scan, and over all of them.
    expect(lines.filter(({ event }) => event === 'case').map(({ case: id }) => id)).toEqual(
      expect.arrayContaining(details.uses['validation'] ?? ['none']),
    );
    expect(lines.some((line) => 'validationDice' in line)).toBe(true);
    expect(await post(`/runs/${run}/continue`)).toMatchObject({ status: 409 });
  }, 240_000);
});
