import type { PreparedScan, Triple } from '../imaging/index.ts';
import type { ViewBox } from './views.ts';

/** For each output position along one axis: the first input taken and the weights of it and its successors. */
interface AxisFilter {
  readonly first: Int32Array;
  readonly weights: readonly Float32Array[];
}

/**
 * Cuts a box and resizes it: trilinear with half-voxel centres (align_corners false), the triangle widened where an axis shrinks so that
 * nothing aliases (method 3). One axis after the other, the last first.
 * @returns (C, s0, s1, s2), last axis fastest
 */
export function resizeBox(scan: PreparedScan, box: ViewBox, size: Triple): Float32Array {
  const filters = size.map((n, axis) => axisFilter(box.corner[axis] ?? 0, box.size[axis] ?? 1, n));
  const [f0, f1, f2] = filters;
  if (f0 === undefined || f1 === undefined || f2 === undefined) throw new Error('A size has three axes.');
  const [n0, n1, n2] = scan.dims;
  const [s0, s1, s2] = size;
  const [b0, b1] = box.size;
  const out = new Float32Array(scan.channels * s0 * s1 * s2);
  const lines = new Float32Array(b0 * b1 * s2);
  const planes = new Float32Array(b0 * s1 * s2);
  for (let c = 0; c < scan.channels; c++) {
    const channel = scan.values.subarray(c * n0 * n1 * n2, (c + 1) * n0 * n1 * n2);
    for (let a = 0; a < b0; a++)
      for (let b = 0; b < b1; b++) {
        const row = ((box.corner[0] + a) * n1 + box.corner[1] + b) * n2;
        filterLine(channel, row, f2, lines, (a * b1 + b) * s2);
      }
    planes.fill(0);
    for (let a = 0; a < b0; a++) mix(lines, a * b1 * s2 - box.corner[1] * s2, s2, f1, planes, a * s1 * s2);
    mix(planes, -box.corner[0] * s1 * s2, s1 * s2, f0, out, c * s0 * s1 * s2);
  }
  return out;
}

function axisFilter(corner: number, from: number, to: number): AxisFilter {
  const scale = from / to;
  const support = Math.max(1, scale);
  const first = new Int32Array(to);
  const weights: Float32Array[] = [];
  for (let o = 0; o < to; o++) {
    const centre = (o + 0.5) * scale - 0.5;
    const low = Math.max(0, Math.ceil(centre - support));
    const high = Math.min(from - 1, Math.floor(centre + support));
    const raw = Float32Array.from({ length: high - low + 1 }, (_, i) => Math.max(0, 1 - Math.abs(low + i - centre) / support));
    const total = raw.reduce((sum, w) => sum + w, 0);
    // Beyond the outermost centres the nearest voxel is repeated.
    if (total === 0) {
      first[o] = corner + Math.min(from - 1, Math.max(0, Math.round(centre)));
      weights.push(Float32Array.of(1));
      continue;
    }
    first[o] = corner + low;
    weights.push(raw.map((w) => w / total));
  }
  return { first, weights };
}

function filterLine(from: Float32Array, row: number, filter: AxisFilter, to: Float32Array, at: number): void {
  for (let o = 0; o < filter.weights.length; o++) {
    const weights = filter.weights[o] as Float32Array;
    const start = row + (filter.first[o] as number);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (from[start + i] as number);
    to[at + o] = sum;
  }
}

/** Output line o = weighted sum of input lines, all `length` long. */
function mix(from: Float32Array, start: number, length: number, filter: AxisFilter, to: Float32Array, at: number): void {
  for (let o = 0; o < filter.weights.length; o++) {
    const weights = filter.weights[o] as Float32Array;
    const target = at + o * length;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i] as number;
      const source = start + ((filter.first[o] as number) + i) * length;
      for (let k = 0; k < length; k++) to[target + k] = (to[target + k] as number) + weight * (from[source + k] as number);
    }
  }
}
