import type { ScanFeatures } from '../scan-features.ts';

/** One vector for a scan: the mean over its patches of what the encoder says of them. */
export function embeddingOf({ features, width }: Pick<ScanFeatures, 'features' | 'width'>): Float32Array {
  const sum = new Float64Array(width);
  for (let at = 0; at < features.length; at++) sum[at % width] = (sum[at % width] as number) + (features[at] as number);
  const patches = Math.max(1, features.length / width);
  return Float32Array.from(sum, (value) => value / patches);
}

export interface Standardised {
  readonly points: readonly (Float32Array | undefined)[];
  readonly others: readonly Float32Array[];
  readonly mean: Float32Array;
}

/**
 * Embeddings with every feature brought to mean 0 and deviation 1 over all of them: a few features of a transformer are many times as large as
 * the others and would be all that a distance sees. Those of another width are left out.
 */
export function standardised(points: readonly (Float32Array | undefined)[], others: readonly Float32Array[]): Standardised {
  const width = points.find((point) => point !== undefined)?.length ?? 0;
  const fits = (point: Float32Array | undefined): point is Float32Array => point?.length === width;
  const all = [...points, ...others].filter(fits);
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  for (const point of all)
    for (let f = 0; f < width; f++) {
      const value = point[f] as number;
      mean[f] = (mean[f] as number) + value / all.length;
      square[f] = (square[f] as number) + (value * value) / all.length;
    }
  const scale = Float64Array.from(mean, (m, f) => {
    const variance = (square[f] as number) - m * m;
    // What is the same in all scans tells none apart.
    return variance > 1e-12 * (1 + m * m) ? 1 / Math.sqrt(variance) : 0;
  });
  const place = (point: Float32Array): Float32Array => point.map((value, f) => (value - (mean[f] as number)) * (scale[f] as number));
  return {
    points: points.map((point) => (fits(point) ? place(point) : undefined)),
    others: others.filter(fits).map(place),
    mean: new Float32Array(width),
  };
}

/** The distance of each point to the nearest of `others`, as the root mean square over features; infinite for a point that is missing. */
export function distancesTo(points: readonly (Float32Array | undefined)[], others: readonly Float32Array[]): Float64Array {
  return Float64Array.from(points, (point) => {
    if (point === undefined) return Infinity;
    let nearest = Infinity;
    for (const other of others) nearest = Math.min(nearest, squares(point, other));
    return Math.sqrt(nearest / Math.max(1, point.length));
  });
}

function squares(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let f = 0; f < a.length; f++) {
    const difference = (a[f] as number) - (b[f] as number);
    sum += difference * difference;
  }
  return sum;
}
