import { decodeDelta, inverseBytes } from '../labelling/delta-bytes.ts';
import { applyDelta, type LabelArray } from '../labelling/label-delta.ts';
import type { JournalRecord } from './journal.ts';
import { RecentChanges } from './recent-changes.ts';
import type { LayerSegment } from './schemas.ts';
import { changedSegments, inverseChange } from './segment-table.ts';
import { done, emptyHistory, joined, redone, undone, undoStep, type UndoHistory } from './undo-history.ts';

/** Carries the changes of journals over to a label map and its table of segments, and follows what can be undone. */
export class Replay {
  readonly labels: LabelArray;
  segments: readonly LayerSegment[];
  /** Number of the last change in the map. */
  sequence: number;
  history = emptyHistory;
  readonly recent = new RecentChanges();
  /** Number of the last change in the table. */
  #inTable: number;
  /** The number of the last record seen; those up to the snapshot tell only what can be undone. */
  #seen = 0;

  /**
   * @param labels the map after change `snapshot`
   * @param segments the table after change `inTable`, which need not be the same
   */
  constructor(labels: LabelArray, snapshot: number, segments: readonly LayerSegment[], inTable: number) {
    this.labels = labels;
    this.sequence = snapshot;
    this.segments = segments;
    this.#inTable = inTable;
  }

  /** @returns how many of the records could be taken */
  run(records: readonly JournalRecord[]): number {
    for (const [n, record] of records.entries()) {
      if (!this.#apply(record)) return n;
      // After a failed rotation two journals may hold one record.
      if (record.sequence <= this.#seen) continue;
      this.#seen = record.sequence;
      // A copy: the record is a view of the whole journal.
      const delta = new Uint8Array(record.delta);
      this.history = nextHistory(this.history, { ...record, delta });
      this.recent.add({ sequence: record.sequence, delta, edit: record.details.edit });
    }
    return records.length;
  }

  #apply({ sequence, delta: bytes, details }: JournalRecord): boolean {
    const [isNew, changesTable] = [sequence > this.sequence, sequence > this.#inTable];
    try {
      const segments = changesTable ? changedSegments(this.segments, details.segments) : this.segments;
      if (isNew) {
        const delta = decodeDelta(bytes);
        if (sequence !== this.sequence + 1 || delta === undefined) return false;
        applyDelta(this.labels, delta);
        this.sequence = sequence;
      }
      this.segments = segments;
      if (changesTable) this.#inTable = sequence;
      return true;
    } catch {
      return false;
    }
  }
}

function nextHistory(history: UndoHistory, { kind, delta, details, sequence }: JournalRecord): UndoHistory {
  const { title, segments } = details;
  switch (kind) {
    case 'undo':
      return undone(history, undoStep({ title, delta: inverseBytes(delta), segments: inverseChange(segments), moved: sequence }));
    case 'redo':
      return redone(history, undoStep({ title, delta, segments, moved: sequence }));
    case 'stroke':
    case 'restore':
      return (details.joins === true ? joined : done)(history, undoStep({ title, delta, segments, moved: sequence }));
  }
}
