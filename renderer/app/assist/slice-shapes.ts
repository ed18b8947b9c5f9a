import { kindOf, type Axis, type DifferenceKind, type LabelArray, type Proposed } from '../../../core/labelling/index.ts';
import type { MaskBox } from '../../state/mask-box.ts';
import type { Triple } from '../../scene/index.ts';
import { contours } from './contours.ts';

/** The index axes along the two sides of a slice. */
export function sidesOf(axis: Axis): readonly [Axis, Axis] {
  return axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1];
}

/** The outline of a mask in a slice; empty where the slice misses it. */
export function maskPath({ box: { start, size }, voxels }: MaskBox, axis: Axis, slice: number): string {
  const [u, v] = sidesOf(axis);
  const along = [1, size[0], size[0] * size[1]] as const;
  const depth = slice - start[axis];
  if (depth < 0 || depth >= size[axis]) return '';
  const first = depth * along[axis] - start[u] * along[u] - start[v] * along[v];
  const at = (x: number, y: number): boolean => voxels[first + x * along[u] + y * along[v]] === 1;
  return contours({ left: start[u], top: start[v], width: size[u], height: size[v], at });
}

/** Outlines in a slice by the value that a voxel has; 0 is none. */
export function valuePaths(dims: Triple, axis: Axis, slice: number, valueAt: (voxel: number) => number): ReadonlyMap<number, string> {
  const [u, v] = sidesOf(axis);
  const along = [1, dims[0], dims[0] * dims[1]] as const;
  const [width, height] = [dims[u], dims[v]];
  const values = new Int32Array(width * height);
  const extents = new Map<number, { left: number; right: number; top: number; bottom: number }>();
  for (let y = 0, n = 0; y < height; y++) {
    let voxel = slice * along[axis] + y * along[v];
    for (let x = 0; x < width; x++, n++, voxel += along[u]) {
      const value = valueAt(voxel);
      if (value === 0) continue;
      values[n] = value;
      const extent = extents.get(value);
      if (!extent) extents.set(value, { left: x, right: x, top: y, bottom: y });
      else {
        if (x < extent.left) extent.left = x;
        if (x > extent.right) extent.right = x;
        extent.bottom = y;
      }
    }
  }
  return new Map(
    [...extents].map(([value, { left, right, top, bottom }]) => {
      const at = (x: number, y: number): boolean => values[x + width * y] === value;
      return [value, contours({ left, top, width: right - left + 1, height: bottom - top + 1, at })];
    }),
  );
}

const KINDS: readonly DifferenceKind[] = ['mine', 'theirs', 'both'];

/** Outlines of the differences in a slice, by their kind. */
export function differencePaths(
  labels: LabelArray,
  { labels: theirs, values }: Proposed,
  dims: Triple,
  axis: Axis,
  slice: number,
): ReadonlyMap<DifferenceKind, string> {
  const wanted = new Uint16Array(65536);
  const targets = new Uint8Array(65536);
  for (const [their, mine] of values) [wanted[their], targets[mine]] = [mine, 1];
  const paths = valuePaths(dims, axis, slice, (voxel) => {
    const [present, want] = [labels[voxel] as number, wanted[theirs[voxel] as number] as number];
    return want === present || (want === 0 && targets[present] === 0) ? 0 : 1 + KINDS.indexOf(kindOf(present, want));
  });
  return new Map([...paths].map(([code, path]) => [KINDS[code - 1] ?? 'both', path]));
}
