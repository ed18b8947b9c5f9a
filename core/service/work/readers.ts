import type { LabelLayer, LayerDocument, Workspace } from '../../workspace/index.ts';
import { isTesseraError, TesseraError } from '../../base/errors.ts';
import {
  assign,
  bringBack,
  newId,
  openComments,
  removeAssignments,
  secondsByReader,
  setLayer,
  setState,
  type Assignment,
  type Deed,
  type WorkListDocument,
} from '../../workspace/index.ts';
import { NEXT_STATES } from '../../workspace/work-list.ts';
import type { LayerSummary, Segment } from '../api/layers.ts';
import type { AssignRequest, ItemsRequest, StartedWork, StartRequest, StateRequest, WorkListing } from '../api/work.ts';
import type { EventLog } from '../event-log.ts';
import type { Labels } from '../labels/labels.ts';
import type { LayerShelf } from '../labels/layer-shelf.ts';
import type { Library } from '../library/library.ts';
import { segmentDocuments } from '../library/segments.ts';
import { deedOf } from './deed.ts';

interface Change {
  readonly item: Assignment;
  /** As it was; undefined for a new one. */
  readonly before: Assignment | undefined;
}

/** What the audit file says when the state of work changes. */
const stateEntry = ({ item, before }: Change): string =>
  before?.state === 'approved' && item.state === 'submitted' ? 'work-reopened' : `work-${item.state}`;

/** The work list: who reads which scan, and how far that is. */
export class Readers {
  readonly #workspace: Workspace;
  readonly #library: Library;
  readonly #labels: Labels;
  readonly #shelf: LayerShelf;
  readonly #events: EventLog;
  /** Makes one layer where two windows ask for it at the same time. */
  #starting: Promise<unknown> = Promise.resolve();

  constructor(workspace: Workspace, library: Library, labels: Labels, shelf: LayerShelf, events: EventLog) {
    this.#workspace = workspace;
    this.#library = library;
    this.#labels = labels;
    this.#shelf = shelf;
    this.#events = events;
  }

  /** @throws TesseraError `bad-file` */
  async list(): Promise<WorkListing> {
    return this.#listing(await this.#workspace.readerWork.list.read());
  }

  /** @throws TesseraError `conflict`, `not-found` when a scan is not there, `too-large`, `write-failed`, `read-only` */
  async assign({ after, author, assignments }: AssignRequest): Promise<WorkListing> {
    const present = new Set((await this.#workspace.scans()).found.map(({ id }) => id));
    const missing = assignments.find(({ scan }) => !present.has(scan));
    if (missing)
      throw new TesseraError('not-found', 'There is no such scan.', { subject: missing.scan, advice: 'It may have been removed.' });
    return this.#change(
      after,
      author,
      () => 'work-assigned',
      (now, done) => assign(now, assignments, done, newId),
    );
  }

  /** @throws TesseraError `conflict`, `not-found`, `bad-setting` when the state cannot follow, `write-failed`, `read-only` */
  async setState({ after, author, items, state }: StateRequest): Promise<WorkListing> {
    const make = (now: WorkListDocument, done: Deed): WorkListDocument => setState(now, items, state, done);
    return this.#change(after, author, stateEntry, make, (changes, done) => this.#keepSubmitted(changes, done));
  }

  /** Undoable. @throws TesseraError `conflict`, `not-found`, `write-failed`, `read-only` */
  remove({ after, author, items }: ItemsRequest): Promise<WorkListing> {
    return this.#change(
      after,
      author,
      () => 'work-removed',
      (now, done) => removeAssignments(now, items, done),
    );
  }

