import { seededRandom } from '../base/random.ts';

export interface PrincipalComponents {
  /** Of each feature. */
  readonly mean: Float64Array;
  /** Unit vectors, that of the largest variance first. The entry of largest magnitude of each is positive, so that signs mean the same every time. */
  readonly components: readonly Float64Array[];
  /** Share of the variance that each explains; 0 where rows do not differ. */
  readonly explained: readonly number[];
}

/** Directions beside those asked for that the iteration carries along: it converges by the gap behind them. */
const GUARD = 5;
const MOST_ITERATIONS = 300;
const CONVERGED = 1e-10;

/**
 * The first principal components of rows of features (population covariance), by subspace iteration with a Rayleigh-Ritz step.
 * @param rows (N, width)
 * @param count components wanted; of fewer features as many as there are
 */
export function principalComponents(rows: Float32Array, width: number, count: number): PrincipalComponents {
  const n = rows.length / width;
  const mean = meanOf(rows, width);
  const covariance = covarianceOf(rows, width, mean);
  let total = 0;
  for (let a = 0; a < width; a++) total += covariance[a * width + a] as number;
  const block = Math.min(width, count + GUARD);
  const random = seededRandom(1);
  let basis = orthonormal(Array.from({ length: block }, () => Float64Array.from({ length: width }, () => random.normal())));
  let values = new Float64Array(block);
  for (let round = 0; round < MOST_ITERATIONS && n > 1; round++) {
    const images = orthonormal(basis.map((v) => times(covariance, v)));
    const ritz = eigenSymmetric(images.map((u) => images.map((v) => dot(u, times(covariance, v)))));
    basis = ritz.vectors.map((mix) => combination(images, mix));
    const change = ritz.values.slice(0, count).reduce((sum, v, i) => Math.max(sum, Math.abs(v - (values[i] as number))), 0);
    values = Float64Array.from(ritz.values);
    if (change <= CONVERGED * total) break;
  }
  return {
    mean,
    components: basis.slice(0, count).map(withFixedSign),
    explained: Array.from(values.subarray(0, Math.min(count, block)), (v) => (total > 0 ? Math.max(0, v) / total : 0)),
  };
}

/** Coordinates of rows along components. @returns (N, components) */
export function project(rows: Float32Array, { mean, components }: PrincipalComponents): Float32Array {
  const width = mean.length;
  const n = rows.length / width;
  const out = new Float32Array(n * components.length);
  for (let r = 0; r < n; r++)
    for (const [c, component] of components.entries()) {
      let sum = 0;
      for (let a = 0; a < width; a++) sum += ((rows[r * width + a] as number) - (mean[a] as number)) * (component[a] as number);
      out[r * components.length + c] = sum;
    }
  return out;
}

/** Mean of every feature. @param rows (N, width) */
export function meanOf(rows: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let at = 0; at < rows.length; at += width) for (let a = 0; a < width; a++) mean[a] = (mean[a] as number) + (rows[at + a] as number);
  return mean.map((sum) => (sum * width) / Math.max(1, rows.length));
}

function covarianceOf(rows: Float32Array, width: number, mean: Float64Array): Float64Array {
  const covariance = new Float64Array(width * width);
  const centred = new Float64Array(width);
  for (let at = 0; at < rows.length; at += width) {
    for (let a = 0; a < width; a++) centred[a] = (rows[at + a] as number) - (mean[a] as number);
    for (let a = 0; a < width; a++) {
      const value = centred[a] as number;
      for (let b = 0, to = a * width; b <= a; b++, to++) covariance[to] = (covariance[to] as number) + value * (centred[b] as number);
    }
  }
  const n = Math.max(1, rows.length / width);
  for (let a = 0; a < width; a++)
    for (let b = 0; b <= a; b++) covariance[b * width + a] = covariance[a * width + b] = (covariance[a * width + b] as number) / n;
  return covariance;
}

