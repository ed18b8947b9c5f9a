import { ApiError, reportOf, type ErrorReport } from '../api/errors.ts';
import type { LabelChanges } from '../api/host.ts';
import type { EditRequest, LabelState, Segment, StepRequest } from '../api/types.ts';
import { deltaBetween, type LabelArray, type LabelDelta } from '../../core/labelling/index.ts';
import { readTogether } from './label-port.ts';
import { PendingEdits, type Item, type Refusal, type SegmentsChange } from './pending-edits.ts';

export type { SegmentsChange } from './pending-edits.ts';

/** What the host does for one layer. */
export interface LayerPort {
  state(): Promise<LabelState>;
  edit(request: EditRequest, delta: LabelDelta): Promise<LabelState>;
  step(step: 'undo' | 'redo', request: StepRequest): Promise<LabelState>;
  /** Brings a version back. */
  restore(version: string, request: StepRequest): Promise<LabelState>;
  changes(after: number): Promise<LabelChanges>;
  /** The label map read anew. */
  voxels(): Promise<LabelArray>;
}

/** What is told while edits travel. */
export interface EditsListener {
  /** Voxels were changed: by {@link LabelEdits.make}, undo, another window, or because an edit was taken back. */
  readonly applied: (delta: LabelDelta) => void;
  /** State, segments, or what is unsent have changed. */
  readonly changed: () => void;
  /** The host (or another window's change of the same voxels: `conflict`) stands against a change; it was taken back. */
  readonly refused: (title: string, why: Refusal) => void;
  /** Another window has changed the layer. */
  readonly merged: () => void;
}

/** A stroke that writes into the label map while it is drawn. */
export interface HeldStroke {
  readonly id: string;
  /** Adds what it has painted so far as a piece, so that the label map has nothing but changes that are known. */
  readonly handOver: () => void;
  /** A piece of it was taken back: it is over. */
  readonly broken: () => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 4000;

/**
 * The changes of one layer on their way to the host, one after the other. The label map in memory has them at once; whatever the host does
 * not take is taken back. While no host answers they wait, and each has a name of its own, so that one whose answer got lost is made once.
 */
export class LabelEdits {
  readonly #pending: PendingEdits;
  readonly #port: LayerPort;
  readonly #client: string;
  readonly #tell: EditsListener;
  readonly #wait: (milliseconds: number) => Promise<void>;
  #state: LabelState;
  #running = false;
  #waiting: ErrorReport | null = null;
  #wake: (() => void) | undefined;
  #stroke: HeldStroke | undefined;

  /** @param labels of the state, changed in place @param client random name of this window */
  constructor(port: LayerPort, labels: LabelArray, state: LabelState, client: string, tell: EditsListener, wait = sleep) {
    this.#port = port;
    this.#pending = new PendingEdits(labels, {
      applied: tell.applied,
      refused: (item, why) => {
        if (item?.stroke !== undefined && item.stroke === this.#stroke?.id) this.#stroke.broken();
        tell.refused(item?.title ?? '', why);
      },
    });
    this.#state = state;
    this.#client = client;
    this.#tell = tell;
    this.#wait = wait;
  }

  /** With the changes that are on their way. */
  get labels(): LabelArray {
    return this.#pending.labels;
  }

  /** As the host last said. */
  get state(): LabelState {
    return this.#state;
  }

