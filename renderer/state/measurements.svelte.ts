import type { PointLPS } from '../scene/index.ts';
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

/** The measurements of the scan that is open, with undo; kept for each scan while the page is open. */
export class Measurements {
  items = $state.raw<List>([]);
  draft = $state.raw<MeasurementDraft | null>(null);
  selected = $state<number | null>(null);
  /** One whose plane a view was asked to show; whoever does takes it away. */
  wanted = $state.raw<Measurement | null>(null);
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

  /** Sets the next point of a measurement in the slice or plane that a view shows; the last one completes it. */
  addPoint(kind: MeasurementKind, view: MeasurementPlace, point: PointLPS): void {
    const begun = this.draft && goesOn(this.draft, kind, view, point) ? this.draft.points : [];
    const draft = { ...placeOf(view), kind, points: [...begun, point] };
    if (draft.points.length < POINTS_NEEDED[kind]) {
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
