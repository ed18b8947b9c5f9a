import { rm, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import type { Workspace } from '../workspace/index.ts';
import type { EngineEvent, PreparedVolume } from './api/engine.ts';
import type { Job, JobResult, NewJob } from './api/jobs.ts';
import type { ScanDetails, ScanSummary } from './api/scans.ts';
import type { NewSplit, SplitSummary } from './api/splits.ts';
import type { WorkspaceSummary } from './api/status.ts';
import { Engines } from './engine/engines.ts';
import type { EngineRun, EngineTimes } from './engine/engine.ts';
import { geometryDocument } from './engine/handlers/geometry-document.ts';
import { preparedBefore } from './engine/handlers/prepare-volume.ts';
import type { EventLog } from './event-log.ts';
import { fileContent, type RangedContent } from './files/ranged-answer.ts';
import { JobQueue } from './jobs/job-queue.ts';
import { JobStore } from './jobs/job-store.ts';
import type { JobInput, JobRecord } from './jobs/job-record.ts';
import type { JobWork } from './jobs/job-work.ts';
import { Evaluations } from './evaluations/evaluations.ts';
import { Labels } from './labels/labels.ts';
import { LayerShelf } from './labels/layer-shelf.ts';
import { Library, notFound } from './library/library.ts';
import { Sources, type UploadLimits } from './library/sources.ts';
import type { EngineStart } from './engine/messages.ts';
import { Work } from './work/work.ts';
import { newestCheckpoint } from './runs/newest-checkpoint.ts';
import { refuse } from './runs/refusal.ts';
import { Runs } from './runs/runs.ts';
import { checkWritable } from './writable.ts';

export interface WorkspaceHostOptions {
  readonly engineProgram: string;
  readonly backend: EngineStart['backend'];
  readonly threads?: number;
  readonly engineTimes?: EngineTimes;
  readonly uploadLimits?: UploadLimits;
}

/** One open workspace with all that works for it: library, uploads, jobs, engines. */
export class WorkspaceHost {
  readonly workspace: Workspace;
  readonly library: Library;
  readonly evaluations: Evaluations;
  readonly labels: Labels;
  readonly shelf: LayerShelf;
  readonly sources: Sources;
  readonly engines: Engines;
  readonly jobs: JobQueue;
  readonly runs: Runs;
  readonly work: Work;
  readonly #events: EventLog;
  readonly #prepared = new Map<string, Promise<PreparedVolume>>();

  private constructor(workspace: Workspace, events: EventLog, options: WorkspaceHostOptions) {
    const { folder, loan, cachePath } = workspace;
    this.workspace = workspace;
    this.#events = events;
    this.library = new Library(workspace);
    this.evaluations = new Evaluations(workspace);
    this.labels = new Labels(workspace, this.library, events);
    this.shelf = new LayerShelf(workspace, this.library, this.labels, events);
    this.sources = new Sources(join(cachePath, 'uploads'), options.uploadLimits);
    this.engines = new Engines({
      program: options.engineProgram,
      start: {
        type: 'start',
        workspace: { folder, ...(loan === undefined ? {} : { loan }) },
        backend: options.backend,
        ...(options.threads === undefined ? {} : { threads: options.threads }),
      },
      onState: (state) => events.publish('engine', { state }),
      onAudit: ({ what, about, model }) => this.#audit(what, about, model),
      onEvent: (event) => void this.#onEngineEvent(event).catch(() => undefined),
      ...(options.engineTimes === undefined ? {} : { times: options.engineTimes }),
    });
    this.work = new Work(workspace, this.library, this.labels, this.shelf, this.engines, events);
    this.jobs = new JobQueue({
      store: new JobStore(join(folder, 'jobs.json')),
      lanes: this.engines.lanes,
      work: (input) => this.#work(input),
      publish: (job) => events.publish('job', job),
      ordered: (ids) => events.publish('jobs-ordered', { ids: [...ids] }),
    });
    this.runs = new Runs(workspace, this.jobs);
  }

  /** Takes up the queue where an earlier host left it. */
  static async open(workspace: Workspace, events: EventLog, options: WorkspaceHostOptions): Promise<WorkspaceHost> {
    const host = new WorkspaceHost(workspace, events, options);
    // Another process may be at work here; its queue and uploads are its own.
    if (workspace.access.mode === 'write') {
      await rm(join(workspace.cachePath, 'growing'), { recursive: true, force: true });
      await host.jobs.resume(async (open) => {
        await host.sources.resume(sourcesOf(open.map(({ input }) => input)));
        for (const record of open) await host.#findStored(record);
      });
    }
    return host;
  }

  summary(): WorkspaceSummary {
    const { access, document } = this.workspace;
    return { name: document.name, access: access.mode, ...(access.mode === 'read' ? { reason: access.reason } : {}) };
  }

  /** @throws TesseraError `read-only` */
  checkWritable(): void {
    checkWritable(this.workspace);
  }

  /** @throws TesseraError `not-found` when a scan or source is not there, `read-only`, `write-failed` */
  async submit(wanted: NewJob | JobInput): Promise<Job> {
    this.checkWritable();
    const input = await this.#inputOf(wanted);
    if ('source' in input) this.sources.paths(input.source);
    if ('scan' in input) await this.library.document(input.scan);
    if (input.kind === 'segment') for (const scan of input.scans) await this.library.document(scan);
    return this.jobs.submit(input);
  }

  /** What is kept of a job that was asked for; a run gets its folder. */
  async #inputOf(wanted: NewJob | JobInput): Promise<JobInput> {
    if (wanted.kind === 'segment') return { ...wanted, entropy: wanted.entropy ?? false };
    if ('run' in wanted) return wanted;
    if (wanted.kind === 'improve') return { ...wanted, run: (await this.workspace.newItem('runs')).id };
    if (wanted.kind !== 'pretrain' && wanted.kind !== 'finetune') return wanted;
    for (const scan of wanted.scans) await this.library.document(scan);
    // What cannot work is said now, and not when its turn comes.
    refuse((await this.engines.ask('preflight', { job: wanted, trial: false })).findings);
    return { ...wanted, run: (await this.workspace.newItem('runs')).id };
  }

  /** A scan with what is needed to show it; its coarser levels are made when they are not there. @throws TesseraError `not-found` */
  async scanDetails(id: string): Promise<ScanDetails> {
    const document = await this.library.document(id);
    const [summary, prepared] = await Promise.all([this.library.summary(id), this.#prepare(id)]);
    const { geometry, slope, intercept } = document;
    return {
      ...summary,
      geometry: geometryDocument(geometry),
      slope,
      intercept,
      range: prepared.range,
      levels: prepared.levels.map(({ level, dims, spacing, bytes }) => ({ level, dims, spacing, bytes })),
    };
  }

  /** Voxels of a level. @throws TesseraError `not-found` */
  async scanVoxels(id: string, level: number): Promise<RangedContent> {
    const { content } = await this.library.document(id);
    const etag = `${content.slice(0, 32)}-${level}`;
    // Level 0 is in the workspace itself and waits for nothing.
    if (level === 0) return fileContent(join(this.workspace.folder, 'scans', id, 'voxels.raw'), etag);
    const file = async (): Promise<string> => {
      const found = (await this.#prepare(id)).levels.find((each) => each.level === level);
      if (found === undefined) throw notFound('level', String(level));
      return this.inside(found.file);
    };
    // The cache may be deleted at any time.
    if (!(await isThere(await file()))) this.#prepared.delete(id);
    return fileContent(await file(), etag);
  }

  async thumbnail(id: string, signal: AbortSignal): Promise<RangedContent> {
    const { content } = await this.library.document(id);
    const { file } = await this.engines.ask('thumbnail', { scan: id }, { signal });
    return fileContent(this.inside(file), content.slice(0, 32), 'image/png');
  }

  /** Voxels so far of a layer that is being drawn by a model; undefined for any other. */
  async draftVoxels(scan: string, id: string): Promise<RangedContent | undefined> {
    const draft = this.library.draft(scan, id);
    // What is being drawn changes all the time: it gets no tag that lasts.
    return draft && fileContent(draft.file, `draft-${id}-${performance.now()}`);
  }

  async layerEntropy(scan: string, id: string): Promise<RangedContent> {
    await this.#layerSummary(scan, id);
    return fileContent(this.library.entropyFile(id), `entropy-${id}`);
  }

  /** Undoable: the scan goes to the trash of the workspace. @throws TesseraError `not-found`, `read-only`, `write-failed` */
  async removeScan(id: string): Promise<ScanSummary> {
    const summary = await this.library.summary(id);
    await this.labels.close(id);
    await this.workspace.removeScan(id);
    this.#scanGone(id);
    this.#events.publish('scan-removed', { id });
    return { ...summary, removed: true };
  }

  async restoreScan(id: string): Promise<ScanSummary> {
    await this.workspace.restoreScan(id);
    this.#scanGone(id);
    const scan = await this.library.summary(id);
    this.#events.publish('scan-restored', { scan });
    return scan;
  }

  /** Draws a split and makes it the one in use. @throws TesseraError `no-data`, `bad-file`, `read-only`, `write-failed` */
  async saveSplit(wanted: NewSplit): Promise<SplitSummary> {
    this.checkWritable();
    const split = await this.library.splits.save(wanted);
    this.#events.publish('split-changed', { split: split.id });
    return split;
  }

  /** A file of the workspace that the engine named. @throws TesseraError `not-found` when it leads out */
  inside(file: string): string {
    const path = resolve(this.workspace.folder, file);
    if (path.startsWith(this.workspace.folder + sep)) return path;
    throw new TesseraError('not-found', 'lies outside the workspace.', { subject: file });
  }

  /** Ends everything; what was at work is on disk and goes on when the workspace is opened again. */
  async close(): Promise<void> {
    await this.jobs.close();
    await this.engines.close();
    await this.sources.close(sourcesOf(this.jobs.openInputs()));
    await this.labels.closeAll();
    await this.workspace.close();
  }

  #scanGone(id: string): void {
    this.library.scansChanged();
    this.library.layersChanged(id);
    this.#prepared.delete(id);
  }

  #prepare(scan: string): Promise<PreparedVolume> {
    const known = this.#prepared.get(scan);
    if (known !== undefined) return known;
    const preparing = this.library
      .document(scan)
      .then((document) => preparedBefore(this.workspace, document))
      .then((before) => before ?? this.engines.ask('prepare-volume', { scan }));
    this.#prepared.set(scan, preparing);
    preparing.catch(() => this.#prepared.delete(scan));
    return preparing;
  }

  async #layerSummary(scan: string, id: string): Promise<void> {
    if (!(await this.library.layers(scan)).some((layer) => layer.id === id)) throw notFound('layer', id);
  }

  #work(input: JobInput): JobWork {
    const done = (): void => {
      if ('source' in input) void this.sources.remove(input.source).catch(() => undefined);
    };
    switch (input.kind) {
      case 'import':
        return { start: (_, hooks) => this.engines.run('import', { paths: [...this.sources.paths(input.source)] }, hooks), ended: done };
      case 'import-layer':
        return {
          start: (_, hooks) => {
            const { scan, source, resample } = input;
            const paths = [...this.sources.paths(source)];
            return this.engines.run('import-layer', { scan, paths, ...(resample === undefined ? {} : { resample }) }, hooks);
          },
          ended: done,
        };
      case 'import-model':
        return {
          start: (_, hooks) => this.engines.run('import-model', { paths: [...this.sources.paths(input.source)] }, hooks),
          ended: done,
        };
      case 'rank': {
        const { kind, ...request } = input;
        return { start: (_, hooks) => this.engines.run(kind, request, hooks) };
      }
      case 'evaluate':
        return { start: (_, hooks) => this.engines.run('evaluate', input, hooks) };
      case 'segment':
        return {
          start: ({ job }, hooks) => {
            const { model, entropy } = input;
            const scans = unfinished(input.scans, job);
            return scans.length === 0 ? finished(job.result ?? {}) : this.engines.run('segment', { model, entropy, scans }, hooks);
          },
          ended: () => this.#dropDrafts(input.scans),
        };
      case 'pretrain':
      case 'finetune':
      case 'improve':
        return {
          start: (_, hooks) => {
            if (input.kind === 'improve') return this.engines.run('improve', input, hooks);
            return input.kind === 'pretrain' ? this.engines.run('pretrain', input, hooks) : this.engines.run('finetune', input, hooks);
          },
          reached: () => newestCheckpoint(this.workspace.itemPath('runs', input.run)),
        };
    }
  }

  /** Layers that a segmentation had stored when its host was killed, before the queue could be told. */
  async #findStored({ job, input }: JobRecord): Promise<void> {
    const { started } = job;
    if (input.kind !== 'segment' || started === undefined) return;
    const layers = [];
    for (const scan of input.scans) {
      const { found } = await this.workspace.layers(scan);
      const stored = found.find(({ model, kind, created }) => model === input.model && kind === 'proposal' && created >= started);
      if (stored !== undefined) layers.push({ scan, layer: stored.id });
    }
    job.result = { ...job.result, layers };
  }

  #dropDrafts(scans: readonly string[]): void {
    for (const { scan, layer } of this.library.draftsOf(scans)) {
      this.library.dropDraft(scan, layer.id);
      this.#events.publish('layer-changed', { scan, layer: layer.id });
    }
  }

  async #onEngineEvent(event: EngineEvent): Promise<void> {
    switch (event.kind) {
      case 'scan-stored': {
        this.#scanGone(event.scan);
        if (event.added) this.#events.publish('scan-added', { scan: await this.library.summary(event.scan) });
        break;
      }
      case 'layer-stored':
        this.library.dropDraft(event.scan, event.layer);
        this.library.layersChanged(event.scan);
        this.#events.publish('layer-changed', { scan: event.scan, layer: event.layer });
        break;
      case 'layer-grown':
        this.library.keepDraft({ scan: event.scan, layer: event.layer, file: this.inside(event.file) });
        this.#events.publish('layer-grown', { scan: event.scan, layer: event.layer.id, box: event.box });
        break;
      case 'metrics':
        this.#events.publish('metrics', { run: event.run, step: event.step });
        break;
      case 'backend':
        break;
    }
  }

  async #audit(what: string, about: Readonly<Record<string, string | number | boolean>>, model: string | undefined): Promise<void> {
    await this.workspace.audit(what, about, model);
  }
}

/** Scans that a segmentation has no layer of yet, where it was interrupted. */
function unfinished(scans: readonly string[], { result }: Job): string[] {
  const done = new Set((result?.layers ?? []).map(({ scan }) => scan));
  return scans.filter((scan) => !done.has(scan));
}

/** Work of which nothing is left to do. */
function finished(result: JobResult): EngineRun<JobResult> {
  return { result: Promise.resolve(result), cancel: () => undefined, hold: () => undefined, go: () => undefined };
}

function sourcesOf(inputs: readonly JobInput[]): Set<string> {
  return new Set(inputs.flatMap((input) => ('source' in input ? [input.source] : [])));
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
