import { TesseraError } from '../base/errors.ts';
import { type Box } from '../imaging/box.ts';
import { type Triple } from '../imaging/volume.ts';
import { eachCapsuleRun, type Dab } from './capsule.ts';
import { ChangeList } from './change-list.ts';
import { joinDeltas } from './join-deltas.ts';
import { type LabelArray, type LabelDelta } from './label-delta.ts';
import { PaintGate } from './paint-gate.ts';
import { type Refusal } from './refusal.ts';
import { type Axis, type Grid, type PaintRules } from './rules.ts';
import { takeBack } from './take-back.ts';

/** A brush: a disc within slices across an axis, or a ball. Both are round in millimetres, however the voxels are shaped. */
export type Brush = { readonly radius: number } & ({ readonly shape: 'circle'; readonly axis: Axis } | { readonly shape: 'sphere' });

/**
 * One stroke of a brush or an eraser (value 0), painted while it is drawn. Between two points the brush is drawn out, without gaps; the voxel
 * under the point is always part of it. Memory grows with the voxels that changed.
 */
export class Stroke {
  readonly #labels: LabelArray;
  readonly #grid: Grid;
  readonly #brush: Brush;
  readonly #gate: PaintGate;
  #changes = new ChangeList();
  /** What was handed over, the oldest first. */
  #handed: LabelDelta[] = [];
  #last: Dab | undefined;

  /** @throws TesseraError as checkRules (rules.ts); `bad-setting` for a radius that is none */
  constructor(labels: LabelArray, grid: Grid, rules: PaintRules, brush: Brush) {
    this.#gate = new PaintGate(labels, grid, rules);
    if (!(brush.radius > 0 && Number.isFinite(brush.radius))) {
      throw new TesseraError('bad-setting', `A brush cannot have a radius of ${brush.radius} mm.`);
    }
    [this.#labels, this.#grid, this.#brush] = [labels, grid, brush];
  }

  /**
   * Paints from the last point to this one, into the labels.
   * @param point continuous voxel position, may lie outside the scan; a circle paints the slice nearest to it
   * @param pressure 0 to 1, the part of the radius to use
   * @returns the box of the voxels that changed, undefined when none did
   * @throws TesseraError `bad-setting` for a point or a pressure that is no number
   */
  to(point: Triple, pressure = 1): Box | undefined {
    const to: Dab = { point: this.#place(point), radius: this.#brush.radius * Math.min(1, Math.max(0, pressure)) };
    if (![...to.point, to.radius].every(Number.isFinite)) throw new TesseraError('bad-setting', 'A stroke has a point that is none.');
    const slice = this.#brush.shape === 'circle' ? { axis: this.#brush.axis, index: to.point[this.#brush.axis] } : undefined;
    if (slice !== undefined && (slice.index < 0 || slice.index >= this.#grid.dims[slice.axis])) return undefined;
    // In another slice than the last point, a circle begins anew.
    const stays = this.#last !== undefined && (slice === undefined || this.#last.point[slice.axis] === slice.index);
    const from = stays && this.#last !== undefined ? this.#last : to;
    this.#last = to;
    return this.#paint(from, to, slice);
  }

  /** What changed since the last hand-over. The stroke goes on, as if it had not been asked. */
  handOver(): LabelDelta {
    const delta = this.#changes.delta(this.#gate.value);
    this.#changes = new ChangeList();
    if (delta.runs.length > 0) this.#handed.push(delta);
    return delta;
  }

  /** Ends the stroke. What changed since the last hand-over; the labels stay painted. */
  finish(): LabelDelta {
    const delta = this.handOver();
    this.#end();
    return delta;
  }

  /**
   * Ends the stroke and leaves the labels as they were before it, but for what others have changed since.
   * @returns the change from what was handed over to the labels as they are now
   */
  cancel(): LabelDelta {
    this.#changes.restore(this.#labels);
    const back = this.#handed.reverse().map((piece) => takeBack(this.#labels, piece));
    this.#end();
    return joinDeltas(back);
  }

  /** Why nothing was painted so far; undefined when something was. */
  whyNothing(): Refusal | undefined {
    return this.#gate.whyNothing();
  }

  #paint(from: Dab, to: Dab, slice: { axis: Axis; index: number } | undefined): Box | undefined {
    const [labels, gate, changes, { dims }] = [this.#labels, this.#gate, this.#changes, this.#grid];
    const low = [Infinity, Infinity, Infinity] as [number, number, number];
    const high = [-1, -1, -1] as [number, number, number];
    eachCapsuleRun(this.#grid, from, to, slice, (i, j, k, length) => {
      const row = dims[0] * (j + dims[1] * k);
      let [first, last] = [-1, -1];
      for (let at = i; at < i + length; at++) {
        if (!gate.allows(row + at)) continue;
        changes.add(row + at, labels[row + at] as number);
        labels[row + at] = gate.value;
        if (first < 0) first = at;
        last = at;
      }
      if (first < 0) return;
      [low[0], low[1], low[2]] = [Math.min(low[0], first), Math.min(low[1], j), Math.min(low[2], k)];
      [high[0], high[1], high[2]] = [Math.max(high[0], last), Math.max(high[1], j), Math.max(high[2], k)];
    });
    if (high[0] < 0) return undefined;
    return { start: low, size: [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] };
  }

  /** Near enough to the scan that a stroke from far away stays a bounded piece of work; a circle's point in the middle of its slice. */
  #place(point: Triple): Triple {
    const { dims } = this.#grid;
    const far = 4 * Math.max(...dims);
    const near = (axis: Axis): number => {
      const at = Math.min(dims[axis] + far, Math.max(-far, point[axis]));
      return this.#brush.shape === 'circle' && this.#brush.axis === axis ? Math.round(at) : at;
    };
    return [near(0), near(1), near(2)];
  }

  #end(): void {
    this.#changes = new ChangeList();
    this.#handed = [];
    this.#last = undefined;
  }
}
