import type { Segment } from '../api/types.ts';
import { applyDelta, fitsDelta, inverseDelta, isEmptyDelta, type LabelArray, type LabelDelta } from '../../core/labelling/index.ts';

/** A change of the table of segments, which is made again where another window changed the table meanwhile. */
export type SegmentsChange = (segments: readonly Segment[]) => readonly Segment[];

export interface EditItem {
  readonly kind: 'edit';
  readonly edit: string;
  readonly title: string;
  readonly delta: LabelDelta;
  readonly segments: SegmentsChange | undefined;
  /** The stroke that it is a piece of: without an earlier piece, a later one is given up, too. */
  readonly stroke: string | undefined;
  /** Name of the piece before it. */
  readonly joins: string | undefined;
}

/** What waits for the host. */
export type Item =
  | EditItem
  | { readonly kind: 'undo' | 'redo'; readonly edit: string }
  | { readonly kind: 'restore'; readonly edit: string; readonly version: string }
  | { readonly kind: 'sync' };

/** Why a change was taken back: another window changed the same voxels, or the host does not want it. */
export type Refusal = { readonly conflict: true } | { readonly error: unknown };

/** What is told while changes are laid over the label map. */
export interface PendingListener {
  /** Voxels were changed. */
  readonly applied: (delta: LabelDelta) => void;
  /** A change was taken back; of a stroke in pieces, all pieces that were not yet with the host. */
  readonly refused: (item: EditItem | undefined, why: Refusal) => void;
}

/** Changes that the label map in memory has already and the host does not yet, in their order: they lie on top of what the host has. */
export class PendingEdits {
  readonly labels: LabelArray;
  readonly #tell: PendingListener;
  #items: readonly Item[] = [];

  constructor(labels: LabelArray, tell: PendingListener) {
    this.labels = labels;
    this.#tell = tell;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  get edits(): readonly EditItem[] {
    return this.#items.filter((item) => item.kind === 'edit');
  }

  push(item: Item): void {
    this.#items = [...this.#items, item];
  }

  drop(item: Item | undefined): void {
    this.#items = this.#items.filter((other) => other !== item);
  }

  /** @throws TesseraError `bad-labels` when it does not fit */
  apply(delta: LabelDelta): void {
    if (isEmptyDelta(delta)) return;
    applyDelta(this.labels, delta);
    this.#tell.applied(delta);
  }

  /**
   * Changes what lies beneath: all changes are taken back meanwhile, and put on top again where they still fit.
   * @param news asked for when the map is as the host last said @param done is in the news, or given up
   */
  rebase(news: () => LabelDelta, done: Item | undefined): void {
    const { edits } = this;
    this.#takeBack(edits);
    this.apply(news());
    this.drop(done);
    this.#putBack(edits.filter((item) => item !== done));
  }

  /** Takes back what the host does not want. Changes after it stay where they still fit, unless they are pieces of the same stroke. */
  refuse(item: Item, error: unknown): void {
    const later = item.kind === 'edit' ? this.edits : [];
    this.#takeBack(later);
    this.drop(item);
    const edit = item.kind === 'edit' ? item : undefined;
    this.#tell.refused(edit, { error });
    this.#putBack(
      later.filter((other) => other !== item),
      edit?.stroke,
    );
  }

  #takeBack(edits: readonly EditItem[]): void {
    for (const { delta } of [...edits].reverse()) this.apply(inverseDelta(delta));
  }

  /** @param broken a stroke that has lost a piece */
  #putBack(edits: readonly EditItem[], ...broken: readonly (string | undefined)[]): void {
    const lost = new Set(broken);
    lost.delete(undefined);
    for (const item of edits) {
      const incomplete = lost.has(item.stroke);
      if (!incomplete && fitsDelta(this.labels, item.delta)) {
        this.apply(item.delta);
        continue;
      }
      this.drop(item);
      if (incomplete) continue;
      if (item.stroke !== undefined) lost.add(item.stroke);
      this.#tell.refused(item, { conflict: true });
    }
  }
}
