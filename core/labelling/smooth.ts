import type { Box } from '../imaging/box.ts';
import { voxelCount, type Triple } from '../imaging/volume.ts';
import { boxDelta, checkMillimetres, presentBox, shapeDelta } from './box-delta.ts';
import { blockCounts, gaussian } from './filters.ts';
import { boxOfValue, labelsInBox, maskInBox, voxelsWithin, widenedBox } from './label-box.ts';
import type { LabelArray, LabelDelta } from './label-delta.ts';
import { ToolRefusal } from './refusal.ts';
import { checkRules, type Grid, type PaintRules } from './rules.ts';

/**
 * Smooths the segment of the rules by majority: a voxel belongs to it when more than half of those in a block of about `mm` around it do.
 * Takes off what is thinner than half the block and fills what is narrower. A block that is cut by the edge of the scan counts what is left
 * of it; where both sides are equal, nothing changes.
 * @param mm edge of the block; along each axis the nearest odd number of voxels, three at least where the spacing is no more than `mm`
 * @throws TesseraError `bad-labels` for an empty segment or when the rules forbid every change; `bad-setting`
 */
export function smoothMedian(labels: LabelArray, grid: Grid, rules: PaintRules, mm: number): LabelDelta {
  checkRules(labels, grid, rules);
  checkMillimetres(mm);
  const { dims, spacing } = grid;
  const tight = presentBox(boxOfValue(labels, dims, rules.value), rules.value);
  const reach = spacing.map((step) => (step > mm ? 0 : Math.max(1, Math.round((mm / step - 1) / 2)))) as unknown as Triple;
  const box = widenedBox(tight, reach, dims);
  const shape = maskInBox(labels, dims, box, rules.value);
  const counts = blockCounts(shape, box.size, reach);
  const across = ([0, 1, 2] as const).map((axis) => cutLengths(box, axis, reach[axis], dims[axis]));
  const [alongI, alongJ, alongK] = across as [Uint32Array, Uint32Array, Uint32Array];
  const [nx, ny, nz] = box.size;
  for (let k = 0, v = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const area = (alongJ[j] as number) * (alongK[k] as number);
      for (let i = 0; i < nx; i++, v++) {
        const outside = area * (alongI[i] as number) - (counts[v] as number);
        if (counts[v] !== outside) shape[v] = (counts[v] as number) > outside ? 1 : 0;
      }
    }
  return shapeDelta(labels, grid, rules, box, shape);
}

/**
 * Smooths the segment of the rules with a Gaussian. The smoothed mask is cut where the segment keeps its volume (within what voxels of equal
 * value allow); cut at one half, round things would shrink and thin ones vanish.
 * @param mm standard deviation
 * @throws TesseraError `bad-labels` for an empty segment or when the rules forbid every change; `bad-setting`
 */
export function smoothGaussian(labels: LabelArray, grid: Grid, rules: PaintRules, mm: number): LabelDelta {
  checkRules(labels, grid, rules);
  checkMillimetres(mm);
  const tight = presentBox(boxOfValue(labels, grid.dims, rules.value), rules.value);
  const box = widenedBox(tight, voxelsWithin(3 * mm, grid.spacing), grid.dims);
  const shape = maskInBox(labels, grid.dims, box, rules.value);
  const smooth = smoothed(shape, box, grid, mm);
  const volume = shape.reduce((sum, inside) => sum + inside, 0);
  const cut = levelOf(smooth, volume);
  for (let v = 0; v < shape.length; v++) shape[v] = (smooth[v] as number) >= cut ? 1 : 0;
  return shapeDelta(labels, grid, rules, box, shape);
}

/**
 * Smooths several segments together: each mask and the background with a Gaussian, then every voxel goes to the highest, so that neighbours
 * stay neighbours without gaps. The background is weighted so that the segments together keep their volume. Other segments, and locked ones, stay as they are; where they would be the highest, nothing changes.
 * @param rules of which `value` and `over` are not looked at: only the segments to smooth and background change
 * @param values the segments to smooth
 * @param mm standard deviation
 * @throws TesseraError `bad-labels` when none of the segments has voxels or the rules forbid every change; `bad-setting`
 */
