import { seededRandom } from '../../../core/base/random.ts';
import type { LabelLayer } from '../../../core/workspace/label-layer.ts';
import { paintedDelta, type PaintedRuns } from '../../../core/labelling/label-delta.ts';

/** The n-th change of a label map of so many voxels; it follows from n alone. */
export type Change = Paint | { readonly kind: 'undo' } | { readonly kind: 'redo' };

interface Paint {
  readonly kind: 'paint';
  readonly runs: PaintedRuns;
  readonly value: number;
  /** A new name of the one segment, in the same step. */
  readonly name?: string;
}

export function changeNumber(n: number, voxels: number): Change {
  const random = seededRandom(n);
  const dice = random.next();
  if (dice < 0.15) return { kind: 'undo' };
  if (dice < 0.25) return { kind: 'redo' };
  const runs = Array.from({ length: random.integer(1, 6) }, (): [number, number] => {
    const start = random.integer(0, voxels - 1);
    return [start, random.integer(1, Math.min(20, voxels - start))];
  });
  // The first voxel changes in any case: its value tells even from odd changes.
  return { kind: 'paint', runs: [[0, 1], ...runs], value: 1 + (n % 250), ...(n % 5 === 0 ? { name: `name ${n}` } : {}) };
}

interface Moment {
  readonly labels: Uint8Array;
  readonly name: string | undefined;
}

/** What a label map and its segment must be after each change, told by whole copies. */
export class Reference {
  #now: Moment;
  #undo: Moment[] = [];
  #redo: Moment[] = [];
  changes = 0;

  constructor(voxels: number) {
    this.#now = { labels: new Uint8Array(voxels), name: undefined };
  }

  get labels(): Uint8Array {
    return this.#now.labels;
  }

  /** Name of the segment; undefined while it has the one that it was made with. */
  get name(): string | undefined {
    return this.#now.name;
  }

  /** Does the next change; where there is nothing to undo or redo, paints the first voxel. */
  next(): void {
    this.changes++;
    const change = effective(changeNumber(this.changes, this.labels.length), this.changes, this.#undo.length, this.#redo.length);
    const before = this.#now;
    if (change.kind === 'undo') {
      this.#now = this.#undo.pop() ?? before;
      this.#redo.push(before);
    } else if (change.kind === 'redo') {
      this.#now = this.#redo.pop() ?? before;
      this.#undo.push(before);
    } else {
      this.#now = { labels: before.labels.slice(), name: change.name ?? before.name };
      for (const [start, length] of change.runs) this.labels.fill(change.value, start, start + length);
      this.#undo.push(before);
      this.#redo = [];
    }
  }

  upTo(changes: number): Uint8Array {
    while (this.changes < changes) this.next();
    return this.labels;
  }
}

/** Does the next change to a layer; resolves with its number when it is acknowledged. */
export async function changeLayer(layer: LabelLayer): Promise<number> {
  const n = layer.sequence + 1;
  const change = effective(changeNumber(n, layer.labels.length), n, layer.undoSteps, layer.redoSteps);
  if (change.kind === 'undo') await layer.undo();
  else if (change.kind === 'redo') await layer.redo();
  else {
    const { runs, value, name } = change;
    const segments = name === undefined ? {} : { segments: [{ value: 1, name }] };
    await layer.edit({ delta: paintedDelta(layer.labels, runs, value), ...segments, title: `change ${n}` });
  }
  return n;
}

function effective(change: Change, n: number, undoSteps: number, redoSteps: number): Change {
  const possible = change.kind === 'paint' || (change.kind === 'undo' ? undoSteps : redoSteps) > 0;
  return possible ? change : { kind: 'paint', runs: [[0, 1]], value: 1 + (n % 250) };
}
