/**
 * What can be undone and redone: encoded deltas, the newest last. A history is never changed, a step gives a new one; so a step whose
 * writing failed is taken back by keeping the old.
 */
export interface UndoHistory {
  readonly undo: readonly Uint8Array[];
  /** Encoded as first done. */
  readonly redo: readonly Uint8Array[];
}

export const MOST_STEPS = 200;
/** Bytes of all steps together. A spherical brush of 20 voxels radius takes 5 KB a dab. */
export const MOST_HISTORY_BYTES = 64 * 1024 ** 2;

export const emptyHistory: UndoHistory = { undo: [], redo: [] };

/** After something new was done: nothing is left to redo. */
export function done(history: UndoHistory, delta: Uint8Array): UndoHistory {
  return { undo: limited([...history.undo, delta]), redo: [] };
}

/** After the newest step was undone. */
export function undone(history: UndoHistory, delta: Uint8Array): UndoHistory {
  return { undo: history.undo.slice(0, -1), redo: limited([...history.redo, delta]) };
}

/** After the newest undone step was done again. */
export function redone(history: UndoHistory, delta: Uint8Array): UndoHistory {
  return { undo: limited([...history.undo, delta]), redo: history.redo.slice(0, -1) };
}

export function historyBytes({ undo, redo }: UndoHistory): number {
  return [...undo, ...redo].reduce((sum, delta) => sum + delta.length, 0);
}

/** The newest steps that fit. */
function limited(steps: readonly Uint8Array[]): readonly Uint8Array[] {
  let bytes = 0;
  let first = steps.length;
  while (first > 0 && steps.length - first < MOST_STEPS) {
    bytes += steps[first - 1]?.length ?? 0;
    if (bytes > MOST_HISTORY_BYTES) break;
    first--;
  }
  return steps.slice(first);
}
