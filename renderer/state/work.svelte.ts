import { reportOf, type ErrorReport } from '../api/errors.ts';
import type { StartedWork, WorkItem, WorkListing, WorkState } from '../api/types.ts';
import type { WorkHost } from '../api/work.ts';
import type { Messages } from '../messages/index.ts';
import type { Preferences } from './preferences.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';
import { ALL_WORK, countStates, nextWork, readersOf, type WorkFilter } from './work-filter.ts';

export interface WorkRoomParts {
  readonly preferences: Preferences;
  readonly toasts: Toasts;
  readonly words: () => Messages['work'];
  readonly undoWord: () => string;
}

/** The work list as this window knows it. */
export class Work {
  items = $state.raw<readonly WorkItem[]>([]);
  loaded = $state(false);
  /** Why there is no list. */
  trouble = $state.raw<ErrorReport | null>(null);
  filter = $state.raw<WorkFilter>(ALL_WORK);
  /** The assignment that the detail panel tells about. */
  current = $state<string | null>(null);
  readonly readers = $derived(readersOf(this.items));
  readonly counts = $derived(countStates(this.items.filter(({ reader }) => this.filter.reader === '' || reader === this.filter.reader)));
  readonly #host: WorkHost;
  readonly #parts: WorkRoomParts;
  #sequence = 0;

  constructor(host: WorkHost, parts: WorkRoomParts) {
    this.#host = host;
    this.#parts = parts;
  }

  find(id: string | null): WorkItem | undefined {
    return this.items.find((item) => item.id === id);
  }

  ofScan(scan: string | undefined): readonly WorkItem[] {
    return this.items.filter((item) => item.scan === scan);
  }

  async refresh(): Promise<void> {
    try {
      this.#take(await this.#host.list());
    } catch (error) {
      const report = reportOf(error);
      if (report.code !== 'unreachable') this.trouble = report;
    }
  }

  /** Reads the list anew, though it may be that of another workspace. */
  async refreshWhole(): Promise<void> {
    this.#sequence = 0;
    await this.refresh();
  }

  /** Somebody changed the list. */
  changed(sequence: number): void {
    if (sequence > this.#sequence) void this.refresh();
  }

  /** @returns whether it was done */
  async assign(assignments: readonly { readonly scan: string; readonly reader: string }[]): Promise<boolean> {
    return this.#do(this.words.assignFailed, () => this.#host.assign({ ...this.#asked, assignments: [...assignments] }));
  }

  async setState(items: readonly string[], state: WorkState): Promise<boolean> {
    return this.#do(this.words.stateFailed, () => this.#host.setState({ ...this.#asked, items: [...items], state }));
  }

  /** Takes scans from readers; one press brings them back. */
  async remove(items: readonly string[]): Promise<void> {
    if (!(await this.#do(this.words.removeFailed, () => this.#host.remove({ ...this.#asked, items: [...items] })))) return;
    if (items.includes(this.current ?? '')) this.current = null;
    this.#parts.toasts.show({
      tone: 'plain',
      title: this.words.removed(items.length),
      action: { label: this.#parts.undoWord(), run: () => void this.restore(items) },
    });
  }

  async restore(items: readonly string[]): Promise<boolean> {
    return this.#do(this.words.removeFailed, () => this.#host.restore({ ...this.#asked, items: [...items] }));
  }

  /** The reader begins or goes on. @returns his own layer */
  async start(item: string): Promise<StartedWork | undefined> {
    let started: StartedWork | undefined;
    await this.#do(this.words.startFailed, async () => {
      started = await this.#host.start(item, this.#author);
      return started.work;
    });
    return started;
  }

  /** What the reader has to do next. @param after the scan that he is at */
  next(after: string | undefined): WorkItem | undefined {
    return nextWork(this.items, this.#parts.preferences.reader, after);
  }

  get words(): Messages['work'] {
    return this.#parts.words();
  }

  get #author(): string | undefined {
    const { reader } = this.#parts.preferences;
    return reader === '' ? undefined : reader;
  }

  get #asked(): { readonly after: number; readonly author?: string } {
    const author = this.#author;
    return { after: this.#sequence, ...(author === undefined ? {} : { author }) };
  }

  async #do(title: string, ask: () => Promise<WorkListing>): Promise<boolean> {
    try {
      this.#take(await ask());
      return true;
    } catch (error) {
      const report = reportOf(error);
      if (report.code !== 'conflict') this.#parts.toasts.error(error, title);
      else {
        await this.refresh();
        this.#parts.toasts.show({ tone: 'bad', title, text: this.words.conflict });
      }
      return false;
    }
  }

  /** An answer may be overtaken by a later one on its way. */
  #take({ sequence, items }: WorkListing): void {
    if (sequence < this.#sequence) return;
    this.#sequence = sequence;
    this.items = items;
    this.loaded = true;
    this.trouble = null;
  }
}