  /** With the changes that are on their way. */
  get segments(): readonly Segment[] {
    return this.#pending.edits.reduce<readonly Segment[]>(
      (segments, { segments: change }) => change?.(segments) ?? segments,
      this.#state.segments,
    );
  }

  /** What undo would take back, of what is on its way. */
  get lastTitle(): string | undefined {
    const last = this.#pending.items.at(-1);
    return last?.kind === 'edit' ? last.title : undefined;
  }

  /** Changes that are not on the host's disk yet. */
  get unsent(): number {
    return this.#pending.items.filter(({ kind }) => kind !== 'sync').length;
  }

  /** The layer has values above 255 now, for which this label map has no room: it must be read anew. */
  get outgrown(): boolean {
    return this.labels instanceof Uint8Array && this.#state.segments.some(({ value }) => value > 255);
  }

  /** Why what is unsent waits: no host answers, or it cannot write. */
  get waiting(): ErrorReport | null {
    return this.#waiting;
  }

  /** Makes a change. @param delta the voxels have it already when `painted`, or get it now @throws TesseraError when it does not fit */
  make(title: string, delta: LabelDelta, segments?: SegmentsChange, painted = false): void {
    if (painted) this.#tell.applied(delta);
    else this.#pending.apply(delta);
    // What is drawn at the moment was there first.
    this.#stroke?.handOver();
    this.#push({ kind: 'edit', edit: crypto.randomUUID(), title, delta, segments, stroke: undefined, joins: undefined });
  }

  /**
   * Adds a piece of a stroke, which the voxels have already: all pieces are one step, unless somebody else comes between them.
   * @param joins name of the piece before @returns its name
   */
  piece(title: string, delta: LabelDelta, stroke: string, joins: string | undefined): string {
    const edit = crypto.randomUUID();
    this.#tell.applied(delta);
    this.#push({ kind: 'edit', edit, title, delta, segments: undefined, stroke, joins });
    return edit;
  }

  undo(): void {
    this.#stroke?.handOver();
    this.#push({ kind: 'undo', edit: crypto.randomUUID() });
  }

  redo(): void {
    this.#stroke?.handOver();
    this.#push({ kind: 'redo', edit: crypto.randomUUID() });
  }

  /** Brings a version back, after what is on its way. */
  restore(version: string): void {
    this.#stroke?.handOver();
    this.#push({ kind: 'restore', edit: crypto.randomUUID(), version });
  }

  /** Another window has changed the layer, to the change of this number. */
  elsewhere(sequence: number): void {
    if (sequence > this.#state.sequence && !this.#pending.items.some(({ kind }) => kind === 'sync')) this.#push({ kind: 'sync' });
  }

  /** A stroke writes into the label map, until it ends. */
  beginStroke(stroke: HeldStroke): void {
    this.#stroke = stroke;
  }

  endStroke(): void {
    this.#stroke = undefined;
  }

  /** The host is back. */
  retry(): void {
    this.#wake?.();
  }

  #push(item: Item): void {
    this.#pending.push(item);
    this.#tell.changed();
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    let pause = FIRST_WAIT;
    for (let item = this.#pending.items[0]; item !== undefined; item = this.#pending.items[0]) {
      try {
        await this.#send(item);
        pause = FIRST_WAIT;
        this.#setWaiting(null);
      } catch (error) {
        if (passes(error)) {
          this.#setWaiting(reportOf(error));
          await Promise.race([this.#wait(pause), new Promise<void>((wake) => (this.#wake = wake))]);
          pause = Math.min(LONGEST_WAIT, pause * 2);
        } else {
          this.#stroke?.handOver();
          this.#pending.refuse(item, error);
          this.#tell.changed();
        }
      }
    }
    this.#running = false;
  }

  async #send(item: Item): Promise<void> {
    if (item.kind === 'sync') {
      await this.#merge(item);
      return;
    }
    const { edit } = item;
    const after = this.#state.sequence;
    const request = { after, client: this.#client, edit };
    try {
      if (item.kind === 'edit') {
        const table = item.segments?.(this.#state.segments);
        const joins = item.joins === undefined ? {} : { joins: item.joins };
        const named = { ...request, title: item.title, ...joins, ...(table === undefined ? {} : { segments: [...table] }) };
        const state = await this.#port.edit(named, item.delta);
        if (state.sequence === after + 1) this.#took(item, state);
        else await this.#merge(item);
      } else {
        if (item.kind === 'restore') await this.#port.restore(item.version, request);
        else await this.#port.step(item.kind, request);
        await this.#merge(item, true);
      }
    } catch (error) {
      if (!isConflict(error)) throw error;
      // Somebody was faster. What they did comes first; an edit is tried again after it, a step would now undo their work.
      await this.#merge(item.kind === 'edit' ? undefined : item);
    }
  }

  #took(item: Item, state: LabelState): void {
    this.#state = state;
    this.#pending.drop(item);
    this.#tell.changed();
  }

  /**
   * Takes in what the host knows and this window does not. Changes on their way are taken back meanwhile and put on top where they fit.
   * @param done is among what the host knows, or is given up @param own nobody else did it
   */
  async #merge(done: Item | undefined, own = false): Promise<void> {
    const from = this.#state.sequence;
    const news = await this.#newsSince(from);
    this.#stroke?.handOver();
    this.#state = news.state;
    if (this.outgrown) this.#pending.drop(done);
    else this.#pending.rebase(() => ('delta' in news ? news.delta : deltaBetween(this.labels, news.voxels)), done);
    this.#tell.changed();
    if (!own && done?.kind !== 'edit' && news.state.sequence > from) this.#tell.merged();
  }

  /** What joins a state with the present one, or where it is too far back for that all voxels. */
  async #newsSince(after: number): Promise<LabelChanges | { readonly state: LabelState; readonly voxels: LabelArray }> {
    try {
      return await this.#port.changes(after);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    return readTogether(this.#port);
  }

  #setWaiting(waiting: ErrorReport | null): void {
    if (waiting === this.#waiting) return;
    this.#waiting = waiting;
    this.#tell.changed();
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.report.code === 'conflict';
}

/** What may be better in a while: no host, one that was started anew and knows this window not yet, one that cannot write. */
function passes(error: unknown): boolean {
  return error instanceof ApiError && [0, 401, 403, 502, 503, 504, 507].includes(error.status);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
