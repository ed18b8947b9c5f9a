import type { Random } from '../base/random.ts';
import type { PreparedScan, Triple } from '../imaging/index.ts';
import { patchesOf } from './patches.ts';
import { visibleCount } from './gl-mae.ts';
import { resizeBox } from './resize-box.ts';

/** A box of a prepared scan. */
export interface ViewBox {
  readonly corner: Triple;
  readonly size: Triple;
}

/**
 * A random box (method 3): the size of each axis drawn by itself between low and high times the scan's, then a uniform corner.
 */
export function randomBox(dims: Triple, low: number, high: number, random: Random): ViewBox {
  const size = dims.map((n) => random.integer(Math.max(1, Math.ceil(low * n)), Math.max(1, Math.ceil(high * n)))) as unknown as Triple;
  const corner = dims.map((n, axis) => random.integer(0, n - (size[axis] ?? 1))) as unknown as Triple;
  return { corner, size };
}

/** One view, cut into patches with the visible ones first (method 2.2). */
export interface View {
  /** (N, P³), in the order of `places`. */
  readonly patches: Float32Array;
  /** π: grid places in random order; the first `visible` are shown. */
  readonly places: Int32Array;
  readonly visible: number;
  readonly grid: Triple;
}

/** Cuts a box, resizes it to the view's size and masks it. */
export function makeView(scan: PreparedScan, box: ViewBox, size: Triple, patch: Triple, maskRatio: number, random: Random): View {
  const raster = patchesOf(resizeBox(scan, box, size), size, patch, scan.channels);
  const grid: Triple = [size[0] / patch[0], size[1] / patch[1], size[2] / patch[2]];
  const n = grid[0] * grid[1] * grid[2];
  const length = raster.length / n;
  const places = random.permutation(n);
  const patches = new Float32Array(raster.length);
  places.forEach((place, at) => {
    patches.set(raster.subarray(place * length, (place + 1) * length), at * length);
  });
  return { patches, places, visible: visibleCount(n, maskRatio), grid };
}
