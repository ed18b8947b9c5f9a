import { randomBytes } from 'node:crypto';
import { isTesseraError, TesseraError, type ErrorCode } from '../../base/errors.ts';
import { isCancelled } from '../../base/task.ts';
import type { Job, JobResult } from '../api/jobs.ts';
import type { EngineRun } from '../engine/engine.ts';
import { wireError } from '../wire-error.ts';
import { hasEnded, type JobInput, type JobRecord } from './job-record.ts';
import { withinHistory, type JobStore } from './job-store.ts';
import { laneOf, priorityOf, titleOf, type JobWork } from './job-work.ts';
import type { Lane, Started, Ticket } from './lane.ts';

/** A job that was at work this often when the host was killed is not begun again: it may be what brought it down. */
const MOST_ATTEMPTS = 2;
/** Milliseconds between two tellings of progress. */
const PROGRESS_EVERY = 200;

/** What `causeOfDeath` calls the deaths of an engine that another one may be spared. */
const deaths: ReadonlySet<ErrorCode> = new Set(['runtime-failed', 'timeout']);

export interface QueueOptions {
  readonly store: JobStore;
  readonly lanes: Readonly<Record<Job['uses'], Lane>>;
  readonly work: (input: JobInput) => JobWork;
  /** Told of every change of a job. */
  readonly publish: (job: Job) => void;
  /** Told of the ids of all jobs when their order has changed. */
  readonly ordered: (ids: readonly string[]) => void;
}

/** What belongs to a job only while this host runs. */
interface Live {
  ticket?: Ticket;
  run?: EngineRun<JobResult>;
  told: number;
  telling?: NodeJS.Timeout;
}

