import type { Box } from '../imaging/box.ts';
import { connectedComponents } from '../imaging/components.ts';
import type { Triple } from '../imaging/volume.ts';
import { presentBox, shapeDelta } from './box-delta.ts';
import type { IslandConnectivity } from './islands.ts';
import { boxOfValue, maskInBox } from './label-box.ts';
import type { LabelArray, LabelDelta } from './label-delta.ts';
import { checkRules, type Axis, type Grid, type PaintRules } from './rules.ts';
import { swapAxes, swapped } from './swap-axes.ts';

/**
 * Fills what the segment of the rules encloses. What is enclosed and belongs to another segment (a lesion in an organ) is filled only where
 * the rules let it be painted over. A hole that is open at the edge of the scan is none.
 * @param across slices across this axis are looked at one by one; undefined: holes in space
 * @param connectivity of the segment; its holes hang together by the other (a wall that is closed at corners only holds for 26)
 * @throws TesseraError `bad-labels` for an empty segment or when the rules forbid every change
 */
export function fillHoles(
  labels: LabelArray,
  grid: Grid,
  rules: PaintRules,
  across?: Axis,
  connectivity: IslandConnectivity = 26,
): LabelDelta {
  checkRules(labels, grid, rules);
  const tight = presentBox(boxOfValue(labels, grid.dims, rules.value), rules.value);
  // A voxel of nothing all around, beyond the grid, too, joins all that is outside.
  const box: Box = {
    start: [tight.start[0] - 1, tight.start[1] - 1, tight.start[2] - 1],
    size: [tight.size[0] + 2, tight.size[1] + 2, tight.size[2] + 2],
  };
  const mask = maskInBox(labels, grid.dims, box, rules.value);
  const ofHoles = connectivity === 26 ? 6 : 26;
  if (across === undefined) fillEnclosed(mask, box.size, ofHoles);
  else {
    const turned = swapAxes(mask, box.size, across);
    const [nx, ny, nz] = swapped(box.size, across);
    for (let k = 0; k < nz; k++) fillEnclosed(turned.subarray(k * nx * ny, (k + 1) * nx * ny), [nx, ny, 1], ofHoles);
    mask.set(swapAxes(turned, [nx, ny, nz], across));
  }
  return shapeDelta(labels, grid, rules, box, mask);
}

/** Sets what is 0 and does not hang together with the first voxel, in place. */
function fillEnclosed(mask: Uint8Array, dims: Triple, connectivity: IslandConnectivity): void {
  connectedComponents(
    mask.map((inside) => 1 - inside),
    dims,
    connectivity,
  ).eachRun((component, begin, end) => {
    if (component > 0) mask.fill(1, begin, end);
  });
}
