import type { Box } from '../imaging/box.ts';
import { connectedComponents, type Components } from '../imaging/components.ts';
import type { Triple } from '../imaging/volume.ts';
import { boxDelta, presentBox } from './box-delta.ts';
import { boxOfValue, maskInBox } from './label-box.ts';
import type { LabelArray, LabelDelta } from './label-delta.ts';
import { ToolRefusal } from './refusal.ts';
import { checkRules, type Grid, type PaintRules } from './rules.ts';

/** Voxels of one segment hang together when they share a face (6), or at least a corner (26, unless told). */
export type IslandConnectivity = 6 | 26;

/** How small an island is that goes: fewer voxels, or less volume, than this. */
export type SmallIsland = { readonly voxels: number } | { readonly ml: number };

/**
 * The voxels of each island of a segment, the largest first; none for a segment without voxels.
 * @throws TesseraError `bad-labels` when labels and grid do not fit
 */
export function islandSizes(labels: LabelArray, grid: Grid, value: number, connectivity: IslandConnectivity = 26): number[] {
  checkRules(labels, grid, { value, over: 'everything', locked: new Set() });
  const box = boxOfValue(labels, grid.dims, value);
  if (box === undefined) return [];
  const { voxels } = connectedComponents(maskInBox(labels, grid.dims, box, value), box.size, connectivity);
  return [...voxels].sort((a, b) => b - a);
}

/**
 * Leaves only the largest island of the segment of the rules; of equally large ones the first (i fastest).
 * @throws TesseraError `bad-labels` for an empty segment or when the rules forbid every change
 */
export function keepLargestIsland(labels: LabelArray, grid: Grid, rules: PaintRules, connectivity: IslandConnectivity = 26): LabelDelta {
  const islands = islandsOf(labels, grid, rules, connectivity);
  const [largest] = bySize(islands.components);
  return renumbered(labels, grid, rules, islands, (island) => (island === largest ? rules.value : 0));
}

/**
 * Takes away the islands of the segment of the rules that are smaller than told.
 * @throws TesseraError `bad-labels` for an empty segment, when every island is smaller, or when the rules forbid every change; `bad-setting`
 */
export function removeSmallIslands(
  labels: LabelArray,
  grid: Grid,
  rules: PaintRules,
  smallerThan: SmallIsland,
  connectivity: IslandConnectivity = 26,
): LabelDelta {
  const fewest = fewestVoxels(smallerThan, grid);
  const islands = islandsOf(labels, grid, rules, connectivity);
  const { voxels } = islands.components;
  if (voxels.every((n) => n < fewest)) {
    throw new ToolRefusal({ code: 'allSmaller' });
  }
  return renumbered(labels, grid, rules, islands, (island) => ((voxels[island] as number) < fewest ? 0 : rules.value));
}

/**
 * Makes each island of the segment of the rules a segment of its own: the largest keeps its value, the next take the new values in turn, and
 * those for which there is none stay.
 * @throws TesseraError `bad-labels` for an empty segment, a segment of one island, or when the rules forbid every change
 */
export function splitIslands(
  labels: LabelArray,
  grid: Grid,
  rules: PaintRules,
  newValues: readonly number[],
  connectivity: IslandConnectivity = 26,
): LabelDelta {
  for (const value of newValues) checkRules(labels, grid, { ...rules, value });
  const islands = islandsOf(labels, grid, rules, connectivity);
  const order = bySize(islands.components);
  if (order.length === 1) throw new ToolRefusal({ code: 'oneIsland' });
  const values = new Map(newValues.slice(0, order.length - 1).map((value, n) => [order[n + 1], value]));
  return renumbered(labels, grid, rules, islands, (island) => values.get(island) ?? rules.value);
}

/**
 * Leaves only the island of the segment of the rules that a voxel belongs to.
 * @throws TesseraError `bad-labels` when the voxel is none of the segment or when the rules forbid every change
 */