/** The jobs of a workspace, in the order in which they were asked for, on disk at every change of state. */
export class JobQueue {
  readonly #options: QueueOptions;
  readonly #live = new Map<string, Live>();
  #records: JobRecord[] = [];
  #closing = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Takes up the queue where an earlier host left it. @param prepare is done before the first job begins, given all that are not over */
  async resume(prepare: (open: readonly JobRecord[]) => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#records = await this.#options.store.load();
    await prepare(this.#records.filter(({ job }) => !hasEnded(job)));
    for (const record of this.#records) {
      const { job } = record;
      if (job.state === 'running' && !(await this.#mayBeginAgain(record))) this.#fail(record, endedTwice());
      else if (job.state === 'running' || job.state === 'queued') this.#enqueue(record);
    }
    if (this.#records.length > 0) await this.#save();
  }

  list(): readonly Job[] {
    return this.#records.map(({ job }) => job);
  }

  /** @throws TesseraError `not-found` */
  get(id: string): Job {
    return this.#record(id).job;
  }

  /** What a job was asked for. @throws TesseraError `not-found` */
  inputOf(id: string): JobInput {
    return this.#record(id).input;
  }

  /** Inputs of the jobs that are not over. */
  openInputs(): JobInput[] {
    return this.#records.filter(({ job }) => !hasEnded(job)).map(({ input }) => input);
  }

  /** Puts a job into the queue; it is on disk when this resolves. @throws TesseraError `write-failed` */
  async submit(input: JobInput): Promise<Job> {
    const job: Job = {
      id: randomBytes(8).toString('hex'),
      kind: input.kind,
      title: titleOf(input),
      state: 'queued',
      uses: laneOf(input),
      priority: priorityOf(input),
      progress: { fraction: null, note: '' },
      created: new Date().toISOString(),
      ...('run' in input ? { result: { run: input.run } } : {}),
    };
    const record: JobRecord = { job, input, attempts: 0 };
    this.#records = withinHistory([...this.#records, record]);
    try {
      await this.#save();
    } catch (error) {
      this.#records = this.#records.filter((other) => other !== record);
      throw error;
    }
    this.#options.publish({ ...job });
    this.#enqueue(record);
    return record.job;
  }

  /** Lets a job wait until it is resumed. One that works stops at its next good place. */
  async pause(id: string): Promise<Job> {
    const record = this.#record(id);
    if (record.job.state === 'queued') this.#change(record, { state: 'paused' });
    if (!hasEnded(record.job)) this.#live.get(id)?.ticket?.pause();
    await this.#save();
    return record.job;
  }

  async resumeJob(id: string): Promise<Job> {
    const record = this.#record(id);
    if (hasEnded(record.job)) return record.job;
    if (record.job.state === 'paused') this.#change(record, { state: 'queued' });
    const live = this.#live.get(id);
    if (live?.ticket === undefined) this.#enqueue(record);
    else live.ticket.resume();
    await this.#save();
    return record.job;
  }

  /**
   * Lets a job that waits change its turn with the next one of the same urgency that waits for the same. One without such a neighbour stays.
   * @param by −1: sooner, 1: later
   */
  async move(id: string, by: -1 | 1): Promise<readonly Job[]> {
    const record = this.#record(id);
    const { uses, priority } = record.job;
    const waiting = this.#records.filter(({ job }) => waits(job) && job.uses === uses && job.priority === priority);
    const other = waits(record.job) ? waiting[waiting.indexOf(record) + by] : undefined;
    if (other === undefined) return this.list();
    const at = new Map([
      [record, other],
      [other, record],
    ]);
    this.#records = this.#records.map((one) => at.get(one) ?? one);
    this.#options.ordered(this.#records.map(({ job }) => job.id));
    await this.#save();
    return this.list();
  }

  async cancel(id: string): Promise<Job> {
    const record = this.#record(id);
    if (hasEnded(record.job)) return record.job;
    const { run, ticket } = this.#live.get(id) ?? {};
    if (run === undefined) {
      ticket?.remove();
      this.#end(record, { state: 'cancelled' });
    } else run.cancel();
    await this.#save();
    return record.job;
  }

  /** Leaves everything on disk as it is, for the next host: jobs at work are begun again there. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { telling } of this.#live.values()) clearTimeout(telling);
    await this.#options.store.settled();
  }

  #record(id: string): JobRecord {
    const record = this.#records.find(({ job }) => job.id === id);
    if (record !== undefined) return record;
    throw new TesseraError('not-found', 'There is no such job.', {
      subject: id,
      advice: 'Look at the list of jobs; old ones are forgotten.',
    });
  }

  #enqueue(record: JobRecord): void {
    const { id, uses, priority } = record.job;
    if (record.job.state !== 'queued') this.#change(record, { state: 'queued' });
    const live: Live = { told: 0 };
    this.#live.set(id, live);
    live.ticket = this.#options.lanes[uses].add({
      priority,
      // The order of the records is the only one: what is moved, or begun again, has its turn where the list shows it.
      rank: () => this.#records.indexOf(record),
      start: () => this.#start(record, live),
      held: () => this.#change(record, { state: live.ticket?.paused === true ? 'paused' : 'queued' }),
      resumed: () => this.#change(record, { state: 'running' }),
    });
  }

  #start(record: JobRecord, live: Live): Started {
    record.attempts++;
    const started = record.job.started ?? new Date().toISOString();
    this.#change(record, { state: 'running', started });
    void this.#save().catch(() => undefined);
    const ended = this.#run(record, live);
    return { ended, hold: (held) => live.run?.hold(held), go: () => live.run?.go() };
  }

  async #run(record: JobRecord, live: Live): Promise<void> {
    try {
      live.run = this.#options.work(record.input).start(record, {
        onProgress: ({ stage, done, total }) => {
          record.job.progress = { fraction: total > 0 ? Math.min(1, Math.max(0, done / total)) : null, note: stage };
          this.#tellSoon(record, live);
        },
        onEvent: (event) => {
          if (event.kind !== 'layer-stored') return;
          // Kept at once: after a crash the job goes on behind it.
          record.job.result = {
            ...record.job.result,
            layers: [...(record.job.result?.layers ?? []), { scan: event.scan, layer: event.layer }],
          };
          void this.#save().catch(() => undefined);
        },
      });
      const result = await live.run.result;
      if (this.#closing) return;
      const layers = record.job.result?.layers ?? result.layers;
      const progress = { fraction: 1, note: '' };
      this.#end(record, { state: 'done', progress, result: { ...result, ...(layers === undefined ? {} : { layers }) } });
    } catch (error) {
      if (this.#closing) return;
      if (isCancelled(error)) this.#end(record, { state: 'cancelled' });
      else if (await this.#survives(record, error)) this.#enqueue(record);
      else this.#fail(record, error);
    }
    await this.#save().catch(() => undefined);
  }

  /** Whether the engine's death need not be the end of a job: it goes on from what it kept. */
  async #survives(record: JobRecord, error: unknown): Promise<boolean> {
    const work = this.#options.work(record.input);
    if (work.reached === undefined || !isTesseraError(error) || !deaths.has(error.code)) return false;
    return this.#mayBeginAgain(record);
  }

  /** Not when it ended the program or the engine several times at the same place. */
  async #mayBeginAgain(record: JobRecord): Promise<boolean> {
    const reached = await this.#options.work(record.input).reached?.();
    if (reached !== undefined && reached > (record.reached ?? 0)) Object.assign(record, { reached, attempts: 1 });
    return record.attempts < MOST_ATTEMPTS;
  }

  #fail(record: JobRecord, error: unknown): void {
    this.#end(record, { state: 'failed', error: wireError(error) });
  }

  #end(record: JobRecord, changes: Partial<Job>): void {
    clearTimeout(this.#live.get(record.job.id)?.telling);
    this.#live.delete(record.job.id);
    this.#change(record, { ...changes, ended: new Date().toISOString() });
    this.#options.work(record.input).ended?.(record);
  }

  #change(record: JobRecord, changes: Partial<Job>): void {
    Object.assign(record.job, changes);
    this.#options.publish({ ...record.job });
  }

  #tellSoon(record: JobRecord, live: Live): void {
    if (live.telling !== undefined) return;
    const wait = Math.max(0, live.told + PROGRESS_EVERY - performance.now());
    live.telling = setTimeout(() => {
      delete live.telling;
      live.told = performance.now();
      this.#options.publish({ ...record.job });
    }, wait);
  }

  #save(): Promise<void> {
    return this.#options.store.save(() => this.#records);
  }
}

function waits({ state }: Job): boolean {
  return state === 'queued' || state === 'paused';
}

function endedTwice(): TesseraError {
  return new TesseraError('runtime-failed', 'The program ended twice while it ran.', {
    advice: 'Start it again with fewer or smaller scans, and look whether memory is short.',
  });
}
