import type { Box } from '../imaging/box.ts';
import { eachRow } from './label-box.ts';
import { RunList, type LabelArray, type LabelDelta } from './label-delta.ts';
import { ToolRefusal } from './refusal.ts';
import { verdict, type Grid, type PaintRules } from './rules.ts';

/**
 * What a shape makes of the segment of the rules: voxels of the box inside the shape become the segment, its voxels in the box outside the
 * shape become background.
 * @param shape not 0 inside, i fastest
 */
export function shapeDelta(labels: LabelArray, grid: Grid, rules: PaintRules, box: Box, shape: Uint8Array): LabelDelta {
  const { value } = rules;
  return boxDelta(labels, grid, rules, box, (n, present) => (shape[n] !== 0 ? value : present === value ? 0 : present));
}

/**
 * What wanted values of a box change where the rules let them: the segment of the rules goes over what it may be painted over, every other
 * change spares locked segments, and none leaves the range of scan values.
 * @param wanted the value of voxel n of the box (i fastest) that is now `present`
 * @throws TesseraError `bad-labels` when the rules forbid every change; an empty delta when there is nothing to change
 */
export function boxDelta(
  labels: LabelArray,
  grid: Grid,
  rules: PaintRules,
  box: Box,
  wanted: (n: number, present: number) => number,
): LabelDelta {
  const { locked, within } = rules;
  const runs = new RunList();
  const refused = { locked: 0, kept: 0, outOfRange: 0 };
  let changed = 0;
  eachRow(grid.dims, box, (inGrid, inBox, length) => {
    for (let n = 0; n < length; n++) {
      const present = labels[inGrid + n] as number;
      const value = wanted(inBox + n, present);
      if (value === present) continue;
      if (locked.has(present) || locked.has(value)) refused.locked++;
      else if (value === rules.value && verdict(rules, present) !== 'paint') refused.kept++;
      else if (within !== undefined && !isInRange(within, inGrid + n)) refused.outOfRange++;
      else {
        runs.add(inGrid + n, present, value);
        changed++;
      }
    }
  });
  if (changed === 0) refuse(refused);
  return runs.delta();
}

function isInRange({ values, range }: NonNullable<PaintRules['within']>, voxel: number): boolean {
  const value = (values.voxels[voxel] as number) * values.slope + values.intercept;
  return value >= range[0] && value <= range[1];
}

function refuse({ locked, kept, outOfRange }: { locked: number; kept: number; outOfRange: number }): void {
  if (locked > 0 && locked >= kept && locked >= outOfRange) {
    throw new ToolRefusal({ code: 'allLocked' });
  }
  if (outOfRange > 0 && outOfRange >= kept) {
    throw new ToolRefusal({ code: 'allOutOfRange' });
  }
  if (kept > 0) {
    throw new ToolRefusal({ code: 'allKept' });
  }
}

/** @throws TesseraError `bad-labels` for a box that is missing because its segment has no voxels */
export function presentBox(box: Box | undefined, value: number): Box {
  if (box === undefined) throw new ToolRefusal({ code: 'noVoxels', value });
  return box;
}

/** @throws TesseraError `bad-setting` for a length that is none */
export function checkMillimetres(mm: number): void {
  if (!(mm > 0 && Number.isFinite(mm))) throw new ToolRefusal({ code: 'badMillimetres', mm });
}