export function smoothJoint(labels: LabelArray, grid: Grid, rules: PaintRules, values: readonly number[], mm: number): LabelDelta {
  const moving = [...new Set(values)].filter((value) => value !== 0 && !rules.locked.has(value)).sort((a, b) => a - b);
  for (const value of [0, ...moving]) checkRules(labels, grid, { ...rules, value });
  checkMillimetres(mm);
  const { dims, spacing } = grid;
  const boxes = moving.flatMap((value) => {
    const tight = boxOfValue(labels, dims, value);
    return tight === undefined ? [] : [{ value, box: widenedBox(tight, voxelsWithin(3 * mm, spacing), dims) }];
  });
  if (moving.length === 0) throw new ToolRefusal({ code: 'allLocked' });
  const all = presentBox(around(boxes.map(({ box }) => box)), values[0] ?? 0);
  const sum = new Float32Array(voxelCount(all.size));
  const best = new Float32Array(sum.length);
  const winner = new Uint16Array(sum.length);
  for (const { value, box } of boxes) {
    const smooth = smoothed(maskInBox(labels, dims, box, value), box, grid, mm);
    eachShared(box, all, (inBox, inAll) => {
      const height = smooth[inBox] as number;
      sum[inAll] = (sum[inAll] as number) + height;
      if (height <= (best[inAll] as number)) return;
      best[inAll] = height;
      winner[inAll] = value;
    });
  }
  const staying = smoothed(maskOfOthers(labels, dims, all, new Set([0, ...moving])), all, grid, mm);
  const now = labelsInBox(labels, dims, all);
  let volume = 0;
  // From here on `best` says how far the highest segment is above the background, from 0 (nothing of it) to 1 (nothing else).
  for (let n = 0; n < best.length; n++) {
    const [height, others, present] = [best[n] as number, staying[n] as number, now[n] as number];
    const background = 1 - (sum[n] as number) - others;
    if ((present !== 0 && !moving.includes(present)) || (others > height && others > background)) best[n] = STAYS;
    else {
      best[n] = (height - background + 1) / 2;
      if (present !== 0) volume++;
    }
  }
  const cut = levelOf(best, volume);
  return boxDelta(labels, grid, { ...rules, value: 0, over: 'everything' }, all, (n, present) => {
    if (best[n] === STAYS) return present;
    return (best[n] as number) >= cut ? (winner[n] as number) : 0;
  });
}

/** Marks a voxel that keeps its value. */
const STAYS = -1;

/** 1 where the voxel of the box has none of the values. */
function maskOfOthers(labels: LabelArray, dims: Triple, box: Box, values: ReadonlySet<number>): Uint8Array {
  return Uint8Array.from(labelsInBox(labels, dims, box), (label) => (values.has(label) ? 0 : 1));
}

function smoothed(mask: Uint8Array, { size }: Box, { spacing }: Grid, mm: number): Float32Array {
  const values = Float32Array.from(mask);
  gaussian(values, size, [mm / spacing[0], mm / spacing[1], mm / spacing[2]]);
  return values;
}

/** The height from which on lie so many voxels, or as near as equal heights allow. Negative heights are not looked at. */
function levelOf(heights: Float32Array, wanted: number): number {
  // Float32 of 0 to 1 in steps of 2⁻¹⁶: finer than any voxel's share of a surface.
  const steps = 65536;
  const histogram = new Uint32Array(steps + 1);
  for (let v = 0; v < heights.length; v++) {
    const height = heights[v] as number;
    if (height < 0) continue;
    const step = Math.min(steps, Math.floor(height * steps));
    histogram[step] = (histogram[step] as number) + 1;
  }
  let above = 0;
  for (let step = steps; step > 0; step--) {
    const next = above + (histogram[step] as number);
    if (next >= wanted) return (next - wanted <= wanted - above || above === 0 ? step : step + 1) / steps;
    above = next;
  }
  return 1 / steps;
}

/** The smallest box around some. */
function around(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const from = (axis: 0 | 1 | 2): number => Math.min(...boxes.map(({ start }) => start[axis]));
  const to = (axis: 0 | 1 | 2): number => Math.max(...boxes.map(({ start, size }) => start[axis] + size[axis]));
  return { start: [from(0), from(1), from(2)], size: [to(0) - from(0), to(1) - from(1), to(2) - from(2)] };
}

/** Visits the voxels of a box inside a larger one. */
function eachShared(box: Box, larger: Box, visit: (inBox: number, inLarger: number) => void): void {
  const [nx, ny, nz] = box.size;
  for (let k = 0, inBox = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const row =
        box.start[0] -
        larger.start[0] +
        larger.size[0] * (box.start[1] + j - larger.start[1] + larger.size[1] * (box.start[2] + k - larger.start[2]));
      for (let i = 0; i < nx; i++, inBox++) visit(inBox, row + i);
    }
}

/** How many voxels of a block around each place along an axis lie inside the scan. */
function cutLengths(box: Box, axis: 0 | 1 | 2, reach: number, length: number): Uint32Array {
  return Uint32Array.from({ length: box.size[axis] }, (_, n) => {
    const at = box.start[axis] + n;
    return Math.min(length - 1, at + reach) - Math.max(0, at - reach) + 1;
  });
}
