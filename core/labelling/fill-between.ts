import type { Box } from '../imaging/box.ts';
import type { Triple } from '../imaging/volume.ts';
import { checkMillimetres, presentBox, shapeDelta } from './box-delta.ts';
import { boxOfValue, maskInBox, voxelsWithin, widenedBox } from './label-box.ts';
import type { LabelArray, LabelDelta } from './label-delta.ts';
import { ToolRefusal } from './refusal.ts';
import { checkRules, checkScan, type Axis, type Grid, type PaintRules, type ScanValues } from './rules.ts';
import { BorderByScan, type VoxelAt } from './border-by-scan.ts';
import { ShapeBlend, type DistanceField } from './shape-blend.ts';
import { shapePairs } from './slice-shapes.ts';
import { swapAxes, swapped } from './swap-axes.ts';

/** Lets the scan move the border of what is filled in. */
export interface FollowScan {
  readonly values: ScanValues;
  /** How far in mm the border may be moved by it at most; 4 unless given. */
  readonly reach?: number;
}

/**
 * Fills the empty slices between slices across an axis in which the segment of the rules is drawn: signed distances to its border are
 * interpolated between the two slices (Raya and Udupa, IEEE Transactions on Medical Imaging 9, 1990). Objects that belong together are laid
 * with their centres on one another before, so that what runs obliquely stays whole, and end in a point when the next slice has nothing of them.
 * @throws TesseraError `bad-labels` for an empty segment, when there is no gap, or when the rules forbid every change; `grid-mismatch`,
 * `bad-setting` for a scan that does not fit
 */
export function fillBetween(labels: LabelArray, grid: Grid, rules: PaintRules, across: Axis, follow?: FollowScan): LabelDelta {
  checkRules(labels, grid, rules);
  if (follow !== undefined) {
    checkScan(follow.values, grid);
    checkMillimetres(follow.reach ?? REACH);
  }
  const tight = presentBox(boxOfValue(labels, grid.dims, rules.value), rules.value);
  const box = follow === undefined ? tight : widenedBox(tight, voxelsWithin(follow.reach ?? REACH, grid.spacing), grid.dims);
  const dims = swapped(box.size, across);
  const mask = swapAxes(maskInBox(labels, grid.dims, box, rules.value), box.size, across);
  const slices = new SliceStack(mask, dims, swapped(grid.spacing, across));
  const gaps = slices.gaps();
  if (gaps.length === 0) {
    throw new ToolRefusal({ code: 'noGap' });
  }
  const scan = follow && new BorderByScan(follow.values, follow.reach ?? REACH, voxelsOf(box, grid.dims, across), dims);
  for (const [from, to] of gaps) slices.fillGap(from, to, scan);
  return shapeDelta(labels, grid, rules, box, swapAxes(mask, dims, across));
}

const REACH = 4;
/** Distances in mm below which a voxel lies on the border, and so inside, whatever rounding made of it. */
const ON_BORDER = 1e-6;

/** Slices of a mask one after the other (x fastest), and how gaps between them are filled. */
class SliceStack {
  readonly #mask: Uint8Array;
  readonly #width: number;
  readonly #height: number;
  readonly #slices: number;
  readonly #spacing: Triple;

  constructor(mask: Uint8Array, [width, height, slices]: Triple, spacing: Triple) {
    this.#mask = mask;
    [this.#width, this.#height, this.#slices] = [width, height, slices];
    this.#spacing = spacing;
  }

  /** Pairs of drawn slices with only empty ones between them. */
  gaps(): [number, number][] {
    const drawn = Array.from({ length: this.#slices }, (_, n) => n).filter((n) => this.#slice(n).includes(1));
    return drawn.flatMap((n, at): [number, number][] => {
      const before = drawn[at - 1];
      return before === undefined || n - before < 2 ? [] : [[before, n]];
    });
  }

  fillGap(from: number, to: number, scan: BorderByScan | undefined): void {
    const inPlane = [this.#spacing[0], this.#spacing[1]] as const;
    const pairs = shapePairs(this.#slice(from), this.#slice(to), this.#width, inPlane, (to - from) * this.#spacing[2]);
    for (const pair of pairs) {
      const blend = new ShapeBlend(pair, inPlane, scan?.reach ?? 0);
      const follow = scan?.learned([blend.from, from], [blend.to, to]);
      for (let n = from + 1; n < to; n++) {
        const field = blend.at((n - from) / (to - from));
        follow?.move(field, n);
        this.#draw(n, field);
      }
    }
  }

  #draw(n: number, { x, y, width, height, distances }: DistanceField): void {
    const slice = this.#slice(n);
    for (let row = Math.max(0, -y); row < Math.min(height, this.#height - y); row++) {
      const [inField, inSlice] = [row * width, x + this.#width * (y + row)];
      for (let column = Math.max(0, -x), end = Math.min(width, this.#width - x); column < end; column++)
        if ((distances[inField + column] as number) >= -ON_BORDER) slice[inSlice + column] = 1;
    }
  }

  #slice(n: number): Uint8Array {
    const size = this.#width * this.#height;
    return this.#mask.subarray(n * size, (n + 1) * size);
  }
}

/** The voxel of the grid at a place of a box whose axes were swapped. */
function voxelsOf({ start }: Box, [nx, ny]: Triple, across: Axis): VoxelAt {
  const strides = swapped([1, nx, nx * ny], across);
  const first = start[0] + nx * (start[1] + ny * start[2]);
  return (x, y, slice) => first + x * strides[0] + y * strides[1] + slice * strides[2];
}
