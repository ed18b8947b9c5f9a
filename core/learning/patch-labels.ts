import type { Triple } from '../imaging/index.ts';
import type { ViewBox } from '../model/views.ts';

/** Class of a patch that lies outside the scan altogether. */
export const OUTSIDE = 255;

/**
 * The most frequent class in each patch of a box, in row-major order of the grid; of two as frequent the lower (method, Probes). The voxels of patch p along
 * an axis are those from ⌊p·n/g⌋ to below ⌊(p + 1)·n/g⌋, at least one, n the side of the box and g that of the grid.
 * @param labels class index of each voxel of the scan, last axis fastest
 */
export function patchLabels(labels: Uint8Array, dims: Triple, box: ViewBox, grid: Triple, classes: number): Uint8Array {
  const spans = [0, 1, 2].map((axis) => spansOf(box.corner[axis] ?? 0, box.size[axis] ?? 1, grid[axis] ?? 1, dims[axis] ?? 1));
  const [s0 = [], s1 = [], s2 = []] = spans;
  const out = new Uint8Array(grid[0] * grid[1] * grid[2]);
  let at = 0;
  for (const a of s0) for (const b of s1) for (const c of s2) out[at++] = majority(labels, dims, [a, b, c], classes);
  return out;
}

/** First and one past the last voxel that lie in the scan. */
type Span = readonly [from: number, to: number];

function spansOf(corner: number, side: number, patches: number, n: number): Span[] {
  return Array.from({ length: patches }, (_, p) => {
    const from = Math.floor((p * side) / patches);
    const to = Math.max(from + 1, Math.floor(((p + 1) * side) / patches));
    return [Math.max(0, corner + from), Math.min(n, corner + to)];
  });
}

function majority(labels: Uint8Array, [, n1, n2]: Triple, [a, b, c]: readonly [Span, Span, Span], classes: number): number {
  const counts = new Uint32Array(classes);
  for (let i = a[0]; i < a[1]; i++)
    for (let j = b[0]; j < b[1]; j++)
      for (let k = c[0]; k < c[1]; k++) {
        const label = labels[(i * n1 + j) * n2 + k] as number;
        if (label < classes) counts[label] = (counts[label] as number) + 1;
      }
  let best = 0;
  for (let label = 1; label < classes; label++) if ((counts[label] as number) > (counts[best] as number)) best = label;
  return counts[best] === 0 ? OUTSIDE : best;
}
