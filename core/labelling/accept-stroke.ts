import { TesseraError } from '../base/errors.ts';
import type { Box } from '../imaging/box.ts';
import type { Triple } from '../imaging/volume.ts';
import { valueSet, wantedValues, type Acceptance, type Proposed } from './accept.ts';
import { eachCapsuleRun, type Dab } from './capsule.ts';
import { ChangeList } from './change-list.ts';
import { joinDeltas } from './join-deltas.ts';
import type { LabelArray, LabelDelta } from './label-delta.ts';
import { checkGrid, type Grid } from './rules.ts';
import type { Brush } from './stroke.ts';

/** Places of a stroke lie at most so many lengths of the scan outside it: a stroke from far away stays a bounded piece of work. */
const FAR = 4;

/** One stroke of a brush that takes a proposal over where it goes, painted while it is drawn. */
export class AcceptStroke {
  readonly #labels: LabelArray;
  readonly #grid: Grid;
  readonly #brush: Brush;
  readonly #proposed: LabelArray;
  readonly #wanted: Uint16Array;
  readonly #targets: Uint8Array;
  readonly #barred: Uint8Array;
  readonly #acceptance: Acceptance;
  /** By the value that was painted. */
  #changes = new Map<number, ChangeList>();
  #last: Dab | undefined;

  /** @throws TesseraError `bad-labels` when the layers do not fit; `bad-setting` for a radius that is none */
  constructor(labels: LabelArray, grid: Grid, proposed: Proposed, acceptance: Acceptance, brush: Brush) {
    checkGrid(labels, grid);
    checkGrid(proposed.labels, grid);
    if (!(brush.radius > 0 && Number.isFinite(brush.radius)))
      throw new TesseraError('bad-setting', `A brush cannot have a radius of ${brush.radius} mm.`);
    [this.#labels, this.#grid, this.#brush] = [labels, grid, brush];
    this.#proposed = proposed.labels;
    this.#wanted = wantedValues(labels, proposed);
    this.#targets = valueSet(proposed.values.values());
    this.#barred = valueSet(acceptance.locked);
    this.#acceptance = acceptance;
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

  /** Ends the stroke. What changed; the labels stay painted. */
  finish(): LabelDelta {
    const deltas = [...this.#changes].map(([value, list]) => list.delta(value));
    this.#changes = new Map();
    this.#last = undefined;
    return joinDeltas(deltas);
  }

  /** Ends the stroke and leaves the labels as they were before it. */
  cancel(): void {
    for (const list of this.#changes.values()) list.restore(this.#labels);
    this.#changes = new Map();
    this.#last = undefined;
  }

  #paint(from: Dab, to: Dab, slice: { axis: 0 | 1 | 2; index: number } | undefined): Box | undefined {
    const labels = this.#labels;
    const [nx, ny] = this.#grid.dims;
    const low = [Infinity, Infinity, Infinity] as [number, number, number];
    const high = [-1, -1, -1] as [number, number, number];
    eachCapsuleRun(this.#grid, from, to, slice, (i, j, k, length) => {
      const row = nx * (j + ny * k);
      for (let at = i; at < i + length; at++) {
        const present = labels[row + at] as number;
        const want = this.#wanted[this.#proposed[row + at] as number] as number;
        if (!this.#allows(present, want)) continue;
        this.#listOf(want).add(row + at, present);
        labels[row + at] = want;
        [low[0], low[1], low[2]] = [Math.min(low[0], at), Math.min(low[1], j), Math.min(low[2], k)];
        [high[0], high[1], high[2]] = [Math.max(high[0], at), Math.max(high[1], j), Math.max(high[2], k)];
      }
    });
    if (high[0] < 0) return undefined;
    return { start: low, size: [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] };
  }

  #allows(present: number, want: number): boolean {
    const { over, replace } = this.#acceptance;
    if (want === present) return false;
    if (want === 0 && (!replace || this.#targets[present] === 0)) return false;
    return this.#barred[present] === 0 && this.#barred[want] === 0 && (present === 0 || over === 'everything');
  }

  #listOf(value: number): ChangeList {
    let list = this.#changes.get(value);
    if (!list) this.#changes.set(value, (list = new ChangeList()));
    return list;
  }
}
