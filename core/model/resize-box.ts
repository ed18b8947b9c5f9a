import type { PreparedScan, Triple } from '../imaging/index.ts';
import type { ViewBox } from './views.ts';

/** For each output position along one axis: the first input taken and the weights of it and its successors. */
interface AxisFilter {
  readonly first: Int32Array;
  readonly weights: readonly Float32Array[];
}

/**
 * Cuts a box and resizes it: trilinear with half-voxel centres (align_corners false), the triangle widened where an axis shrinks so that
 * nothing aliases (method 3). One axis after the other, in the order that costs least.
 * @returns (C, s0, s1, s2), last axis fastest
 */
export function resizeBox(scan: PreparedScan, box: ViewBox, size: Triple): Float32Array {
  const filters = size.map((n, axis) => axisFilter(box.size[axis] ?? 1, n));
  const order = cheapestOrder(box.size, size);
  const voxels = scan.dims[0] * scan.dims[1] * scan.dims[2];
  const length = size[0] * size[1] * size[2];
  const out = new Float32Array(scan.channels * length);
  for (let c = 0; c < scan.channels; c++) {
    let block = boxOf(scan.values.subarray(c * voxels, (c + 1) * voxels), scan.dims, box);
    for (const axis of order) {
      const filter = filters[axis];
      if (filter !== undefined) block = resizeAxis(block, axis, filter);
    }
    out.set(block.values, c * length);
  }
  return out;
}

/** Part of a larger array: value (i, j, k) is values[start + i·strides[0] + j·strides[1] + k]. */
interface Block {
  readonly values: Float32Array;
  readonly start: number;
  readonly strides: readonly [number, number];
  readonly dims: Triple;
}

function boxOf(values: Float32Array, [, n1, n2]: Triple, { corner, size }: ViewBox): Block {
  return { values, start: (corner[0] * n1 + corner[1]) * n2 + corner[2], strides: [n1 * n2, n2], dims: size };
}

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
/** A sum along the last axis runs over few numbers at a time, which costs about twice as much a product. */
const LAST_AXIS_COST = 2;

function cheapestOrder(from: Triple, to: Triple): (typeof ORDERS)[number] {
  const cost = (order: (typeof ORDERS)[number]): number => {
    const dims = [...from];
    return order.reduce<number>((sum, axis) => {
      const [before, after] = [from[axis], to[axis]];
      const others = dims.reduce((product, n, other) => (other === axis ? product : product * n), 1);
      dims[axis] = after;
      return sum + others * Math.max(before, after) * (axis === 2 ? LAST_AXIS_COST : 1);
    }, 0);
  };
  return ORDERS.reduce((best, order) => (cost(order) < cost(best) ? order : best));
}

function resizeAxis(block: Block, axis: 0 | 1 | 2, filter: AxisFilter): Block {
  const dims = block.dims.map((n, a) => (a === axis ? filter.weights.length : n)) as unknown as Triple;
  const to = { values: new Float32Array(dims[0] * dims[1] * dims[2]), start: 0, strides: [dims[1] * dims[2], dims[2]] as const, dims };
  const row = (b: Block, i: number, j: number): number => b.start + i * b.strides[0] + j * b.strides[1];
  for (let i = 0; i < dims[0]; i++)
    for (let j = 0; j < dims[1]; j++) {
      const target = row(to, i, j);
      if (axis === 2) filterRow(block.values, row(block, i, j), filter, to.values, target);
      else {
        const o = axis === 0 ? i : j;
        const first = filter.first[o] as number;
        const source = axis === 0 ? row(block, first, j) : row(block, i, first);
        sumOfRows(block.values, source, block.strides[axis], filter.weights[o] as Float32Array, to.values, target, dims[2]);
      }
    }
  return to;
}

function axisFilter(from: number, to: number): AxisFilter {
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
      first[o] = Math.min(from - 1, Math.max(0, Math.round(centre)));
      weights.push(Float32Array.of(1));
      continue;
    }
    first[o] = low;
    weights.push(raw.map((w) => w / total));
  }
  return { first, weights };
}

function filterRow(from: Float32Array, row: number, filter: AxisFilter, to: Float32Array, at: number): void {
  for (let o = 0; o < filter.weights.length; o++) {
    const weights = filter.weights[o] as Float32Array;
    const start = row + (filter.first[o] as number);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (from[start + i] as number);
    to[at + o] = sum;
  }
}

/** to[at + k] = Σ weights[i] · from[start + i·stride + k], two rows at a time. */
function sumOfRows(
  from: Float32Array,
  start: number,
  stride: number,
  weights: Float32Array,
  to: Float32Array,
  at: number,
  length: number,
): void {
  for (let i = 0; i < weights.length; i += 2) {
    const w0 = weights[i] as number;
    const w1 = weights[i + 1] ?? 0;
    const a = start + i * stride;
    const b = i + 1 < weights.length ? a + stride : a;
    if (i === 0) for (let k = 0; k < length; k++) to[at + k] = w0 * (from[a + k] as number) + w1 * (from[b + k] as number);
    else for (let k = 0; k < length; k++) to[at + k] = (to[at + k] as number) + w0 * (from[a + k] as number) + w1 * (from[b + k] as number);
  }
}
