import { TesseraError } from '../base/errors.ts';
import { connectedComponents } from '../imaging/components.ts';
import type { Triple } from '../imaging/volume.ts';
import { voxelAt } from './index-space.ts';
import type { IslandConnectivity } from './islands.ts';
import { boxOfValue, maskInBox } from './label-box.ts';
import { RunList, type LabelArray, type LabelDelta, type PaintedRuns } from './label-delta.ts';
import { PaintGate } from './paint-gate.ts';
import { checkGrid, type Grid, type PaintRules } from './rules.ts';

/** What another layer on the same grid proposes for this one. */
export interface Proposed {
  readonly labels: LabelArray;
  /** For its values the segments here that they stand for. Those that are not named count as background. */
  readonly values: ReadonlyMap<number, number>;
}

/** What may change when a proposal is accepted. */
export interface Acceptance {
  /** `background`: only what nobody has drawn. `everything`: also over segments here. */
  readonly over: 'background' | 'everything';
  readonly locked: ReadonlySet<number>;
  /** The segments become what is proposed: what they have beside it goes, where `over` is everything. Otherwise they only gain. */
  readonly replace: boolean;
}

/** Stretches of neighbouring voxels: first voxel and length of each. */
export type VoxelRuns = Uint32Array;

/**
 * Takes a proposal over into this layer.
 * @param runs only these voxels
 * @throws TesseraError `bad-labels` when nothing may or would change, with the reason
 */
export function acceptProposed(labels: LabelArray, grid: Grid, proposed: Proposed, acceptance: Acceptance, runs?: VoxelRuns): LabelDelta {
  checkGrid(labels, grid);
  checkGrid(proposed.labels, grid);
  const { over, locked, replace } = acceptance;
  const wanted = wantedValues(labels, proposed);
  const targets = valueSet(proposed.values.values());
  const barred = valueSet(locked);
  const theirs = proposed.labels;
  const changed = new RunList();
  const refused = { locked: 0, kept: 0 };
  const voxels = runs ?? Uint32Array.of(0, labels.length);
  let changes = 0;
  for (let r = 0; r < voxels.length; r += 2) {
    const start = voxels[r] as number;
    for (let v = start, end = start + (voxels[r + 1] as number); v < end; v++) {
      const present = labels[v] as number;
      const want = wanted[theirs[v] as number] as number;
      if (want === present) continue;
      if (want === 0 && (!replace || targets[present] === 0)) continue;
      if (barred[present] === 1 || barred[want] === 1) refused.locked++;
      else if (present !== 0 && over === 'background') refused.kept++;
      else {
        changed.add(v, present, want);
        changes++;
      }
    }
  }
  if (changes === 0) throw whyNothing(refused);
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

/** What each value of a proposal becomes here; 0 where it is background or left aside. @throws TesseraError `bad-labels` for a number too large */
export function wantedValues(labels: LabelArray, { values }: Proposed): Uint16Array {
  const largest = labels instanceof Uint8Array ? 255 : 65535;
  const wanted = new Uint16Array(65536);
  for (const [theirs, mine] of values) {
    if (mine > largest) throw new TesseraError('bad-labels', `This layer holds segment numbers from 1 to ${largest}, not ${mine}.`);
    wanted[theirs] = mine;
  }
  return wanted;
}

/** 1 for each of some values. */
export function valueSet(values: Iterable<number>): Uint8Array {
  const set = new Uint8Array(65536);
  for (const value of values) set[value] = 1;
  return set;
}

function whyNothing({ locked, kept }: { readonly locked: number; readonly kept: number }): TesseraError {
  if (kept > 0 && kept >= locked)
    return new TesseraError('bad-labels', 'All of it was drawn here already, differently.', {
      advice: 'Let the proposal go over what is drawn, if that is wanted.',
    });
  if (locked > 0)
    return new TesseraError('bad-labels', 'Everything that would change is locked.', { advice: 'Unlock the segments that may change.' });
  return new TesseraError('bad-labels', 'Nothing would change: all of it is here already.');
}