export function keepIsland(
  labels: LabelArray,
  grid: Grid,
  rules: PaintRules,
  voxel: Triple,
  connectivity: IslandConnectivity = 26,
): LabelDelta {
  const islands = islandsOf(labels, grid, rules, connectivity);
  const kept = islandAt(labels, grid, rules, islands, voxel);
  return renumbered(labels, grid, rules, islands, (island) => (island === kept ? rules.value : 0));
}

/** Takes away the island of the segment of the rules that a voxel belongs to. @throws TesseraError as {@link keepIsland} */
export function removeIsland(
  labels: LabelArray,
  grid: Grid,
  rules: PaintRules,
  voxel: Triple,
  connectivity: IslandConnectivity = 26,
): LabelDelta {
  const islands = islandsOf(labels, grid, rules, connectivity);
  const gone = islandAt(labels, grid, rules, islands, voxel);
  return renumbered(labels, grid, rules, islands, (island) => (island === gone ? 0 : rules.value));
}

/** The islands of one segment, in its box. */
interface Islands {
  readonly box: Box;
  readonly components: Components;
}

function islandsOf(labels: LabelArray, grid: Grid, rules: PaintRules, connectivity: IslandConnectivity): Islands {
  checkRules(labels, grid, rules);
  const box = presentBox(boxOfValue(labels, grid.dims, rules.value), rules.value);
  return { box, components: connectedComponents(maskInBox(labels, grid.dims, box, rules.value), box.size, connectivity) };
}

/** The islands, the largest first, of equally large ones the first. */
function bySize({ voxels }: Components): Float64Array {
  // Size and place in one number: numbers alone are sorted ten times faster than by comparing, and there may be a million islands.
  const places = voxels.length;
  const keys = voxels.map((count, island) => count * places - island);
  return keys
    .sort()
    .reverse()
    .map((key) => (places - (key % places)) % places);
}

function fewestVoxels(smallerThan: SmallIsland, { spacing }: Grid): number {
  const limit = 'voxels' in smallerThan ? smallerThan.voxels : smallerThan.ml;
  if (!(limit > 0 && Number.isFinite(limit))) throw new ToolRefusal({ code: 'badLimit', limit });
  if ('voxels' in smallerThan) return limit;
  // Volumes in millilitres are products of rounded spacings: an island of exactly the limit stays.
  return ((limit * 1000) / (spacing[0] * spacing[1] * spacing[2])) * (1 - 1e-9);
}

function islandAt(labels: LabelArray, { dims }: Grid, { value }: PaintRules, { box, components }: Islands, voxel: Triple): number {
  const inside = voxel.every((x, axis) => Number.isInteger(x) && x >= 0 && x < (dims[axis] as number));
  if (!inside || labels[voxel[0] + dims[0] * (voxel[1] + dims[1] * voxel[2])] !== value) {
    throw new ToolRefusal({ code: 'noIslandHere' });
  }
  const [i, j, k] = [voxel[0] - box.start[0], voxel[1] - box.start[1], voxel[2] - box.start[2]];
  const at = i + box.size[0] * (j + box.size[1] * k);
  let island = -1;
  components.eachRun((component, begin, end) => {
    if (at >= begin && at < end) island = component;
  });
  return island;
}

/** Gives the voxels of each island a value. */
function renumbered(
  labels: LabelArray,
  grid: Grid,
  rules: PaintRules,
  { box, components }: Islands,
  valueOf: (island: number) => number,
): LabelDelta {
  const { voxels } = components;
  const values = Uint16Array.from(voxels, (_, island) => valueOf(island));
  const wanted = new Uint16Array(box.size[0] * box.size[1] * box.size[2]).fill(rules.value);
  components.eachRun((island, begin, end) => {
    const value = values[island] as number;
    if (value !== rules.value) wanted.fill(value, begin, end);
  });
  return boxDelta(labels, grid, rules, box, (n, present) => (present === rules.value ? (wanted[n] as number) : present));
}
