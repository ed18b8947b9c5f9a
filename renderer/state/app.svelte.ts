import { followEvents } from '../api/event-stream.ts';
import { reportOf } from '../api/errors.ts';
import { Host } from '../api/host.ts';
import type { Client } from '../api/client.ts';
import { ModelHost } from '../api/models.ts';
import { TrainingHost } from '../api/training.ts';
import { NextHost } from '../api/next.ts';
import type { ImportProblem, Job, LayerEdited, ServiceEvent } from '../api/types.ts';
import { Assist } from './assist.svelte.ts';
import { WorkHost } from '../api/work.ts';
import { Agreement } from './agreement.svelte.ts';
import { commandIds, isCommand, scopeOf, type CommandId, type Scope } from './commands.ts';
import type { Messages } from '../messages/index.ts';
import type { PointLPS } from '../scene/index.ts';
import { Comments } from './comments.svelte.ts';
import { Connection } from './connection.svelte.ts';
import { Debounce } from './debounce.ts';
import { Differences } from './differences.svelte.ts';
import { DifferenceTour } from './difference-tour.svelte.ts';
import type { Given, GivenFile } from './dropped-files.ts';
import { Improve, isOffered } from './improve.svelte.ts';
import { Inspection } from './inspection.svelte.ts';
import { Jobs } from './jobs.svelte.ts';
import { keymap } from './keymap.ts';
import { Labelling } from './labelling.svelte.ts';
import { Library } from './library.svelte.ts';
import { ModelRoom } from './model-room.svelte.ts';
import { Models } from './models.svelte.ts';
import { Preferences } from './preferences.svelte.ts';
import { Prompts } from './prompts.svelte.ts';
import { Proposals } from './proposals.svelte.ts';
import { Ranking } from './ranking.svelte.ts';
import { Reading } from './reading.svelte.ts';
import { ReadingClock } from './reading-clock.svelte.ts';
import type { SideBySideView } from './side-by-side.svelte.ts';
import type { KeyValueStore } from './stored.ts';
import { Toasts } from './toasts.svelte.ts';
import { Training } from './training.svelte.ts';
import { Upload } from './uploads.svelte.ts';
import { Work } from './work.svelte.ts';

export type Room = Exclude<Scope, 'everywhere' | 'labelling'>;
export const ROOMS: readonly Room[] = ['library', 'reading', 'inspect', 'work', 'train', 'models'];

/** What is open in front of the room. */
export type Front =
  | { readonly kind: 'palette' | 'shortcuts' | 'keys' | 'split' | 'assign' }
  | { readonly kind: 'consensus'; readonly scan: string }
  | { readonly kind: 'segment'; readonly scans: readonly string[]; readonly model?: string }
  | { readonly kind: 'evaluate'; readonly models: readonly string[] }
  | { readonly kind: 'problems'; readonly title: string; readonly text?: string; readonly problems: readonly ImportProblem[] };

/** Milliseconds after the last of several layers that changed. */
const LIST_AGAIN = 300;

type Handlers = Partial<Record<CommandId, () => void>>;

/** The whole page: its parts, and what leads from one to another. */
export class App {
  readonly host: Host;
  readonly preferences: Preferences;
  readonly toasts = new Toasts();
  readonly connection: Connection;
  readonly jobs: Jobs;
  readonly library: Library;
  readonly models: Models;
  readonly modelRoom: ModelRoom;
  readonly training: Training;
  readonly reading: Reading;
  readonly labelling: Labelling;
  readonly assist: Assist;
  readonly prompts: Prompts;
  readonly proposals: Proposals;
  readonly tour: DifferenceTour;
  readonly inspection: Inspection;
  readonly ranking: Ranking;
  readonly improve: Improve;
  readonly workHost: WorkHost;
  readonly work: Work;
  readonly comments: Comments;
  readonly agreement: Agreement;
  readonly differences: Differences;
  readonly clock: ReadingClock;

