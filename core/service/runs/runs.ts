import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import type { Workspace } from '../../workspace/index.ts';
import type { Job } from '../api/jobs.ts';
import type { RunCheckpoint, RunDetails, RunMetrics, RunSummary } from '../api/runs.ts';
import type { JobInput } from '../jobs/job-record.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import { notFound } from '../library/library.ts';
import { RunMetricsFile } from './run-metrics.ts';

/** The part of run.json that is told of a run. */
const runFile = z.object({
  kind: z.string(),
  settings: z.looseObject({ epochs: z.number().optional(), batch: z.number().optional() }),
  data: z.object({ cases: z.array(z.object({ id: z.string(), use: z.string() })) }),
  versions: z.record(z.string(), z.string()).default({}),
  seed: z.number().int().optional(),
  started: z.string(),
  extra: z.looseObject({ name: z.string().optional(), initial: z.string().optional() }).default({}),
});
type RunFile = z.infer<typeof runFile>;

const notesFile = z.record(z.string(), z.string());
const NOTES = 'notes.json';

/** The training runs of a workspace: those that lie in it, and those that wait to begin. */
export class Runs {
  readonly #workspace: Workspace;
  readonly #jobs: JobQueue;
  readonly #metrics = new Map<string, RunMetricsFile>();

  constructor(workspace: Workspace, jobs: JobQueue) {
    this.#workspace = workspace;
    this.#jobs = jobs;
  }

  /** The newest first. */
  async list(): Promise<RunSummary[]> {
    const runs: RunSummary[] = [];
    for (const id of await this.#workspace.items('runs')) {
      const run = await this.#summary(id);
      if (run !== undefined) runs.push(run);
    }
    return runs.sort((a, b) => b.created.localeCompare(a.created));
  }

  /** @throws TesseraError `not-found` */
  async details(id: string): Promise<RunDetails> {
    const summary = await this.#summary(id);
    if (summary === undefined) throw notFound('run', id);
    const document = await this.#document(id);
    const uses: Record<string, string[]> = {};
    for (const { id: scan, use } of document?.data.cases ?? []) (uses[use] ??= []).push(scan);
    const initial = document?.extra.initial;
    return {
      ...summary,
      settings: { ...document?.settings },
      ...(initial === undefined || initial.includes('/') || initial.includes('\\') ? {} : { initial }),
      versions: document?.versions ?? {},
      ...(document?.seed === undefined ? {} : { seed: document.seed }),
      uses,
      checkpoints: await this.#checkpoints(id, summary.stepsPerEpoch ?? 1),
    };
  }

  /** What it measured after a step. @throws TesseraError `not-found` */
  async metrics(id: string, after: number): Promise<RunMetrics> {
    if (!(await this.#workspace.items('runs')).includes(id)) throw notFound('run', id);
    const file = this.#metrics.get(id) ?? new RunMetricsFile(this.#folder(id));
    this.#metrics.set(id, file);
    return file.after(after);
  }

  /** Keeps a remark on a checkpoint; an empty one goes. @throws TesseraError `not-found`, `write-failed` */
  async note(id: string, step: number, text: string): Promise<void> {
    await this.details(id);
    const others = Object.entries(await this.#notes(id)).filter(([other]) => other !== String(step));
    const notes = Object.fromEntries(text.trim() === '' ? others : [...others, [String(step), text.trim()]]);
    await writeFileAtomic(join(this.#folder(id), NOTES), `${JSON.stringify(notes, null, 2)}\n`);
  }

  /** What a run that ended before its last step was asked for, to go on with it. @throws TesseraError `not-found`, `conflict` */
  inputOf(id: string): JobInput {
    const job = this.#jobOf(id);
    const input = job === undefined ? undefined : this.#jobs.inputOf(job.id);
    if (job === undefined || input === undefined)
      throw new TesseraError('not-found', 'Nothing is known of how this run was asked for.', {
        subject: id,
        advice: 'Begin a new one that starts from it.',
      });
    if (job.state === 'failed' || job.state === 'cancelled') return input;
    throw new TesseraError('conflict', `The run is ${job.state}.`, { subject: id, advice: 'Only one that was stopped can go on.' });
  }

  #folder(id: string): string {
    return this.#workspace.itemPath('runs', id);
  }

  async #summary(id: string): Promise<RunSummary | undefined> {
    const job = this.#jobOf(id);
    const document = await this.#document(id);
    const input = job === undefined ? undefined : this.#jobs.inputOf(job.id);
    if (document === undefined && (job === undefined || job.state === 'failed' || job.state === 'cancelled')) return undefined;
    const stepsPerEpoch = document === undefined ? null : stepsPerEpochOf(document);
    const { last } = await this.metrics(id, Number.MAX_SAFE_INTEGER);
    const kind = document?.kind ?? job?.kind;
    return {
      id,
      name: document?.extra.name ?? (input !== undefined && 'name' in input ? input.name : id.slice(0, 6)),
      kind: kind === 'pretrain' || kind === 'finetune' ? kind : 'other',
      state: job?.state ?? 'kept',
      ...(job === undefined ? {} : { job: job.id }),
      created: job?.created ?? (document === undefined ? await this.#made(id) : new Date(document.started).toISOString()),
      scans: document?.data.cases.filter(({ use }) => use !== 'validation').length ?? scansOf(input),
      step: last,
      steps: stepsPerEpoch === null ? null : stepsPerEpoch * (document?.settings.epochs ?? 1),
      stepsPerEpoch,
      ...(job?.error === undefined ? {} : { error: job.error }),
    };
  }

  #jobOf(run: string): Job | undefined {
    return this.#jobs.list().findLast(({ result }) => result?.run === run);
  }

  async #document(id: string): Promise<RunFile | undefined> {
    try {
      return runFile.parse(JSON.parse(await readFile(join(this.#folder(id), 'run.json'), 'utf8')));
    } catch {
      // Not begun, or damaged: nothing is told of it.
      return undefined;
    }
  }

  async #made(id: string): Promise<string> {
    return (await stat(this.#folder(id))).mtime.toISOString();
  }

  async #checkpoints(id: string, stepsPerEpoch: number): Promise<RunCheckpoint[]> {
    const notes = await this.#notes(id);
    const whole = new Set(await stepsIn(join(this.#folder(id), 'checkpoints')));
    const steps = [...new Set([...whole, ...(await stepsIn(join(this.#folder(id), 'snapshots')))])].sort((a, b) => a - b);
    return steps.map((step) => {
      const note = notes[String(step)];
      return { step, epoch: Math.floor(step / stepsPerEpoch), whole: whole.has(step), ...(note === undefined ? {} : { note }) };
    });
  }

  async #notes(id: string): Promise<Readonly<Record<string, string>>> {
    try {
      return notesFile.parse(JSON.parse(await readFile(join(this.#folder(id), NOTES), 'utf8')));
    } catch {
      return {};
    }
  }
}

function scansOf(input: JobInput | undefined): number {
  return input?.kind === 'pretrain' || input?.kind === 'finetune' ? input.scans.length : 0;
}

function stepsPerEpochOf({ kind, data, settings: { batch = 1 } }: RunFile): number {
  const trained = data.cases.filter(({ use }) => kind === 'pretrain' || use === 'training').length;
  return Math.max(1, Math.ceil(trained / batch));
}

async function stepsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => /^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? []).map(Number);
}
