import { ApiError, reportOf, type ErrorReport } from '../api/errors.ts';
import type { LabelChanges } from '../api/host.ts';
import type { EditRequest, LabelState, Segment, StepRequest } from '../api/types.ts';
import {
  applyDelta,
  deltaBetween,
  fitsDelta,
  inverseDelta,
  isEmptyDelta,
  type LabelArray,
  type LabelDelta,
} from '../../core/labelling/index.ts';
import { readTogether } from './label-port.ts';

/** What the host does for one layer. */
export interface LayerPort {
  state(): Promise<LabelState>;
  edit(request: EditRequest, delta: LabelDelta): Promise<LabelState>;
  step(step: 'undo' | 'redo', request: StepRequest): Promise<LabelState>;
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
  readonly refused: (title: string, why: { readonly conflict: true } | { readonly error: unknown }) => void;
  /** Another window has changed the layer. */
  readonly merged: () => void;
}

/** A change of the table of segments, which is made again where another window changed the table meanwhile. */
export type SegmentsChange = (segments: readonly Segment[]) => readonly Segment[];

interface EditItem {
  readonly kind: 'edit';
  readonly edit: string;
  readonly title: string;
  readonly delta: LabelDelta;
  readonly segments: SegmentsChange | undefined;
}
type Item = EditItem | { readonly kind: 'undo' | 'redo'; readonly edit: string } | { readonly kind: 'sync' };

const FIRST_WAIT = 500;
const LONGEST_WAIT = 4000;

/**
 * The changes of one layer on their way to the host, one after the other. The label map in memory has them at once; whatever the host does
 * not take is taken back. While no host answers they wait, and each has a name of its own, so that one whose answer got lost is made once.
 */
export class LabelEdits {
  readonly labels: LabelArray;
  readonly #port: LayerPort;
  readonly #client: string;
  readonly #tell: EditsListener;
  readonly #wait: (milliseconds: number) => Promise<void>;
  #state: LabelState;
  #items: readonly Item[] = [];
  #running = false;
  #waiting: ErrorReport | null = null;
  #wake: (() => void) | undefined;
  #stroke: { readonly ended: Promise<void>; readonly end: () => void } | undefined;

  /** @param labels of the state, changed in place @param client random name of this window */
  constructor(port: LayerPort, labels: LabelArray, state: LabelState, client: string, tell: EditsListener, wait = sleep) {
    this.#port = port;
    this.labels = labels;
    this.#state = state;
    this.#client = client;
    this.#tell = tell;
    this.#wait = wait;
  }

  /** As the host last said. */
  get state(): LabelState {
    return this.#state;
  }

  /** With the changes that are on their way. */
  get segments(): readonly Segment[] {
    return this.#edits.reduce<readonly Segment[]>((segments, { segments: change }) => change?.(segments) ?? segments, this.#state.segments);
  }

  /** What undo would take back, of what is on its way. */
  get lastTitle(): string | undefined {
    const last = this.#items.at(-1);
    return last?.kind === 'edit' ? last.title : undefined;
  }

  /** Changes that are not on the host's disk yet. */
  get unsent(): number {
    return this.#items.filter(({ kind }) => kind !== 'sync').length;
  }

  /** Why what is unsent waits: no host answers, or it cannot write. */
  get waiting(): ErrorReport | null {
    return this.#waiting;
  }

  /** Makes a change. @param delta the voxels have it already when `painted`, or get it now @throws TesseraError when it does not fit */
  make(title: string, delta: LabelDelta, segments?: SegmentsChange, painted = false): void {
    if (painted) this.#tell.applied(delta);
    else this.#apply(delta);
    this.#push({ kind: 'edit', edit: crypto.randomUUID(), title, delta, segments });
  }

  undo(): void {
    this.#push({ kind: 'undo', edit: crypto.randomUUID() });
  }

  redo(): void {
    this.#push({ kind: 'redo', edit: crypto.randomUUID() });
  }

  /** Another window has changed the layer, to the change of this number. */
  elsewhere(sequence: number): void {
    if (sequence > this.#state.sequence && !this.#items.some(({ kind }) => kind === 'sync')) this.#push({ kind: 'sync' });
  }

  /** A stroke writes into the label map: nothing else does until it has ended. */
  holdStroke(): void {
    this.#stroke ??= latch();
  }

  endStroke(): void {
    this.#stroke?.end();
    this.#stroke = undefined;
  }

  /** The host is back. */
  retry(): void {
    this.#wake?.();
  }

  get #edits(): readonly EditItem[] {
    return this.#items.filter((item) => item.kind === 'edit');
  }

  #push(item: Item): void {
    this.#items = [...this.#items, item];
    this.#tell.changed();
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    let pause = FIRST_WAIT;
    for (let item = this.#items[0]; item !== undefined; item = this.#items[0]) {
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
          await this.#strokeEnded();
          this.#refuse(item, error);
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
        const named = { ...request, title: item.title, ...(table === undefined ? {} : { segments: [...table] }) };
        const state = await this.#port.edit(named, item.delta);
        if (state.sequence === after + 1) this.#took(item, state);
        else await this.#merge(item);
      } else {
        await this.#port.step(item.kind, request);
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
    this.#drop(item);
    this.#tell.changed();
  }

  /**
   * Takes in what the host knows and this window does not. Changes on their way are taken back meanwhile and put on top where they fit.
   * @param done is among what the host knows, or is given up @param own nobody else did it
   */
  async #merge(done: Item | undefined, own = false): Promise<void> {
    const from = this.#state.sequence;
    const news = await this.#newsSince(from);
    await this.#strokeEnded();
    const edits = this.#edits;
    for (const { delta } of [...edits].reverse()) this.#apply(inverseDelta(delta));
    this.#apply('delta' in news ? news.delta : deltaBetween(this.labels, news.voxels));
    this.#state = news.state;
    this.#drop(done);
    this.#putBack(edits.filter((item) => item !== done));
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

  /** Takes back what the host does not want. Changes after it stay where they still fit. */
  #refuse(item: Item, error: unknown): void {
    const later = item.kind === 'edit' ? this.#edits : [];
    for (const { delta } of [...later].reverse()) this.#apply(inverseDelta(delta));
    this.#drop(item);
    this.#tell.refused(item.kind === 'edit' ? item.title : '', { error });
    this.#putBack(later.filter((other) => other !== item));
  }

  /** Puts changes that were taken back on top again. */
  #putBack(edits: readonly EditItem[]): void {
    for (const item of edits) {
      if (fitsDelta(this.labels, item.delta)) this.#apply(item.delta);
      else {
        this.#drop(item);
        this.#tell.refused(item.title, { conflict: true });
      }
    }
    this.#tell.changed();
  }

  #drop(item: Item | undefined): void {
    this.#items = this.#items.filter((other) => other !== item);
  }

  #apply(delta: LabelDelta): void {
    if (isEmptyDelta(delta)) return;
    applyDelta(this.labels, delta);
    this.#tell.applied(delta);
  }

  async #strokeEnded(): Promise<void> {
    while (this.#stroke) await this.#stroke.ended;
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

/** A promise and what fulfils it. */
function latch(): { readonly ended: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