  room = $state<Room>('library');
  front = $state.raw<Front | null>(null);
  uploads = $state.raw<readonly Upload[]>([]);
  /** Not reactive: it is looked up when a key is pressed or the palette opens. */
  #handlers: readonly Handlers[] = [];
  readonly #listAgain = new Debounce(LIST_AGAIN);
  readonly #client: Client;

  constructor(client: Client, store: KeyValueStore, languages: readonly string[]) {
    this.#client = client;
    this.host = new Host(client);
    this.preferences = new Preferences(store, languages);
    this.connection = new Connection(this.host);
    this.jobs = new Jobs(this.host, (job) => this.#jobEnded(job));
    this.library = new Library(this.host);
    this.models = new Models(this.host);
    const trainingHost = new TrainingHost(client);
    this.modelRoom = new ModelRoom(new ModelHost(client), this.jobs, trainingHost, {
      layers: (scan) => this.host.layers(scan),
      start: async (job) => {
        const started = await this.jobs.start(job);
        return this.jobs.items.find(({ id }) => id === started.id) ?? started;
      },
      madeAt: (model) => this.models.items.find(({ id }) => id === model)?.created,
      ready: (view) => this.#bothDrawn(view),
    });
    this.training = new Training(trainingHost, this.jobs);
    this.reading = new Reading(this.host, store);
    this.labelling = new Labelling(this.host, store, {
      organs: this.reading.organs,
      toasts: this.toasts,
      scan: () => this.reading.scan?.id,
      volume: () => this.reading.volume,
      words: () => this.t.labelling,
    });
    this.assist = new Assist(store);
    const assisted = { labelling: this.labelling, scan: () => this.reading.scan?.id, words: () => this.t.assist };
    this.prompts = new Prompts(this.host, store, { ...assisted, volume: () => this.reading.volume, models: () => this.models.pretrained });
    this.proposals = new Proposals(this.host, { ...assisted, organs: this.reading.organs });
    const go = (point: PointLPS): void => void (this.reading.point = point);
    this.tour = new DifferenceTour(this.host, { ...assisted, proposals: this.proposals, go });
    keymap.open(store, isCommand);
    this.inspection = new Inspection(this.host);
    const nextHost = new NextHost(client);
    this.ranking = new Ranking(nextHost, this.jobs);
    this.improve = new Improve(nextHost, this.jobs);
    this.workHost = new WorkHost(client);
    const [preferences, toasts, undoWord] = [this.preferences, this.toasts, () => this.t.general.undo];
    this.work = new Work(this.workHost, { preferences, toasts, undoWord, words: () => this.t.work });
    this.comments = new Comments(this.workHost, { toasts, undoWord, reader: () => preferences.reader, words: () => this.t.comments });
    this.agreement = new Agreement(this.workHost);
    this.differences = new Differences(this.host, this.reading.organs);
    this.clock = new ReadingClock(this.workHost, store, (scan) => {
      if (this.work.ofScan(scan).length > 0) void this.work.refresh();
    });
  }

  /** The messages in the language of the page. */
  get t(): Messages {
    return this.preferences.messages;
  }

  get language(): string {
    return this.preferences.language;
  }

  /** Follows the host until the signal ends it. */
  async run(signal: AbortSignal): Promise<void> {
    await followEvents(this.#client, signal, {
      onevent: (event) => this.#take(event),
      onstate: (state) => {
        const before = this.connection.state;
        this.connection.state = state;
        // The first connection fills the page; a later one goes on after the last event, but the host may have started anew.
        if (state === 'open') void this.refresh();
        if (state === 'open') this.labelling.retry();
        if (state === 'open' && before === 'lost') this.toasts.show({ tone: 'good', title: this.t.connection.back });
      },
    });
  }

