import { reportOf, type ErrorReport } from '../api/errors.ts';
import type { Comment, CommentListing } from '../api/types.ts';
import type { WorkHost } from '../api/work.ts';
import type { Messages } from '../messages/index.ts';
import type { PointLPS } from '../scene/index.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface CommentParts {
  readonly toasts: Toasts;
  readonly reader: () => string;
  readonly words: () => Messages['comments'];
  readonly undoWord: () => string;
}

/** Where a comment is pinned. */
export interface CommentPlace {
  readonly point: PointLPS;
  readonly layer?: string;
  readonly segment?: number;
}

/** What readers say about the open scan. */
export class Comments {
  items = $state.raw<readonly Comment[]>([]);
  trouble = $state.raw<ErrorReport | null>(null);
  /** The one that was chosen last. */
  current = $state<string | null>(null);
  showResolved = $state(false);
  /** In the order in which they were made, each with its number. */
  readonly shown = $derived(
    this.items
      .map((item, at) => ({ item, number: at + 1 }))
      .filter(({ item }) => item.removed === undefined && (this.showResolved || item.resolved === undefined)),
  );
  readonly open = $derived(this.items.filter(({ resolved, removed }) => resolved === undefined && removed === undefined).length);
  readonly resolved = $derived(this.items.filter(({ resolved, removed }) => resolved !== undefined && removed === undefined).length);
  readonly #host: WorkHost;
  readonly #parts: CommentParts;
  #scan: string | undefined;
  #sequence = -1;

  constructor(host: WorkHost, parts: CommentParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Turns to another scan, or to none. */
  async attend(scan: string | undefined): Promise<void> {
    if (scan === this.#scan) return;
    this.#scan = scan;
    this.#sequence = -1;
    this.items = [];
    this.current = null;
    this.trouble = null;
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const scan = this.#scan;
    if (scan === undefined) return;
    try {
      this.#take(scan, await this.#host.comments(scan));
    } catch (error) {
      const report = reportOf(error);
      if (scan === this.#scan && report.code !== 'unreachable') this.trouble = report;
    }
  }

  /** Somebody said something. */
  changed(scan: string, sequence: number): void {
    if (scan === this.#scan && sequence > this.#sequence) void this.refresh();
  }

  /** @returns whether it is kept */
  async add(text: string, { point, layer, segment }: CommentPlace): Promise<boolean> {
    const id = newId();
    const [x, y, z] = point;
    const about = { ...(layer === undefined ? {} : { layer }), ...(segment === undefined ? {} : { segment }) };
    const done = await this.#do((scan) => this.#host.comment(scan, { id, text, point: [x, y, z], ...about, ...this.#author }));
    if (done) this.current = id;
    return done;
  }

  reply(to: string, text: string): Promise<boolean> {
    const id = newId();
    return this.#do((scan) => this.#host.reply(scan, to, { id, text, ...this.#author }));
  }

  resolve(id: string, resolved: boolean): Promise<boolean> {
    return this.#mark(id, 'resolved', resolved);
  }

  /** One press brings it back. */
  async remove(id: string): Promise<void> {
    if (!(await this.#mark(id, 'removed', true))) return;
    const words = this.#parts.words();
    const action = { label: this.#parts.undoWord(), run: () => void this.#mark(id, 'removed', false) };
    this.#parts.toasts.show({ tone: 'plain', title: words.removed, action });
  }

  get #author(): { readonly author?: string } {
    const author = this.#parts.reader();
    return author === '' ? {} : { author };
  }

  #mark(id: string, mark: 'resolved' | 'removed', set: boolean): Promise<boolean> {
    return this.#do((scan) => this.#host.mark(scan, id, { after: this.#sequence, mark, set, ...this.#author }));
  }

  async #do(ask: (scan: string) => Promise<CommentListing>): Promise<boolean> {
    const scan = this.#scan;
    if (scan === undefined) return false;
    const words = this.#parts.words();
    try {
      this.#take(scan, await ask(scan));
      return true;
    } catch (error) {
      if (reportOf(error).code !== 'conflict') this.#parts.toasts.error(error, words.failed);
      else {
        await this.refresh();
        this.#parts.toasts.show({ tone: 'bad', title: words.failed, text: words.conflict });
      }
      return false;
    }
  }

  #take(scan: string, { sequence, items }: CommentListing): void {
    if (scan !== this.#scan || sequence < this.#sequence) return;
    this.#sequence = sequence;
    this.items = items;
    this.trouble = null;
  }
}

/** A name of its own for what is said, so that asking twice says it once. */
function newId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}
