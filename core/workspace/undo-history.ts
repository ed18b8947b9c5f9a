import { decodedDelta, encodeDelta } from '../labelling/delta-bytes.ts';
import { joinDeltas } from '../labelling/join-deltas.ts';
import { isEmptyDelta } from '../labelling/label-delta.ts';
import type { SegmentsChange } from './schemas.ts';

/** One step that can be undone or redone, as it was first done: of voxels, of the table of segments, or of both. */
export interface UndoStep {
  readonly title: string;
  /** Encoded. */
  readonly delta: Uint8Array;
  readonly segments: SegmentsChange | undefined;
  /** Number of the change that began, undid or redid it last: from there on, the journals tell of it. */
  readonly moved: number;
  /** What it takes in memory. */
  readonly bytes: number;
}

/** Objects of a table take more memory than their text; about this many times it. */
const OBJECT_FACTOR = 4;

export function undoStep(step: Omit<UndoStep, 'bytes'>): UndoStep {
  const { delta, segments } = step;
  return { ...step, bytes: delta.length + (segments === undefined ? 0 : OBJECT_FACTOR * JSON.stringify(segments).length) };
}

/**
 * What can be undone and redone, the newest last. A history is never changed, a step gives a new one; so a step whose writing failed is taken
 * back by keeping the old.
 */
export interface UndoHistory {
  readonly undo: readonly UndoStep[];
  readonly redo: readonly UndoStep[];
}

export const MOST_STEPS = 200;
/** Bytes of all steps together, undone ones too; the newest is kept however large. A spherical brush of 20 voxels radius takes 5 KB a dab. */
export const MOST_HISTORY_BYTES = 90 * 1024 ** 2;

export const emptyHistory: UndoHistory = { undo: [], redo: [] };

/** After something new was done: nothing is left to redo. */
export function done(history: UndoHistory, step: UndoStep): UndoHistory {
  return { undo: limited([...history.undo, step]), redo: [] };
}

/**
 * After something that goes on with the newest step: they become one. Its segments stay those of the step. A piece that takes all of it back, as
 * of a stroke that is given up, leaves no step.
 */
export function joined(history: UndoHistory, piece: UndoStep): UndoHistory {
  const step = history.undo.at(-1);
  if (step === undefined) return done(history, piece);
  const delta = joinDeltas([decodedDelta(step.delta), decodedDelta(piece.delta)]);
  const before = { undo: history.undo.slice(0, -1), redo: [] };
  return isEmptyDelta(delta) && step.segments === undefined ? before : done(before, undoStep({ ...step, delta: encodeDelta(delta) }));
}

/** After the newest step was undone. */
export function undone(history: UndoHistory, step: UndoStep): UndoHistory {
  return { undo: history.undo.slice(0, -1), redo: [...history.redo, step] };
}

/** After the newest undone step was done again. */
export function redone(history: UndoHistory, step: UndoStep): UndoHistory {
  return { undo: [...history.undo, step], redo: history.redo.slice(0, -1) };
}

export function historyBytes({ undo, redo }: UndoHistory): number {
  return [...undo, ...redo].reduce((sum, step) => sum + step.bytes, 0);
}

/** Number of the first change that must be read to know the history again. */
export function firstChange({ undo, redo }: UndoHistory): number {
  return [...undo, ...redo].reduce((first, { moved }) => Math.min(first, moved), Infinity);
}

/** The newest steps that fit. */
function limited(steps: readonly UndoStep[]): readonly UndoStep[] {
  let bytes = 0;
  let first = steps.length;
  for (const step of [...steps].reverse().slice(0, MOST_STEPS)) {
    bytes += step.bytes;
    if (bytes > MOST_HISTORY_BYTES && first < steps.length) break;
    first--;
  }
  return steps.slice(first);
}
