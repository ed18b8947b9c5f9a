import { TesseraError } from '../base/errors.ts';

/** A label map in memory, i fastest. */
export type LabelArray = Uint8Array | Uint16Array;

/**
 * What changed in a label map, as runs of neighbouring voxels with one old and one new value. Four numbers a run: first voxel (linear index, i
 * fastest), voxels, value before, value after. Runs rise and do not overlap. It knows both values, so its inverse is itself turned round.
 */
export interface LabelDelta {
  readonly runs: Uint32Array;
}

/** Voxels and their new value: first voxel and length of each run, in any order. */
export type PaintedRuns = readonly (readonly [start: number, length: number])[];

/** What painting `value` onto some runs of voxels would change; voxels that have the value already are left out. */
export function paintedDelta(labels: LabelArray, painted: PaintedRuns, value: number): LabelDelta {
  const runs = new RunList();
  let end = 0;
  for (const [start, length] of [...painted].sort((a, b) => a[0] - b[0])) {
    const stop = start + length;
    if (!(Number.isInteger(start) && start >= 0 && length >= 0 && stop <= labels.length)) throw badDelta('lies outside the label map');
    for (let v = Math.max(start, end); v < stop; v++) runs.add(v, labels[v] as number, value);
    end = Math.max(end, stop);
  }
  return runs.delta();
}

/** What turns one label map into another on the same grid. */
export function deltaBetween(before: LabelArray, after: LabelArray): LabelDelta {
  if (before.length !== after.length) throw badDelta('joins label maps of different sizes');
  const runs = new RunList();
  for (let v = 0; v < before.length; v++) if (before[v] !== after[v]) runs.add(v, before[v] as number, after[v] as number);
  return runs.delta();
}

/** The delta that takes it back. */
export function inverseDelta({ runs }: LabelDelta): LabelDelta {
  const inverse = runs.slice();
  for (let r = 0; r < runs.length; r += 4) {
    inverse[r + 2] = runs[r + 3] as number;
    inverse[r + 3] = runs[r + 2] as number;
  }
  return { runs: inverse };
}

export function isEmptyDelta({ runs }: LabelDelta): boolean {
  return runs.length === 0;
}

/**
 * Changes the label map in place, wholly or not at all.
 * @throws TesseraError `bad-labels` when the delta does not fit: outside the map, out of order, a value too large for its type, or old values
 * that are not those of the map (it was made for another state)
 */
export function applyDelta(labels: LabelArray, delta: LabelDelta): void {
  checkDelta(labels, delta);
  const { runs } = delta;
  for (let r = 0; r < runs.length; r += 4) {
    const start = runs[r] as number;
    labels.fill(runs[r + 3] as number, start, start + (runs[r + 1] as number));
  }
}

/** Whether a delta was made for this state of the label map. */
export function fitsDelta(labels: LabelArray, delta: LabelDelta): boolean {
  try {
    checkDelta(labels, delta);
    return true;
  } catch {
    return false;
  }
}

function checkDelta(labels: LabelArray, { runs }: LabelDelta): void {
  const largest = labels instanceof Uint8Array ? 255 : 65535;
  if (runs.length % 4 !== 0) throw badDelta('is cut short');
  let end = 0;
  for (let r = 0; r < runs.length; r += 4) {
    const [start, length] = [runs[r] as number, runs[r + 1] as number];
    const [before, after] = [runs[r + 2] as number, runs[r + 3] as number];
    if (start < end || length === 0) throw badDelta('has runs out of order');
    end = start + length;
    if (end > labels.length) throw badDelta('lies outside the label map');
    if (after > largest) throw badDelta(`has the value ${after}; this layer takes values up to ${largest}`);
    for (let v = start; v < end; v++) if (labels[v] !== before) throw badDelta('was made for another state of the label map');
  }
}

function badDelta(what: string): TesseraError {
  return new TesseraError('bad-labels', `The change of labels ${what}.`, { advice: 'Read the label map anew and repeat the change.' });
}

/** Collects changed voxels, or runs of them, in rising order; those that go on from one another become one run. */
export class RunList {
  #runs = new Uint32Array(64);
  #length = 0;

  add(voxel: number, before: number, after: number): void {
    this.addRun(voxel, 1, before, after);
  }

  addRun(start: number, length: number, before: number, after: number): void {
    if (before === after) return;
    const last = this.#length - 4;
    const runs = this.#runs;
    const joins =
      last >= 0 && (runs[last] as number) + (runs[last + 1] as number) === start && runs[last + 2] === before && runs[last + 3] === after;
    if (joins) {
      runs[last + 1] = (runs[last + 1] as number) + length;
      return;
    }
    if (this.#length === runs.length) {
      this.#runs = new Uint32Array(runs.length * 2);
      this.#runs.set(runs);
    }
    this.#runs.set([start, length, before, after], this.#length);
    this.#length += 4;
  }

  delta(): LabelDelta {
    return { runs: this.#runs.slice(0, this.#length) };
  }
}
