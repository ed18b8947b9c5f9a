import type { PointLPS, SliceView } from '../scene/index.ts';
import { POINTS_NEEDED, type Measurement, type MeasurementKind } from './measurement.ts';

type List = readonly Measurement[];

/** The measurements of the scan that is open, with undo; kept for each scan while the page is open. */
export class Measurements {
  items = $state.raw<List>([]);
  /** One that is being drawn: its points so far. */
  draft = $state.raw<Omit<Measurement, 'id'> | null>(null);
  selected = $state<number | null>(null);
  #undo = $state.raw<readonly List[]>([]);
  readonly #ofScan: Record<string, List> = {};
  #scan = '';
  #next = 1;

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  /** Turns to another scan. */
  open(scan: string): void {
    this.#ofScan[this.#scan] = this.items;
    this.#scan = scan;
    this.items = this.#ofScan[scan] ?? [];
    this.#undo = [];
    this.draft = null;
    this.selected = null;
  }

  /** Sets the next point of a measurement in the slice a view shows; the last one completes it. */
  addPoint(kind: MeasurementKind, view: Pick<SliceView, 'plane' | 'axis' | 'slice'>, point: PointLPS): void {
    const goesOn = this.draft?.kind === kind && this.draft.axis === view.axis && this.draft.slice === view.slice;
    const points = [...(goesOn ? (this.draft?.points ?? []) : []), point];
    const draft = { kind, plane: view.plane, axis: view.axis, slice: view.slice, points };
    if (points.length < POINTS_NEEDED[kind]) {
      this.draft = draft;
      return;
    }
    this.draft = null;
    const id = this.#next++;
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
    this.items = before;
    this.#undo = this.#undo.slice(0, -1);
  }

  #change(items: List): void {
    this.#undo = [...this.#undo, this.items];
    this.items = items;
  }
}
