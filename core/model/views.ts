import type { Random } from '../base/random.ts';
import { cropOf } from '../imaging/crop-box.ts';
import type { PreparedScan, Triple } from '../imaging/index.ts';
import { patchesOf } from './patches.ts';
import { resizeBox } from './resize-box.ts';

/** A box of a prepared scan. That of a crop may reach beyond it. */
export interface ViewBox {
  readonly corner: Triple;
  readonly size: Triple;
}

/** From and to, as a share of the scan, along each axis. */
export type AxisShares = readonly [Share, Share, Share];
export type Share = readonly [low: number, high: number];

/** Boxes of random size. */
export interface RandomScale {
  readonly shares: AxisShares;
  /** One draw for all axes in place of one each. */
  readonly oneFactor: boolean;
}

/** A kind of view and how many of it a step takes of each scan. */
export interface ViewKind {
  readonly name: 'global' | 'local' | 'crop';
  /** Size that the network sees. */
  readonly size: Triple;
  readonly perScan: number;
  /** Size of the box that is resized to it; without it the view is a crop of its own size, not resized. */
  readonly scale?: RandomScale;
}

/** One view, cut into patches with the visible ones first (method 2.2). */
export interface View {
  /** (N, C·P³), in the order of `places`. */
  readonly patches: Float32Array;
  /** π: grid places in random order; the first `visible` are shown. */
  readonly places: Int32Array;
  readonly visible: number;
  readonly grid: Triple;
}

/**
 * All views of one scan in a step: every random choice in one order from one generator, so that it depends on that alone (method 3).
 * @returns for each kind its views
 */
export function viewsOfScan(scan: PreparedScan, kinds: readonly ViewKind[], patch: Triple, maskRatio: number, random: Random): View[][] {
  return kinds.map((kind) =>
    Array.from({ length: kind.perScan }, () => makeView(scan, boxOf(scan.dims, kind, random), kind.size, patch, maskRatio, random)),
  );
}

/** A random box of a kind of view. */
export function boxOf(dims: Triple, kind: ViewKind, random: Random): ViewBox {
  return kind.scale === undefined ? randomCropBox(dims, kind.size, random) : randomBox(dims, kind.scale, random);
}

/**
 * A random box (method 3). Each axis by itself: a whole number drawn uniformly between ⌈low·n⌉ and ⌈high·n⌉. One factor: t uniform in
 * [0, 1) gives round((low + t (high − low))·n) to all. Then a uniform corner.
 */
export function randomBox(dims: Triple, { shares, oneFactor }: RandomScale, random: Random): ViewBox {
  const t = oneFactor ? random.next() : 0;
  const size = eachAxis((axis) => {
    const n = dims[axis];
    const [low, high] = shares[axis];
    if (oneFactor) return Math.min(n, Math.max(1, Math.round((low + t * (high - low)) * n)));
    return random.integer(Math.max(1, Math.ceil(low * n)), Math.max(1, Math.ceil(high * n)));
  });
  return { corner: eachAxis((axis) => random.integer(0, dims[axis] - size[axis])), size };
}

/** A uniform place for a crop of fixed size (method 11.1); a scan smaller than it sits in its middle, the odd voxel after. */
export function randomCropBox(dims: Triple, size: Triple, random: Random): ViewBox {
  const corner = eachAxis((axis) => {
    const room = dims[axis] - size[axis];
    return room < 0 ? -Math.floor(-room / 2) : random.integer(0, room);
  });
  return { corner, size };
}

/** Cuts a box, resizes it to the view's size where it differs (0 outside the scan where it does not), and masks it (method 2.2, 3). */
export function makeView(scan: PreparedScan, box: ViewBox, size: Triple, patch: Triple, maskRatio: number, random: Random): View {
  const fits = box.size.every((n, axis) => n === size[axis]);
  const raster = patchesOf(fits ? cropOf(scan, box.corner, size) : resizeBox(scan, box, size), size, patch, scan.channels);
  const grid = gridOfView(size, patch);
  const n = grid[0] * grid[1] * grid[2];
  const length = raster.length / n;
  const places = random.permutation(n);
  const patches = new Float32Array(raster.length);
  places.forEach((place, at) => {
    patches.set(raster.subarray(place * length, (place + 1) * length), at * length);
  });
  return { patches, places, visible: visibleCount(n, maskRatio), grid };
}

/** Patches of a view along each axis (method 5.4). */
export function gridOfView(size: Triple, patch: Triple): Triple {
  return eachAxis((axis) => size[axis] / patch[axis]);
}

/** n = floor(N (1 − r)), at least one (method 2.1). */
export function visibleCount(patches: number, maskRatio: number): number {
  // 1000 · (1 − 0.9) is 99.99999999999997 in floating point.
  return Math.max(1, Math.floor(patches * (1 - maskRatio) + 1e-9));
}

function eachAxis(f: (axis: 0 | 1 | 2) => number): Triple {
  return [f(0), f(1), f(2)];
}