  restore({ after, author, items }: ItemsRequest): Promise<WorkListing> {
    return this.#change(
      after,
      author,
      () => 'work-restored',
      (now) => bringBack(now, items),
    );
  }

  /**
   * The reader begins, or goes on: his own layer is found by his name, or made with the segments that others of the scan have, without what they
   * drew. @throws TesseraError `not-found`, `write-failed`, `read-only`
   */
  start(id: string, { author }: StartRequest): Promise<StartedWork> {
    const started = this.#starting.then(() => this.#start(id, author));
    this.#starting = started.catch(() => undefined);
    return started;
  }

  async #start(id: string, author: string | undefined): Promise<StartedWork> {
    const now = await this.#workspace.readerWork.list.read();
    const item = now.items.find((one) => one.id === id && one.removed === undefined);
    if (!item) throw new TesseraError('not-found', 'There is no such assignment.', { subject: id, advice: 'Read the work list anew.' });
    const layer = await this.#ownLayer(item);
    const entry = ({ item, before }: Change): string => (item.state === before?.state ? 'work-layer' : stateEntry({ item, before }));
    const work = await this.#change(undefined, author, entry, (list, done) => {
      const noted = setLayer(list, id, layer.id);
      const { state } = noted.items.find((one) => one.id === id) ?? item;
      return state === 'todo' || state === 'returned' ? setState(noted, [id], 'working', done) : noted;
    });
    return { work, layer };
  }

  async #ownLayer({ scan, reader, layer }: Assignment): Promise<LayerSummary> {
    const layers = await this.#library.layers(scan);
    const own = layers.find(({ id }) => id === layer) ?? layers.find(({ name, kind }) => name === reader && kind === 'label');
    return own ?? this.#shelf.create(scan, { name: reader, segments: await this.#segments(scan, reader) });
  }

  /** What is to be drawn: as in another layer of the scan, else as the reader did last. */
  async #segments(scan: string, reader: string): Promise<Segment[]> {
    const last = async (): Promise<LayerDocument | undefined> => {
      const { items } = await this.#workspace.readerWork.list.read();
      const before = items.filter((item) => item.reader === reader && item.layer !== undefined && item.scan !== scan).at(-1);
      return before && (await this.#workspace.layers(before.scan)).found.find(({ id }) => id === before.layer);
    };
    const { found } = await this.#workspace.layers(scan);
    const like = found.find(({ labels }) => labels.length > 0) ?? (await last().catch(() => undefined));
    return segmentDocuments(like?.labels ?? []).map((segment) => ({ ...segment, state: 'todo', locked: false }));
  }

  /**
   * @param entry what the audit file says of a changed assignment
   * @param prepare what must be done before the state is on the disk; where it fails nothing changes
   */
  async #change(
    after: number | undefined,
    author: string | undefined,
    entry: (change: Change) => string,
    make: (now: WorkListDocument, done: Deed) => WorkListDocument,
    prepare?: (changes: readonly Change[], done: Deed) => Promise<void>,
  ): Promise<WorkListing> {
    const done = deedOf(this.#workspace, author);
    let before: WorkListDocument | undefined;
    const record = async (next: WorkListDocument, now: WorkListDocument): Promise<void> => {
      const known = new Map(now.items.map((item) => [item.id, item]));
      const changes = next.items.map((item) => ({ item, before: known.get(item.id) })).filter(({ item, before }) => item !== before);
      await prepare?.(changes, done);
      for (const change of changes) {
        const { scan, id: assignment, reader } = change.item;
        await this.#workspace.audit(entry(change), { scan, assignment, reader, by: done.by });
      }
    };
    const now = await this.#workspace.readerWork.list.change(after, (list) => make((before = list), done), record);
    if (now.sequence !== before?.sequence) this.#events.publish('work-changed', { sequence: now.sequence });
    return this.#listing(now);
  }

  /** What is submitted can be looked at as it was then. An approval that is taken back is no new submission. */
  async #keepSubmitted(changes: readonly Change[], { by }: Deed): Promise<void> {
    for (const { item, before } of changes) {
      const { scan, layer, reader, state } = item;
      if (layer === undefined || state !== 'submitted' || before?.state === 'approved') continue;
      const name = `Submitted by ${reader}`;
      const keep = async (labels: LabelLayer): Promise<void> => {
        const kept = (await labels.versions()).some((version) => version.name === name && version.sequence === labels.sequence);
        if (!kept) await labels.version(name, by);
      };
      await this.#labels.use(scan, layer, keep).catch((error: unknown) => {
        if (!isTesseraError(error) || error.code !== 'not-found') throw error;
      });
    }
  }

  async #listing({ sequence, items }: WorkListDocument): Promise<WorkListing> {
    const present = new Set((await this.#library.present()).found.map(({ id }) => id));
    const shown = items.filter(({ scan, removed }) => removed === undefined && present.has(scan));
    const scans = [...new Set(shown.map(({ scan }) => scan))];
    const about = new Map(await Promise.all(scans.map(async (scan) => [scan, await this.#about(scan)] as const)));
    return {
      sequence,
      items: shown.map((item) => {
        const { comments = null, seconds } = about.get(item.scan) ?? {};
        return { ...item, next: [...NEXT_STATES[item.state]], seconds: seconds?.get(item.reader) ?? 0, comments };
      }),
    };
  }

  /** One damaged file of a scan must not cost the list. */
  async #about(scan: string): Promise<{ readonly comments: number | null; readonly seconds: ReadonlyMap<string, number> }> {
    const { readerWork } = this.#workspace;
    const [comments, seconds] = await Promise.all([
      readerWork
        .comments(scan)
        .read()
        .then(openComments)
        .catch(() => null),
      readerWork
        .times(scan)
        .read()
        .then(secondsByReader)
        .catch(() => new Map<string, number>()),
    ]);
    return { comments, seconds };
  }
}
