/** What lies beyond the first and last voxel: the edge voxel again, or one value everywhere. */
export type Border = 'replicate' | { readonly constant: number };

/**
 * One axis of a separable resampling. Output o is Σ weight[o·taps + t] · input[index[o·taps + t]] + outside[o] · (the border's constant).
 */
export interface AxisWeights {
  readonly size: number;
  readonly taps: number;
  readonly index: Int32Array;
  readonly weight: Float64Array;
  readonly outside: Float64Array;
}

/** Positions o ↦ offset + scale · o, in voxels of the input axis of n voxels. */
export interface AxisPositions {
  readonly size: number;
  readonly offset: number;
  readonly scale: number;
}

/** Linear interpolation between the two voxel centres around each position. */
export function linearWeights(positions: AxisPositions, n: number, border: Border): AxisWeights {
  return gather(positions, n, border, 2, (p, add) => {
    const low = Math.floor(p + 1e-9);
    const fraction = Math.max(0, p - low);
    add(low, 1 - fraction);
    if (fraction > 0) add(low + 1, fraction);
  });
}

/**
 * The mean over the stretch of the input that one output voxel covers, parts of voxels by their share (a box filter: no aliasing).
 * Where the axis is not made smaller this is linear interpolation.
 */
export function areaWeights(positions: AxisPositions, n: number, border: Border): AxisWeights {
  const width = Math.abs(positions.scale);
  if (width <= 1) return linearWeights(positions, n, border);
  return gather(positions, n, border, Math.ceil(width) + 2, (p, add) => {
    const [from, to] = [p - width / 2, p + width / 2];
    for (let v = Math.floor(from + 0.5); v - 0.5 < to - 1e-9; v++) {
      const share = Math.min(to, v + 0.5) - Math.max(from, v - 0.5);
      if (share > 1e-9) add(v, share / width);
    }
  });
}

/** The index of the nearest voxel centre for each position; −1 where a constant border applies. Halfway goes up. */
export function nearestIndices(positions: AxisPositions, n: number, border: Border): Int32Array {
  return Int32Array.from({ length: positions.size }, (_, o) => {
    const index = Math.floor(positions.offset + positions.scale * o + 0.5 + 1e-6);
    if (index >= 0 && index < n) return index;
    return border === 'replicate' ? Math.min(n - 1, Math.max(0, index)) : -1;
  });
}

function gather(
  { size, offset, scale }: AxisPositions,
  n: number,
  border: Border,
  taps: number,
  spread: (position: number, add: (voxel: number, weight: number) => void) => void,
): AxisWeights {
  const index = new Int32Array(size * taps);
  const weight = new Float64Array(size * taps);
  const outside = new Float64Array(size);
  for (let o = 0; o < size; o++) {
    let used = 0;
    const first = o * taps;
    spread(offset + scale * o, (voxel, w) => {
      const inside = Math.min(n - 1, Math.max(0, voxel));
      if (inside !== voxel && border !== 'replicate') {
        outside[o] = (outside[o] as number) + w;
      } else if (used > 0 && index[first + used - 1] === inside) {
        weight[first + used - 1] = (weight[first + used - 1] as number) + w;
      } else {
        index[first + used] = inside;
        weight[first + used] = w;
        used++;
      }
    });
    // Unused taps read a voxel that is read anyway, with weight 0.
    for (let t = used; t < taps; t++) index[first + t] = index[first] as number;
  }
  return { size, taps, index, weight, outside };
}

/** True when every output is the input voxel of the same number. */
export function isIdentity(weights: AxisWeights, n: number): boolean {
  if (weights.size !== n) return false;
  for (let o = 0; o < n; o++) {
    if (weights.index[o * weights.taps] !== o || Math.abs((weights.weight[o * weights.taps] as number) - 1) > 1e-9) return false;
  }
  return true;
}

/** Applies the weights along one axis (0, 1, 2) of an array of the given dims, i fastest. Sums in float64, result float32. */
export function applyAlongAxis(
  input: Float32Array,
  dims: readonly number[],
  axis: number,
  weights: AxisWeights,
  constant: number,
): Float32Array {
  const n = dims[axis] as number;
  const inner = dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const outer = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = new Float32Array(inner * weights.size * outer);
  if (inner === 1) alongRows(input, n, outer, weights, constant, out);
  else acrossRows(input, n, inner, outer, weights, constant, out);
  return out;
}

function alongRows(input: Float32Array, n: number, rows: number, w: AxisWeights, constant: number, out: Float32Array): void {
  const { size, taps, index, weight, outside } = w;
  for (let row = 0, at = 0; row < rows; row++) {
    const start = row * n;
    for (let o = 0, tap = 0; o < size; o++) {
      let sum = (outside[o] as number) * constant;
      for (let t = 0; t < taps; t++, tap++) sum += (weight[tap] as number) * (input[start + (index[tap] as number)] as number);
      out[at++] = sum;
    }
  }
}

/** Rows of `inner` neighbouring values share their weights, so each is added up as a whole: sequential memory. */
function acrossRows(
  input: Float32Array,
  n: number,
  inner: number,
  outer: number,
  w: AxisWeights,
  constant: number,
  out: Float32Array,
): void {
  const { size, taps, index, weight, outside } = w;
  const sum = new Float64Array(inner);
  for (let block = 0; block < outer; block++) {
    for (let o = 0; o < size; o++) {
      sum.fill((outside[o] as number) * constant);
      for (let t = 0; t < taps; t++) {
        const factor = weight[o * taps + t] as number;
        if (factor === 0) continue;
        const start = (block * n + (index[o * taps + t] as number)) * inner;
        for (let i = 0; i < inner; i++) sum[i] = (sum[i] as number) + factor * (input[start + i] as number);
      }
      out.set(sum, (block * size + o) * inner);
    }
  }
}
