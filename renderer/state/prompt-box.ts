import type { Axis } from '../../core/labelling/index.ts';
import { indexIJK, indexToPoint, pointToIndex, type Geometry, type PointLPS, type Triple } from '../scene/index.ts';

/** A box around a structure, between two corners. */
export interface PromptBox {
  readonly from: PointLPS;
  readonly to: PointLPS;
}

/**
 * The box that a rectangle in a slice stands for. Across the slice it reaches as far as a box before it did, where that has the slice, or
 * else as far to both sides as half of the longer side of the rectangle.
 */
export function boxAfter(geometry: Geometry, axis: Axis, from: PointLPS, to: PointLPS, before?: PromptBox): PromptBox {
  const { dims, spacing } = geometry;
  const [a, b] = [pointToIndex(geometry, from), pointToIndex(geometry, to)];
  const low: [number, number, number] = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.min(a[2], b[2])];
  const high: [number, number, number] = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.max(a[2], b[2])];
  const slice = a[axis];
  const known = before && [pointToIndex(geometry, before.from)[axis], pointToIndex(geometry, before.to)[axis]].sort((x, y) => x - y);
  if (known && (known[0] ?? 0) <= slice && (known[1] ?? 0) >= slice) [low[axis], high[axis]] = [known[0] ?? slice, known[1] ?? slice];
  else {
    const half = Math.max(...([0, 1, 2] as const).map((side) => (side === axis ? 0 : (high[side] - low[side]) * spacing[side]))) / 2;
    [low[axis], high[axis]] = [slice - half / spacing[axis], slice + half / spacing[axis]];
  }
  const inside = (corner: Triple): PointLPS => {
    const at = (side: Axis): number => Math.min(dims[side] - 1, Math.max(0, corner[side]));
    return indexToPoint(geometry, indexIJK(at(0), at(1), at(2)));
  };
  return { from: inside(low), to: inside(high) };
}
