import { type SliceValues } from './slice-values.ts';

/** What a line through the voxels of a slice costs, so that the cheapest one lies on edges (0 to {@link NODE_COST} and {@link TURN_COST}). */
export interface EdgeCosts {
  /** Of each voxel: little where the scan's values change most. */
  readonly node: Uint8Array;
  /** Direction of the edge at each voxel, across the gradient in millimetres; a full turn is 256. */
  readonly direction: Uint8Array;
}

// The weights of Mortensen & Barrett, "Intelligent scissors for image composition" (1995): zero-crossing of the Laplacian 0.43, gradient
// direction 0.43, gradient magnitude 0.14; in 255ths.
const ZERO_CROSSING = 110;
const MAGNITUDE = 35;
export const NODE_COST = ZERO_CROSSING + MAGNITUDE;
export const TURN_COST = 110;

/** Features of a slice for the live wire, from its values smoothed over 3 x 3 voxels. */
export function edgeCosts({ width, height, values, spacing: [dx, dy] }: SliceValues): EdgeCosts {
  const smooth = smoothed(values, width, height);
  const [magnitude, laplacian] = [new Float32Array(values.length), new Float32Array(values.length)];
  const direction = new Uint8Array(values.length);
  for (let y = 0, n = 0; y < height; y++) {
    const [up, down] = [y > 0 ? width : 0, y < height - 1 ? width : 0];
    for (let x = 0; x < width; x++, n++) {
      const [left, right] = [x > 0 ? 1 : 0, x < width - 1 ? 1 : 0];
      const here = smooth[n] as number;
      const [west, east] = [smooth[n - left] as number, smooth[n + right] as number];
      const [north, south] = [smooth[n - up] as number, smooth[n + down] as number];
      const [gx, gy] = [(east - west) / dx, (south - north) / dy];
      magnitude[n] = Math.hypot(gx, gy);
      laplacian[n] = (east + west - 2 * here) / (dx * dx) + (north + south - 2 * here) / (dy * dy);
      direction[n] = Math.round((Math.atan2(-gx, gy) / (2 * Math.PI)) * 256) & 255;
    }
  }
  const strong = strongGradient(magnitude);
  const node = new Uint8Array(values.length);
  for (let n = 0; n < node.length; n++) {
    const faint = 1 - Math.min(1, (magnitude[n] as number) / strong);
    node[n] = Math.round(MAGNITUDE * faint) + (isZeroCrossing(laplacian, n, width) ? 0 : ZERO_CROSSING);
  }
  return { node, direction };
}

/** Whether the Laplacian changes its sign towards a neighbour that is further from zero. */
function isZeroCrossing(laplacian: Float32Array, n: number, width: number): boolean {
  const here = laplacian[n] as number;
  if (here === 0) return false;
  const changes = (other: number): boolean => {
    const there = laplacian[other];
    return there !== undefined && here * there < 0 && Math.abs(here) <= Math.abs(there);
  };
  const x = n % width;
  return (x > 0 && changes(n - 1)) || (x < width - 1 && changes(n + 1)) || changes(n - width) || changes(n + width);
}

/** The gradient that counts as a full edge: 19 of 20 voxels of the slice have less. Metal would make all other edges faint. */
function strongGradient(magnitude: Float32Array): number {
  const sorted = magnitude.slice().sort();
  return Math.max(sorted[Math.floor(0.95 * (sorted.length - 1))] as number, (sorted.at(-1) as number) / 100) || 1;
}

/** Weighted 1 2 1 along both sides; the border repeats. */
function smoothed(values: Float32Array, width: number, height: number): Float32Array {
  const rows = new Float32Array(values.length);
  const out = new Float32Array(values.length);
  for (let n = 0; n < values.length; n++) {
    const x = n % width;
    rows[n] = ((values[n - (x > 0 ? 1 : 0)] as number) + 2 * (values[n] as number) + (values[n + (x < width - 1 ? 1 : 0)] as number)) / 4;
  }
  const last = values.length - width;
  for (let n = 0; n < values.length; n++) {
    const [up, down] = [n >= width ? n - width : n, n < last && height > 1 ? n + width : n];
    out[n] = ((rows[up] as number) + 2 * (rows[n] as number) + (rows[down] as number)) / 4;
  }
  return out;
}
