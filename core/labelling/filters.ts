import type { Triple } from '../imaging/volume.ts';

/**
 * How many of the voxels around each one are not 0, in a block of 2·reach + 1 voxels along each axis. Outside the box there is nothing.
 * @param mask 0 or 1, i fastest
 */
export function blockCounts(mask: Uint8Array, dims: Triple, reach: Triple): Uint32Array {
  const counts = Uint32Array.from(mask);
  const longest = Math.max(...dims);
  const line = new Uint32Array(longest);
  for (const axis of [0, 1, 2] as const) {
    const [length, r] = [dims[axis], reach[axis]];
    if (r === 0) continue;
    eachLine(dims, axis, (start, stride) => {
      for (let n = 0, at = start; n < length; n++, at += stride) line[n] = counts[at] as number;
      let sum = 0;
      for (let n = 0; n < Math.min(r, length); n++) sum += line[n] as number;
      for (let n = 0, at = start; n < length; n++, at += stride) {
        if (n + r < length) sum += line[n + r] as number;
        if (n - r > 0) sum -= line[n - r - 1] as number;
        counts[at] = sum;
      }
    });
  }
  return counts;
}

/**
 * Smooths values with a Gaussian, in place, one axis after the other; beyond its ends a line goes on with its last value. Neighbours at the
 * same distance are added first, so that the result in a mirror is the same to the last bit.
 * @param deviation standard deviation along each axis in voxels
 */
export function gaussian(values: Float32Array, dims: Triple, deviation: Triple): void {
  for (const axis of [0, 1, 2] as const) {
    const length = dims[axis];
    const weights = gaussianWeights(deviation[axis]);
    const reach = weights.length - 1;
    if (length === 1 || reach === 0) continue;
    const line = new Float64Array(length + 2 * reach);
    const middle = weights[0] as number;
    eachLine(dims, axis, (start, stride) => {
      let [low, high] = [Infinity, -Infinity];
      for (let n = 0, at = start; n < length; n++, at += stride) {
        const value = values[at] as number;
        line[n + reach] = value;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      // Most lines of a mask are of one value, which stays.
      if (low === high) return;
      line.fill(line[reach] as number, 0, reach);
      line.fill(line[reach + length - 1] as number, reach + length);
      for (let n = reach, at = start; n < length + reach; n++, at += stride) {
        let sum = middle * (line[n] as number);
        for (let d = 1; d <= reach; d++) sum += (weights[d] as number) * ((line[n - d] as number) + (line[n + d] as number));
        values[at] = sum;
      }
    });
  }
}

/** The weights of a Gaussian at distances of 0, 1, 2 … voxels up to three deviations, which with their mirror images add up to 1. */
function gaussianWeights(deviation: number): Float64Array {
  const weights = Float64Array.from({ length: Math.ceil(3 * deviation) + 1 }, (_, d) =>
    d === 0 ? 1 : Math.exp(-((d / deviation) ** 2) / 2),
  );
  const sum = weights.reduce((all, w, d) => all + (d === 0 ? w : 2 * w), 0);
  return weights.map((w) => w / sum);
}

/** Visits the lines along an axis: their first voxel and the step from one to the next. */
function eachLine([nx, ny, nz]: Triple, axis: 0 | 1 | 2, visit: (start: number, stride: number) => void): void {
  if (axis === 0) for (let row = 0; row < ny * nz; row++) visit(row * nx, 1);
  else if (axis === 1) for (let k = 0; k < nz; k++) for (let i = 0; i < nx; i++) visit(i + k * nx * ny, nx);
  else for (let n = 0; n < nx * ny; n++) visit(n, nx * ny);
}
