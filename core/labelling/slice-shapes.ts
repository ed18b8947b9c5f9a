import { connectedComponents } from '../imaging/components.ts';
import { squaredDistances } from '../imaging/distance-transform.ts';
import type { Triple } from '../imaging/volume.ts';

/** An object of one slice: a mask of its rectangle. */
export interface SliceShape {
  /** First voxel of the rectangle along the two sides of the slice, and its voxels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly mask: Uint8Array;
  readonly voxels: number;
  /** Mean position of its voxels. */
  readonly centre: readonly [number, number];
}

/** Shapes of two slices that go over into each other; one of them is missing where an object ends. */
export interface ShapePair {
  readonly from: SliceShape | undefined;
  readonly to: SliceShape | undefined;
}

/**
 * Which objects of two slices belong together: those that overlap (a vessel that branches belongs to both of its branches). Of those without
 * overlap the nearest go together, if they are not further apart than their radii and the distance of the slices.
 * @param from mask of the first slice, width values a row
 * @param spacing along the two sides of the slices
 * @param gap millimetres between the slices
 */
export function shapePairs(from: Uint8Array, to: Uint8Array, width: number, spacing: readonly [number, number], gap: number): ShapePair[] {
  const [a, b] = [objectsOf(from, width), objectsOf(to, width)];
  const pairs = new Map<number, ShapePair>();
  for (let v = 0; v < from.length; v++) {
    const [p, q] = [a.object[v] as number, b.object[v] as number];
    if (p === 0 || q === 0) continue;
    const key = p * (b.shapes.length + 1) + q;
    if (!pairs.has(key)) pairs.set(key, { from: a.shapes[p - 1], to: b.shapes[q - 1] });
  }
  const met = new Set([...pairs.values()].flatMap((pair) => [pair.from, pair.to]));
  const isAlone = (shape: SliceShape): boolean => !met.has(shape);
  const near = nearestPairs(a.shapes.filter(isAlone), b.shapes.filter(isAlone), spacing, gap);
  for (const pair of near) met.add(pair.from).add(pair.to);
  return [
    ...pairs.values(),
    ...near,
    ...a.shapes.filter(isAlone).map((shape) => ({ from: shape, to: undefined })),
    ...b.shapes.filter(isAlone).map((shape) => ({ from: undefined, to: shape })),
  ];
}

/**
 * Signed distances in mm of a shape in a rectangle: to the nearest voxel outside where it is inside, minus that to the nearest voxel inside
 * where it is outside. Zero lies half-way between neighbours.
 */
export function signedDistances(
  shape: SliceShape,
  [x, y]: readonly [number, number],
  width: number,
  height: number,
  spacing: readonly [number, number],
): Float32Array {
  const mask = new Uint8Array(width * height);
  for (let row = 0; row < shape.height; row++) {
    const at = shape.x - x + width * (shape.y + row - y);
    mask.set(shape.mask.subarray(row * shape.width, (row + 1) * shape.width), at);
  }
  const dims: Triple = [width, height, 1];
  const steps: Triple = [spacing[0], spacing[1], 1];
  const outside = squaredDistances(mask, dims, steps);
  const inside = squaredDistances(
    mask.map((n) => 1 - n),
    dims,
    steps,
  );
  for (let v = 0; v < outside.length; v++) outside[v] = Math.sqrt(inside[v] as number) - Math.sqrt(outside[v] as number);
  return outside;
}

/** The objects of a slice: the number of each voxel's object, from 1, and their shapes. */
interface Objects {
  readonly object: Int32Array;
  readonly shapes: readonly SliceShape[];
}

function objectsOf(mask: Uint8Array, width: number): Objects {
  const object = new Int32Array(mask.length);
  const components = connectedComponents(mask, [width, mask.length / width, 1], 26);
  const extents = Array.from(components.voxels, () => ({ left: width, right: 0, top: mask.length, bottom: 0, x: 0, y: 0 }));
  components.eachRun((component, begin, end) => {
    object.fill(component + 1, begin, end);
    const extent = extents[component];
    if (extent === undefined) return;
    const y = Math.floor(begin / width);
    const [left, right] = [begin - y * width, end - 1 - y * width];
    extent.left = Math.min(extent.left, left);
    extent.right = Math.max(extent.right, right);
    extent.top = Math.min(extent.top, y);
    extent.bottom = y;
    extent.x += ((left + right) / 2) * (end - begin);
    extent.y += y * (end - begin);
  });
  const shapes = extents.map(({ left, right, top, bottom, x, y }, n) => {
    const [w, h, voxels] = [right - left + 1, bottom - top + 1, components.voxels[n] as number];
    return { x: left, y: top, width: w, height: h, mask: new Uint8Array(w * h), voxels, centre: [x / voxels, y / voxels] as const };
  });
  components.eachRun((component, begin, end) => {
    const shape = shapes[component];
    if (shape === undefined) return;
    const y = Math.floor(begin / width);
    const at = begin - y * width - shape.x + shape.width * (y - shape.y);
    shape.mask.fill(1, at, at + end - begin);
  });
  return { object, shapes };
}

/** Pairs of nearest shapes, each in one; of equally near ones in all of them, so that none is preferred for its place. */
function nearestPairs(
  a: readonly SliceShape[],
  b: readonly SliceShape[],
  spacing: readonly [number, number],
  gap: number,
): { from: SliceShape; to: SliceShape }[] {
  const radius = (shape: SliceShape): number => Math.sqrt((shape.voxels * spacing[0] * spacing[1]) / Math.PI);
  const candidates = a.flatMap((from) =>
    b.flatMap((to) => {
      const mm = Math.hypot((from.centre[0] - to.centre[0]) * spacing[0], (from.centre[1] - to.centre[1]) * spacing[1]);
      return mm <= radius(from) + radius(to) + gap ? [{ from, to, mm }] : [];
    }),
  );
  candidates.sort((one, other) => one.mm - other.mm);
  const pairs: { from: SliceShape; to: SliceShape }[] = [];
  const taken = new Map<SliceShape, number>();
  for (const { from, to, mm } of candidates) {
    const isFree = (shape: SliceShape): boolean => mm <= (taken.get(shape) ?? Infinity) + 1e-6;
    if (!isFree(from) || !isFree(to)) continue;
    taken.set(from, mm).set(to, mm);
    pairs.push({ from, to });
  }
  return pairs;
}