  /** Reads everything anew. */
  async refresh(): Promise<void> {
    const outcomes = await Promise.allSettled([
      this.connection.refresh(),
      this.library.refresh(),
      this.jobs.refresh().then(() => this.modelRoom.beside.catchUp(this.jobs.items)),
      this.models.refresh(),
      this.improve.refresh(),
      this.work.refreshWhole(),
      this.comments.refresh(),
      this.training.catchUp(),
      this.modelRoom.runs.catchUp(),
    ]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed && reportOf(failed.reason).code !== 'unreachable') this.toasts.error(failed.reason, this.t.connection.failed);
  }

  /** Commands of the part of the page that is on the screen. @returns takes them away again */
  provide(handlers: Handlers): () => void {
    this.#handlers = [handlers, ...this.#handlers];
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== handlers);
    };
  }

  /** Commands that can be used now. */
  get usable(): readonly CommandId[] {
    return commandIds.filter((id) => this.#handler(id) !== undefined);
  }

  /** @returns false when the command cannot be used now */
  perform(id: CommandId): boolean {
    const handler = this.#handler(id);
    handler?.();
    return handler !== undefined;
  }

  #handler(id: CommandId): (() => void) | undefined {
    const scope = scopeOf(id);
    const room = scope === 'labelling' ? 'reading' : scope;
    if (room !== 'everywhere' && room !== this.room) return undefined;
    return this.#handlers.find((handlers) => handlers[id])?.[id];
  }

  /** Runs something that may fail and tells how. */
  async attempt<T>(work: Promise<T>, title: string): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      this.toasts.error(error, title);
      return undefined;
    }
  }

  async read(scan: string): Promise<void> {
    this.room = 'reading';
    this.library.current = scan;
    await this.attempt(this.reading.open(scan), this.t.reading.openFailed);
    const { scan: shown, volume, loading, complete } = this.reading;
    if (shown?.id !== scan || !volume || loading !== null || complete) return;
    this.toasts.show({ tone: 'plain', title: this.t.reading.tooLarge, text: this.t.reading.tooLargeText });
  }

  /** Reads a scan with the layers of two models in linked panes. */
  async readBeside({ scan, layers: [first, second] }: SideBySideView): Promise<void> {
    await this.read(scan);
    if (this.reading.scan?.id === scan) await this.attempt(this.reading.showBeside(first, second), this.t.organs.readFailed);
  }

  async importScans(given: Given): Promise<void> {
    await this.#give(given, async (source) => this.host.start({ kind: 'import', source }), this.t.import.failed);
  }

  /** The scans that ship with the program. */
  async openSamples(): Promise<void> {
    const job = await this.attempt(this.host.openSamples(), this.t.import.failed);
    if (job) this.jobs.apply(job);
  }

  async importLabels(scan: string, given: Given): Promise<void> {
    await this.#give(given, async (source) => this.host.importLayer(scan, source), this.t.organs.importFailed);
  }

  async importModel(given: Given): Promise<void> {
    await this.#give(given, async (source) => this.host.importModel(source), this.t.segment.importFailed);
  }

  /** Brings what the user gave to the host and begins a job with it. */
  async #give(given: Given, start: (source: string) => Promise<Job>, failure: string): Promise<void> {
    const work = async (): Promise<void> => {
      const source = 'source' in given ? given.source : await this.#upload(given.files);
      if (source !== undefined) this.jobs.apply(await start(source));
    };
    await this.attempt(work(), failure);
  }

  /** @returns the source that stands for the files, or undefined when none arrived */
  async #upload(files: readonly GivenFile[]): Promise<string | undefined> {
    if (files.length === 0) {
      this.toasts.show({ tone: 'plain', title: this.t.import.nothing });
      return undefined;
    }
    const upload = new Upload(this.host);
    this.uploads = [...this.uploads, upload];
    try {
      const source = await upload.run(files);
      if (upload.problems.length > 0) this.#tellProblems(upload.problems);
      return source;
    } finally {
      this.uploads = this.uploads.filter((other) => other !== upload);
    }
  }

  /** Removes scans; one press brings them back. */
  async removeScans(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.attempt(this.library.remove(ids), this.t.library.removeFailed);
    if (ids.includes(this.reading.scan?.id ?? '')) this.reading.close();
    this.toasts.show({
      tone: 'plain',
      title: this.t.library.removed(ids.length),
      action: { label: this.t.general.undo, run: () => void this.restoreScans(ids) },
    });
  }

  async restoreScans(ids: readonly string[]): Promise<void> {
    await this.attempt(this.library.restore(ids), this.t.library.restoreFailed);
  }

  #take({ kind, data }: ServiceEvent): void {
    const { library, reading } = this;
    if (kind === 'job') this.#jobIs(data);
    else if (kind === 'jobs-ordered') this.jobs.order(data.ids);
    else if (kind === 'metrics') this.#ranOn(data.run, data.step);
    else if (kind === 'scan-added' || kind === 'scan-restored') library.put(data.scan);
    else if (kind === 'scan-removed') library.drop(data.id);
    else if (kind === 'layer-changed') this.#layerChanged(data.scan, data.layer);
    else if (kind === 'layer-edited') this.#layerEdited(data);
    else if (kind === 'layer-grown') void this.attempt(reading.organs.grow(data.scan, data.layer, data.box), this.t.organs.readFailed);
    else if (kind === 'work-changed') this.work.changed(data.sequence);
    else if (kind === 'comments-changed') this.#commented(data.scan, data.sequence);
    else if (kind === 'engine') this.#engineIs(data.state);
    else if (kind === 'workspace') this.connection.workspace = data.workspace;
    else void this.refresh();
  }

  /** The layer that is drawn in fetches what changed; elsewhere it is read anew. */
  #layerEdited(edited: LayerEdited): void {
    const { reading, labelling, proposals } = this;
    void this.attempt(proposals.edited(edited.layer, edited.client), this.t.assist.readFailed);
    void this.attempt(labelling.layers.changed(edited.scan, edited.layer), this.t.organs.readFailed);
    const shown = labelling.edited(edited) ? [reading.comparison.organs] : [reading.organs, reading.comparison.organs];
    for (const organs of shown)
      if (organs.layer?.id === edited.layer) void this.attempt(organs.refresh(edited.scan, edited.layer), this.t.organs.readFailed);
  }

  #layerChanged(scan: string, layer: string): void {
    // How many layers a scan has stands in the list.
    this.#listAgain.run(() => void this.attempt(this.library.refresh(), this.t.connection.failed));
    void this.attempt(this.labelling.layers.changed(scan, layer), this.t.organs.readFailed);
    for (const organs of [this.reading.organs, this.reading.comparison.organs])
      void this.attempt(organs.refresh(scan, layer), this.t.organs.readFailed);
  }

  #ranOn(run: string, step: number): void {
    this.training.progressed(run, step);
    this.modelRoom.runs.progressed(run, step);
  }

  /** Who has stayed in the models room waits for it; anybody else is asked. */
  #bothDrawn(view: SideBySideView): void {
    const show = (): void => void this.readBeside(view);
    if (this.room === 'models') show();
    else this.toasts.show({ tone: 'good', title: this.t.comparing.bothDrawn, action: { label: this.t.segment.show, run: show } });
  }

  #jobIs(job: Job): void {
    this.jobs.apply(job);
    this.training.jobChanged(job);
    this.modelRoom.runs.jobChanged(job);
  }

  async #trained({ result, title }: Job): Promise<void> {
    await Promise.all([this.models.refresh(), this.improve.refresh()]);
    const run = result?.run;
    if (run === undefined || (this.room === 'train' && this.training.view?.id === run)) return;
    const show = (): void => {
      this.room = 'train';
      void this.attempt(this.training.open(run), this.t.train.readFailed);
    };
    this.toasts.show({ tone: 'good', title: this.t.train.ended(title), action: { label: this.t.train.show, run: show } });
  }

  async #evaluated({ result }: Job): Promise<void> {
    await this.modelRoom.refresh();
    const id = result?.evaluation;
    if (id === undefined) return;
    const show = (): void => {
      this.room = 'models';
      void this.attempt(this.modelRoom.open(id), this.t.models.readFailed);
    };
    this.toasts.show({ tone: 'good', title: this.t.models.done, action: { label: this.t.models.show, run: show } });
  }

  #commented(scan: string, sequence: number): void {
    this.comments.changed(scan, sequence);
    // The list counts what is open.
    if (this.work.ofScan(scan).length > 0) void this.work.refresh();
  }

  #engineIs(state: Connection['engine']): void {
    this.connection.engine = state;
    // Which backend it found is known once it runs.
    if (state === 'idle' && this.connection.backend === null) void this.attempt(this.connection.refresh(), this.t.connection.failed);
  }

  #jobEnded(job: Job): void {
    const problems = job.result?.problems ?? [];
    if (job.state === 'failed') this.toasts.report(job.error ?? { code: 'unknown', message: '' }, this.t.jobs.failed(job.title));
    if (problems.length > 0) this.#tellProblems(problems);
    if (job.state !== 'done') {
      void this.modelRoom.beside.ended(job);
      return;
    }
    if (job.kind === 'import') this.#imported(job);
    else if (job.kind === 'pretrain' || job.kind === 'finetune') void this.attempt(this.#trained(job), this.t.connection.failed);
    else if (job.kind === 'evaluate') void this.attempt(this.#evaluated(job), this.t.models.readFailed);
    else if (job.kind === 'import-model') {
      void this.attempt(this.models.refresh(), this.t.connection.failed);
      if (job.result?.model !== undefined) this.toasts.show({ tone: 'good', title: this.t.segment.imported });
    } else if (job.kind === 'import-layer') this.toasts.show({ tone: 'good', title: this.t.organs.imported });
    else if (job.kind === 'rank') void this.attempt(this.ranking.refresh(), this.t.next.readFailed);
    else if (job.kind === 'improve') void this.attempt(this.#improved(), this.t.next.historyFailed);
    else void this.attempt(this.#segmented(job), this.t.connection.failed);
  }

  #imported(job: Job): void {
    const scans = job.result?.scans ?? [];
    const known = job.result?.known?.length ?? 0;
    const first = scans[0];
    this.toasts.show({
      tone: scans.length > 0 ? 'good' : 'plain',
      title: this.t.import.done(scans.length),
      text: known > 0 ? this.t.import.known(known) : undefined,
      action: first === undefined ? undefined : { label: this.t.library.open, run: () => void this.read(first) },
    });
  }

  async #improved(): Promise<void> {
    await Promise.all([this.models.refresh(), this.improve.refresh()]);
    const { newest } = this.improve;
    if (newest === undefined) return;
    const show = (): void => {
      this.room = 'library';
      this.ranking.panel = 'next';
    };
    const tone = isOffered(newest) ? 'good' : 'plain';
    this.toasts.show({ tone, title: this.t.next.verdicts[newest.verdict], action: { label: this.t.next.title, run: show } });
  }

  async #segmented(job: Job): Promise<void> {
    if (await this.modelRoom.beside.ended(job)) {
      await this.library.refresh();
      return;
    }
    const layers = job.result?.layers ?? [];
    const first = layers[0];
    if (first === undefined) return;
    // Layer counts of the list have changed.
    void this.attempt(this.library.refresh(), this.t.connection.failed);
    const action = { label: this.t.segment.show, run: () => void this.read(first.scan) };
    this.toasts.show({ tone: 'good', title: this.t.segment.done(layers.length), action });
  }

  #tellProblems(problems: readonly ImportProblem[]): void {
    const [title, text] = [this.t.import.problemsTitle, this.t.import.problemsText(problems.length)];
    const action = { label: this.t.import.showProblems, run: () => (this.front = { kind: 'problems', title, text, problems }) };
    this.toasts.show({ tone: 'bad', title, text, action });
  }
}
