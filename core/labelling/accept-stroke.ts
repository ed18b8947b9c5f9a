import { TesseraError } from '../base/errors.ts';
import type { Box } from '../imaging/box.ts';
import type { Triple } from '../imaging/volume.ts';
import { AcceptGate, type Acceptance, type Proposed } from './accept-gate.ts';
import { eachCapsuleRun, type Dab } from './capsule.ts';
import { ChangeList } from './change-list.ts';
import { joinDeltas } from './join-deltas.ts';
import type { LabelArray, LabelDelta } from './label-delta.ts';
import type { Refusal } from './refusal.ts';
import type { Grid } from './rules.ts';
import type { Brush } from './stroke.ts';
import { takeBack } from './take-back.ts';

/** Places of a stroke lie at most so many lengths of the scan outside it: a stroke from far away stays a bounded piece of work. */
const FAR = 4;

/** One stroke of a brush that takes a proposal over where it goes, painted while it is drawn; as `Stroke` otherwise. */
export class AcceptStroke {
  readonly #labels: LabelArray;
  readonly #grid: Grid;
  readonly #brush: Brush;
  readonly #gate: AcceptGate;
  /** By the value that was painted. */
  #changes = new Map<number, ChangeList>();
  /** What was handed over, the oldest first. */
  #handed: LabelDelta[] = [];
  #last: Dab | undefined;

  /** @throws TesseraError `bad-labels` when the layers do not fit; `bad-setting` for a radius that is none */
  constructor(labels: LabelArray, grid: Grid, proposed: Proposed, acceptance: Acceptance, brush: Brush) {
    this.#gate = new AcceptGate(labels, grid, proposed, acceptance);
    if (!(brush.radius > 0 && Number.isFinite(brush.radius)))
      throw new TesseraError('bad-setting', `A brush cannot have a radius of ${brush.radius} mm.`);
    [this.#labels, this.#grid, this.#brush] = [labels, grid, brush];
  }

  /**
   * Accepts from the last point to this one.
   * @param point continuous voxel position, may lie outside the scan @param pressure 0 to 1, the part of the radius to use
   * @returns the box of the voxels that changed, undefined when none did
   */
  to(point: Triple, pressure = 1): Box | undefined {
    const { dims } = this.#grid;
    const brush = this.#brush;
    const far = FAR * Math.max(...dims);
    const near = (axis: 0 | 1 | 2): number => Math.min(dims[axis] + far, Math.max(-far, point[axis]));
    const place: [number, number, number] = [near(0), near(1), near(2)];
    if (!place.every(Number.isFinite)) throw new TesseraError('bad-setting', 'A stroke has a point that is none.');
    const across = brush.shape === 'circle' ? brush.axis : undefined;
    if (across !== undefined) place[across] = Math.round(place[across]);
    const slice = across === undefined ? undefined : { axis: across, index: place[across] };
    if (slice && (slice.index < 0 || slice.index >= dims[slice.axis])) return undefined;
    const to: Dab = { point: place, radius: brush.radius * Math.min(1, Math.max(0, pressure)) };
    // In another slice than the last point, a circle begins anew.
    const last = this.#last;
    const from = last !== undefined && (slice === undefined || last.point[slice.axis] === slice.index) ? last : to;
    this.#last = to;
    return this.#paint(from, to, slice);
  }

  /** What changed since the last hand-over. The stroke goes on. */
  handOver(): LabelDelta {
    const delta = joinDeltas([...this.#changes].map(([value, list]) => list.delta(value)));
    this.#changes = new Map();
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
    for (const list of this.#changes.values()) list.restore(this.#labels);
    const back = this.#handed.reverse().map((piece) => takeBack(this.#labels, piece));
    this.#end();
    return joinDeltas(back);
  }

  /** Why nothing was accepted so far; undefined when something was. */
  whyNothing(): Refusal | undefined {
    return this.#gate.whyNothing();
  }

  #paint(from: Dab, to: Dab, slice: { axis: 0 | 1 | 2; index: number } | undefined): Box | undefined {
    const labels = this.#labels;
    const [nx, ny] = this.#grid.dims;
    const low = [Infinity, Infinity, Infinity] as [number, number, number];
    const high = [-1, -1, -1] as [number, number, number];
    eachCapsuleRun(this.#grid, from, to, slice, (i, j, k, length) => {
      const row = nx * (j + ny * k);
      for (let at = i; at < i + length; at++) {
        const want = this.#gate.wanted(row + at);
        if (want === undefined) continue;
        this.#listOf(want).add(row + at, labels[row + at] as number);
        labels[row + at] = want;
        [low[0], low[1], low[2]] = [Math.min(low[0], at), Math.min(low[1], j), Math.min(low[2], k)];
        [high[0], high[1], high[2]] = [Math.max(high[0], at), Math.max(high[1], j), Math.max(high[2], k)];
      }
    });
    if (high[0] < 0) return undefined;
    return { start: low, size: [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] };
  }

  #listOf(value: number): ChangeList {
    let list = this.#changes.get(value);
    if (!list) this.#changes.set(value, (list = new ChangeList()));
    return list;
  }

  #end(): void {
    this.#changes = new Map();
    this.#handed = [];
    this.#last = undefined;
  }
}
