import { TesseraError } from '../base/errors.ts';
import { type Triple } from '../imaging/volume.ts';
import { ChangeList } from './change-list.ts';
import { strides, voxelAt } from './index-space.ts';
import { type LabelArray, type LabelDelta } from './label-delta.ts';
import { PaintGate } from './paint-gate.ts';
import { ToolRefusal } from './refusal.ts';
import { checkScan, type Axis, type Grid, type PaintRules, type ScanValues } from './rules.ts';

export interface Flood {
  /** Continuous position of the voxel to begin at. */
  readonly point: Triple;
  /** What hangs together: voxels with the label of the first one, or with scan values at most `spread` away from its value. */
  readonly alike: 'label' | { readonly values: ScanValues; readonly spread: number };
  /** Stays in the slice across this axis; through the volume when left out. */
  readonly across?: Axis;
  /** More voxels than this are refused. Default {@link MOST_VOXELS}. */
  readonly most?: number;
}

export const MOST_VOXELS = 20_000_000;

/**
 * Paints the voxels that hang together with one (over their faces: 4 neighbours in a slice, 6 in the volume) and are like it. It spreads over
 * voxels that may be painted and over the segment's own; locked segments and what may not be painted over are walls.
 * @throws TesseraError as checkRules; `bad-setting` for a point outside the scan, a spread below 0, or a region of more than `most` voxels;
 * `bad-labels`, saying why, when nothing there may change
 */
export function floodFill(labels: LabelArray, grid: Grid, rules: PaintRules, flood: Flood): LabelDelta {
  const gate = new PaintGate(labels, grid, rules);
  const { dims } = grid;
  const first = voxelAt(grid, flood.point);
  const [, rowStep, sliceStep] = strides(dims);
  const begin = first[0] + first[1] * rowStep + first[2] * sliceStep;
  const isAlike = alikeTo(labels, grid, begin, flood.alike);
  const belongs = (voxel: number): boolean => isAlike(voxel) && gate.passes(voxel);

  const most = flood.most ?? MOST_VOXELS;
  const visited = new Uint8Array(Math.ceil(labels.length / 8));
  const isVisited = (voxel: number): boolean => ((visited[voxel >>> 3] as number) & (1 << (voxel & 7))) !== 0;
  const changes = new ChangeList();
  const reach = (axis: Axis): boolean => flood.across !== axis;
  const toVisit = [begin];
  let voxels = 0;
  // Whole stretches of a row at a time (Smith, "Tint fill", 1979).
  for (let voxel = toVisit.pop(); voxel !== undefined; voxel = toVisit.pop()) {
    if (isVisited(voxel) || !belongs(voxel)) continue;
    const row = voxel - (voxel % rowStep);
    let [from, to] = [voxel, voxel];
    if (reach(0)) {
      while (from > row && !isVisited(from - 1) && belongs(from - 1)) from--;
      while (to + 1 < row + rowStep && !isVisited(to + 1) && belongs(to + 1)) to++;
    }
    voxels += to - from + 1;
    if (voxels > most) throw leaks(most);
    for (let v = from; v <= to; v++) {
      visited[v >>> 3] = (visited[v >>> 3] as number) | (1 << (v & 7));
      if (gate.allows(v)) changes.add(v, labels[v] as number);
    }
    const [j, k] = [Math.floor(row / rowStep) % dims[1], Math.floor(row / sliceStep)];
    const push = (offset: number): void => {
      let before = false;
      for (let v = from + offset; v <= to + offset; v++) {
        const isOpen = !isVisited(v) && belongs(v);
        if (isOpen && !before) toVisit.push(v);
        before = isOpen;
      }
    };
    if (reach(1) && j > 0) push(-rowStep);
    if (reach(1) && j < dims[1] - 1) push(rowStep);
    if (reach(2) && k > 0) push(-sliceStep);
    if (reach(2) && k < dims[2] - 1) push(sliceStep);
  }
  if (voxels === 0) gate.allows(begin);
  gate.checkPainted();
  return changes.delta(gate.value);
}

function alikeTo(labels: LabelArray, grid: Grid, first: number, alike: Flood['alike']): (voxel: number) => boolean {
  if (alike === 'label') {
    const label = labels[first];
    return (voxel) => labels[voxel] === label;
  }
  const { values, spread } = alike;
  checkScan(values, grid);
  if (!(spread >= 0)) throw new TesseraError('bad-setting', `Scan values cannot differ by at most ${spread}.`);
  const { voxels, slope } = values;
  // In stored numbers, so that nothing is computed voxel by voxel.
  const reach = spread / Math.abs(slope);
  const middle = voxels[first] as number;
  if (Number.isNaN(middle)) throw new ToolRefusal({ code: 'noScanValue' });
  const [low, high] = [middle - reach, middle + reach];
  return (voxel) => (voxels[voxel] as number) >= low && (voxels[voxel] as number) <= high;
}

function leaks(most: number): ToolRefusal {
  return new ToolRefusal({ code: 'regionTooLarge', most });
}
