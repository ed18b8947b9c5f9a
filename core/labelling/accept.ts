import { connectedComponents } from '../imaging/components.ts';
import type { Triple } from '../imaging/volume.ts';
import { AcceptGate, type Acceptance, type Proposed } from './accept-gate.ts';
import { voxelAt } from './index-space.ts';
import type { IslandConnectivity } from './islands.ts';
import { boxOfValue, maskInBox } from './label-box.ts';
import { RunList, type LabelArray, type LabelDelta, type PaintedRuns } from './label-delta.ts';
import { PaintGate } from './paint-gate.ts';
import { checkGrid, type Grid, type PaintRules } from './rules.ts';

/** Stretches of neighbouring voxels: first voxel and length of each. */
export type VoxelRuns = Uint32Array;

/**
 * Takes a proposal over into this layer.
 * @param runs only these voxels
 * @throws TesseraError `bad-labels` when nothing may or would change, with the reason
 */
export function acceptProposed(labels: LabelArray, grid: Grid, proposed: Proposed, acceptance: Acceptance, runs?: VoxelRuns): LabelDelta {
  const gate = new AcceptGate(labels, grid, proposed, acceptance);
  const changed = new RunList();
  const voxels = runs ?? Uint32Array.of(0, labels.length);
  for (let r = 0; r < voxels.length; r += 2) {
    const start = voxels[r] as number;
    for (let v = start, end = start + (voxels[r + 1] as number); v < end; v++) {
      const want = gate.wanted(v);
      if (want !== undefined) changed.add(v, labels[v] as number, want);
    }
  }
  gate.checkAccepted();
  return changed.delta();
}

/**
 * Paints a mask by the rules of painting, as a tool would.
 * @throws TesseraError as checkRules (rules.ts); `bad-labels` that says why, when no voxel of it may be painted
 */
export function acceptMask(labels: LabelArray, grid: Grid, rules: PaintRules, runs: PaintedRuns): LabelDelta {
  const gate = new PaintGate(labels, grid, rules);
  const changed = new RunList();
  for (const [start, length] of runs)
    for (let v = start; v < start + length; v++) if (gate.allows(v)) changed.add(v, labels[v] as number, rules.value);
  gate.checkPainted();
  return changed.delta();
}

/**
 * The island that holds a point, of the segment that is there.
 * @param point continuous voxel position
 * @returns undefined where there is only background, or nothing at all
 */
export function islandRuns(
  labels: LabelArray,
  grid: Grid,
  point: Triple,
  connectivity: IslandConnectivity = 26,
): { readonly value: number; readonly runs: VoxelRuns } | undefined {
  checkGrid(labels, grid);
  const { dims } = grid;
  const [i, j, k] = voxelAt(grid, point);
  const value = labels[i + dims[0] * (j + dims[1] * k)] as number;
  const box = value === 0 ? undefined : boxOfValue(labels, dims, value);
  if (box === undefined) return undefined;
  const { start, size } = box;
  const components = connectedComponents(maskInBox(labels, dims, box, value), size, connectivity);
  const at = i - start[0] + size[0] * (j - start[1] + size[1] * (k - start[2]));
  let island = -1;
  components.eachRun((component, begin, end) => {
    if (at >= begin && at < end) island = component;
  });
  const runs: number[] = [];
  components.eachRun((component, begin, end) => {
    if (component !== island) return;
    const [x, row] = [begin % size[0], Math.floor(begin / size[0])];
    const [y, z] = [row % size[1], Math.floor(row / size[1])];
    runs.push(start[0] + x + dims[0] * (start[1] + y + dims[1] * (start[2] + z)), end - begin);
  });
  return { value, runs: Uint32Array.from(runs) };
}
