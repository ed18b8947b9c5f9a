import { isAbort } from '../api/errors.ts';
import type { Host } from '../api/host.ts';
import { pointLPS, type PointLPS } from '../scene/index.ts';
import { LatestWriter } from './latest-writer.ts';
import {
  goesOn,
  placeOf,
  POINTS_NEEDED,
  type Measurement,
  type MeasurementDraft,
  type MeasurementKind,
  type MeasurementPlace,
} from './measurement.ts';

type List = readonly Measurement[];

/** The measurements of the scan that is open, with undo. The host keeps them, after each change. */
export class Measurements {
  items = $state.raw<List>([]);
  draft = $state.raw<MeasurementDraft | null>(null);
  selected = $state<number | null>(null);
  /** One whose plane a view was asked to show; whoever does takes it away. */
  wanted = $state.raw<Measurement | null>(null);
  /** What was measured before could not be read, or what was changed not be kept. */
  trouble = $state<'read' | 'keep' | null>(null);
  #undo = $state.raw<readonly List[]>([]);
  readonly #host: Host;
  /** Of scans whose newest measurements the host does not have. */
  readonly #unkept: Record<string, List | undefined> = {};
  #scan = '';
  /** What the host has is known: until then nothing is written over it. */
  #read = false;
  #aborter = new AbortController();
  #writer: LatestWriter<List> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  /** Turns to another scan. */
  open(scan: string): void {
    this.close();
    this.#scan = scan;
    const unkept = this.#unkept[scan];
    this.#writer = this.#writerOf(scan);
    if (unkept) {
      this.items = unkept;
      this.#read = true;
      this.#writer.put(unkept);
    } else void this.#fetch(scan);
  }

  /** Shows none. */
  close(): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.#scan = '';
    this.#writer = undefined;
    this.#read = false;
    this.items = [];
    this.#undo = [];
    this.draft = null;
    this.selected = null;
    this.wanted = null;
    this.trouble = null;
  }

  /** Tries again what did not work. */
  retry(): void {
    if (this.#read) this.#writer?.put(this.items);
    else void this.#fetch(this.#scan);
  }

  async #fetch(scan: string): Promise<void> {
    const { signal } = this.#aborter;
    try {
      const { items } = await this.#host.measurements(scan, { signal });
      if (signal.aborted) return;
      // Something may have been drawn before they came.
      const drawn = this.items;
      this.items = items.map((item) => ({ ...item, points: item.points.map((point) => pointLPS(...point)) }));
      this.#read = true;
      this.trouble = null;
      if (drawn.length > 0) this.#change([...this.items, ...drawn.map((item, at) => ({ ...item, id: this.#next + at }))]);
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.trouble = 'read';
    }
  }

  #writerOf(scan: string): LatestWriter<List> {
    const writer: LatestWriter<List> = new LatestWriter(
      (items) => this.#host.keepMeasurements(scan, { items }),
      (failure) => {
        if (failure === undefined && !writer.busy) this.#unkept[scan] = undefined;
        if (this.#scan === scan) this.trouble = failure === undefined ? null : 'keep';
      },
    );
    return writer;
  }

  get #next(): number {
    return Math.max(0, ...this.items.map(({ id }) => id)) + 1;
  }

  /** Sets the next point of a measurement in the slice or plane that a view shows; the last one completes it. */
  addPoint(kind: MeasurementKind, view: MeasurementPlace, point: PointLPS): void {
    const begun = this.draft && goesOn(this.draft, kind, view, point) ? this.draft.points : [];
    const draft = { ...placeOf(view), kind, points: [...begun, point] };
    if (draft.points.length < POINTS_NEEDED[kind]) {
      this.draft = draft;
      return;
    }
    this.draft = null;
    const id = this.#next;
    this.#change([...this.items, { ...draft, id }]);
    this.selected = id;
  }

  remove(id: number): void {
    this.#change(this.items.filter((item) => item.id !== id));
    if (this.selected === id) this.selected = null;
  }

  clear(): void {
    if (this.items.length > 0) this.#change([]);
    this.selected = null;
  }

  /** Takes back the newest change; a half-drawn measurement first. */
  undo(): void {
    if (this.draft) {
      this.draft = null;
      return;
    }
    const before = this.#undo[this.#undo.length - 1];
    if (before === undefined) return;
    this.#undo = this.#undo.slice(0, -1);
    this.#show(before);
  }

  #change(items: List): void {
    this.#undo = [...this.#undo, this.items];
    this.#show(items);
  }

  #show(items: List): void {
    this.items = items;
    if (!this.#read) return;
    this.#unkept[this.#scan] = items;
    this.#writer?.put(items);
  }
}