function times(matrix: Float64Array, v: Float64Array): Float64Array {
  const width = v.length;
  return v.map((_, a) => {
    let sum = 0;
    for (let b = 0; b < width; b++) sum += (matrix[a * width + b] as number) * (v[b] as number);
    return sum;
  });
}

const dot = (u: Float64Array, v: Float64Array): number => u.reduce((sum, x, i) => sum + x * (v[i] as number), 0);

function combination(vectors: readonly Float64Array[], mix: readonly number[]): Float64Array {
  const out = new Float64Array(vectors[0]?.length ?? 0);
  vectors.forEach((v, k) => {
    for (let a = 0; a < out.length; a++) out[a] = (out[a] as number) + (mix[k] as number) * (v[a] as number);
  });
  return out;
}

/** Gram-Schmidt, twice over for accuracy; a vector that depends on those before it becomes the unit vector that depends least on them. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const out: Float64Array[] = [];
  for (const given of vectors) {
    const lengthBefore = Math.sqrt(dot(given, given));
    let v = rejected(given, out);
    if (Math.sqrt(dot(v, v)) <= 1e-12 * lengthBefore || lengthBefore === 0) v = freshDirection(given.length, out);
    const length = Math.sqrt(dot(v, v));
    out.push(v.map((x) => x / length));
  }
  return out;
}

function rejected(v: Float64Array, from: readonly Float64Array[]): Float64Array {
  const out = v.slice();
  for (let pass = 0; pass < 2; pass++)
    for (const u of from) {
      const along = dot(out, u);
      for (let a = 0; a < out.length; a++) out[a] = (out[a] as number) - along * (u[a] as number);
    }
  return out;
}

function freshDirection(width: number, others: readonly Float64Array[]): Float64Array {
  let best: Float64Array = new Float64Array(width);
  let longest = -1;
  for (let a = 0; a < width && longest < 0.5; a++) {
    const unit = new Float64Array(width);
    unit[a] = 1;
    const v = rejected(unit, others);
    const length = dot(v, v);
    if (length > longest) [best, longest] = [v, length];
  }
  return best;
}

function withFixedSign(v: Float64Array): Float64Array {
  let largest = 0;
  for (const x of v) if (Math.abs(x) > Math.abs(largest) * (1 + 1e-9)) largest = x;
  return largest < 0 ? v.map((x) => 0 - x) : v;
}

/** Eigenvalues, the largest first, and eigenvectors of a small symmetric matrix, by Jacobi's rotations. */
export function eigenSymmetric(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = matrix.map((_, i) => matrix.map((__, j) => (i === j ? 1 : 0)));
  const at = (m: number[][], i: number, j: number): number => m[i]?.[j] ?? 0;
  const set = (m: number[][], i: number, j: number, x: number): void => {
    const row = m[i];
    if (row !== undefined) row[j] = x;
  };
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let all = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        if (i === j) all += at(a, i, j) ** 2;
        else off += at(a, i, j) ** 2;
      }
    if (off <= 1e-30 * all || off === 0) break;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (at(a, p, q) === 0) continue;
        const theta = (at(a, q, q) - at(a, p, p)) / (2 * at(a, p, q));
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const [x, y] = [at(a, k, p), at(a, k, q)];
          set(a, k, p, c * x - s * y);
          set(a, k, q, s * x + c * y);
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [at(a, p, k), at(a, q, k)];
          set(a, p, k, c * x - s * y);
          set(a, q, k, s * x + c * y);
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [at(v, k, p), at(v, k, q)];
          set(v, k, p, c * x - s * y);
          set(v, k, q, s * x + c * y);
        }
      }
  }
  const order = matrix.map((_, i) => i).sort((i, j) => at(a, j, j) - at(a, i, i));
  return { values: order.map((i) => at(a, i, i)), vectors: order.map((i) => v.map((row) => row[i] ?? 0)) };
}
