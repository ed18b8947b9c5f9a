import type { Numbers } from '../case.ts';

/** x (rows, in), weight (out, in), bias (out) → (rows, out). */
export function linear(x: Numbers, weight: Numbers, bias: Numbers | undefined, width: number): Numbers {
  const out = weight.length / width;
  const y: Numbers = [];
  for (let r = 0; r < x.length / width; r++)
    for (let o = 0; o < out; o++) {
      let sum = bias?.[o] ?? 0;
      for (let k = 0; k < width; k++) sum += (x[r * width + k] as number) * (weight[o * width + k] as number);
      y.push(sum);
    }
  return y;
}

/** x (rows, width). */
export function layerNorm(x: Numbers, weight: Numbers, bias: Numbers, epsilon: number): Numbers {
  const width = weight.length;
  return rowsOf(x, width).flatMap((row) =>
    standardised(row, epsilon).map((value, k) => value * (weight[k] as number) + (bias[k] as number)),
  );
}

export function gelu(x: Numbers): Numbers {
  return x.map((value) => (value / 2) * (1 + erf(value / Math.SQRT2)));
}

/** erf(x) = 2/sqrt(pi) e^(-x²) Σ_n 2^n x^(2n+1) / (2n+1)!! (Abramowitz and Stegun 7.1.6): no term cancels another. */
function erf(x: number): number {
  // Beyond, it differs from ±1 by less than double precision shows.
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** qkv (batch·tokens, 3·width): softmax(q k^T / sqrt(w)) v for each head of width w, of those tokens that ask. */
export function attention(
  qkv: Numbers,
  batch: number,
  tokens: number,
  heads: number,
  queries: { readonly first: number; readonly count: number } = { first: 0, count: tokens },
): Numbers {
  const width = qkv.length / (batch * tokens * 3);
  const w = width / heads;
  const at = (b: number, n: number, part: number, h: number, k: number): number =>
    qkv[(b * tokens + n) * 3 * width + part * width + h * w + k] as number;
  const y = new Array<number>(batch * queries.count * width).fill(0);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let row = 0; row < queries.count; row++) {
        const n = queries.first + row;
        const scores: Numbers = [];
        for (let m = 0; m < tokens; m++) {
          let dot = 0;
          for (let k = 0; k < w; k++) dot += at(b, n, 0, h, k) * at(b, m, 1, h, k);
          scores.push(dot / Math.sqrt(w));
        }
        softmax(scores).forEach((p, m) => {
          for (let k = 0; k < w; k++) {
            const target = (b * queries.count + row) * width + h * w + k;
            y[target] = (y[target] as number) + p * at(b, m, 2, h, k);
          }
        });
      }
  return y;
}

export function softmax(row: Numbers): Numbers {
  const highest = row.reduce((a, b) => Math.max(a, b));
  const powers = row.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** (x − mean) / sqrt(variance + ε), the variance that of a whole population. */
export function standardised(x: Numbers, epsilon: number): Numbers {
  const mean = average(x);
  const deviation = Math.sqrt(variance(x) + epsilon);
  return x.map((value) => (value - mean) / deviation);
}

export function average(x: Numbers): number {
  let sum = 0;
  for (const value of x) sum += value;
  return sum / x.length;
}

export function variance(x: Numbers): number {
  const mean = average(x);
  let sum = 0;
  for (const value of x) sum += (value - mean) ** 2;
  return sum / x.length;
}

export function rowsOf(x: Numbers, width: number): Numbers[] {
  return Array.from({ length: x.length / width }, (_, r) => x.slice(r * width, (r + 1) * width));
}

/** (rows, columns) → (columns, rows). */
export function transposed(x: Numbers, columns: number): Numbers {
  const rows = x.length / columns;
  return Array.from(x, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)] as number);
}
