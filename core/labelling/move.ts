import { type Box } from '../imaging/box.ts';
import { voxelCount, type Triple } from '../imaging/volume.ts';
import { boxDelta, presentBox, shapeDelta } from './box-delta.ts';
import { checkSlice } from './index-space.ts';
import { boxOfValue, hull, maskInBox } from './label-box.ts';
import { isEmptyDelta, type LabelArray, type LabelDelta } from './label-delta.ts';
import { mapped, placementMaps, type IndexMap, type Placement } from './placement.ts';
import { ToolRefusal } from './refusal.ts';
import { checkRules, type Grid, type PaintRules } from './rules.ts';

export interface MoveOptions {
  /** The segment whose shape is taken; that of the rules when left out. Another one stays as it is: its shape is added to that of the rules. */
  readonly from?: number;
  /** The segment also stays where it was. */
  readonly keep?: boolean;
}

/**
 * Moves, turns or mirrors a segment, or a copy of it, by nearest neighbour: each voxel asks where it comes from. What leaves the scan, and
 * what comes to lie on voxels that may not be painted over, is lost.
 * @throws TesseraError as checkRules and placementMaps; `bad-labels` for an empty segment, or when nothing may or would change
 */
export function move(labels: LabelArray, grid: Grid, rules: PaintRules, placement: Placement, options: MoveOptions = {}): LabelDelta {
  checkRules(labels, grid, rules);
  const { value } = rules;
  const { from = value } = options;
  if (value === 0 || from === 0) throw new ToolRefusal({ code: 'backgroundChosen' });
  const keep = options.keep === true || from !== value;

  const source = sourceOf(labels, grid, placement, from);
  const maps = placementMaps(grid, placement, centreOf(source));
  const target = mappedBox(maps.to, source.box, grid.dims);
  if (target === undefined) throw new ToolRefusal({ code: 'wouldLieOutside' });
  const box = hull(target, source.box);
  const shape = movedShape(maps.from, source, box);
  const delta = keep
    ? boxDelta(labels, grid, rules, box, (n, present) => (shape[n] !== 0 ? value : present))
    : shapeDelta(labels, grid, rules, box, shape);
  if (isEmptyDelta(delta)) throw new ToolRefusal({ code: 'unchanged' });
  return delta;
}

interface Source {
  readonly box: Box;
  readonly mask: Uint8Array;
}

function sourceOf(labels: LabelArray, grid: Grid, placement: Placement, value: number): Source {
  const { dims } = grid;
  const whole = presentBox(boxOfValue(labels, dims, value), value);
  if (!('slice' in placement)) return { box: whole, mask: maskInBox(labels, dims, whole, value) };
  const { axis, index } = placement.slice;
  checkSlice(grid, axis, index);
  const along = (start: Triple, n: number): Triple => [axis === 0 ? n : start[0], axis === 1 ? n : start[1], axis === 2 ? n : start[2]];
  const box = { start: along(whole.start, index), size: along(whole.size, 1) };
  const mask = maskInBox(labels, dims, box, value);
  if (!mask.includes(1)) throw new ToolRefusal({ code: 'noVoxelsInSlice', value });
  return { box, mask };
}

function centreOf({ box: { start, size }, mask }: Source): Triple {
  const sum: [number, number, number] = [0, 0, 0];
  let voxels = 0;
  let n = 0;
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++) {
        if (mask[n++] === 0) continue;
        voxels++;
        sum[0] += i;
        sum[1] += j;
        sum[2] += k;
      }
  return [start[0] + sum[0] / voxels, start[1] + sum[1] / voxels, start[2] + sum[2] / voxels];
}

/** The part inside the grid of the box that a box is mapped into; undefined when there is none. */
function mappedBox(map: IndexMap, { start, size }: Box, dims: Triple): Box | undefined {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    const far = (axis: 0 | 1 | 2): number => start[axis] + ((corner >> axis) & 1) * (size[axis] - 1);
    return mapped(map, [far(0), far(1), far(2)]);
  });
  const range = (axis: 0 | 1 | 2): [number, number] => {
    const at = corners.map((corner) => corner[axis]);
    return [Math.max(0, Math.round(Math.min(...at))), Math.min(dims[axis] - 1, Math.round(Math.max(...at)))];
  };
  const [i, j, k] = [range(0), range(1), range(2)];
  if (i[0] > i[1] || j[0] > j[1] || k[0] > k[1]) return undefined;
  return { start: [i[0], j[0], k[0]], size: [i[1] - i[0] + 1, j[1] - j[0] + 1, k[1] - k[0] + 1] };
}

/** 1 for the voxels of a box that come from the source. */
function movedShape(from: IndexMap, { box: { start: s, size: n }, mask }: Source, { start, size }: Box): Uint8Array {
  const shape = new Uint8Array(voxelCount(size));
  const [[di], [dj], [dk]] = from.factors;
  let at = 0;
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++) {
      const row = mapped(from, [start[0], start[1] + j, start[2] + k]);
      for (let i = 0; i < size[0]; i++, at++) {
        const x = Math.round(row[0] + di * i) - s[0];
        const y = Math.round(row[1] + dj * i) - s[1];
        const z = Math.round(row[2] + dk * i) - s[2];
        if (x < 0 || y < 0 || z < 0 || x >= n[0] || y >= n[1] || z >= n[2]) continue;
        shape[at] = mask[x + n[0] * (y + n[1] * z)] as number;
      }
    }
  return shape;
}
