import type { PreparedScan } from './prepare.ts';
import type { Triple } from './volume.ts';

/** A box of a prepared scan that may reach beyond it, with 0 outside. @returns (C, s0, s1, s2), last axis fastest */
export function cropOf(scan: PreparedScan, corner: Triple, size: Triple): Float32Array {
  return copyBox(scan.values, scan.channels, scan.dims, corner, size, new Float32Array(scan.channels * size[0] * size[1] * size[2]));
}

/** Copies a box that may reach beyond the source, whose outside counts as what `to` already holds. */
export function copyBox<T extends Float32Array | Uint8Array | Int32Array>(
  from: ArrayLike<number> & { subarray(a: number, b: number): ArrayLike<number> },
  channels: number,
  dims: Triple,
  corner: Triple,
  size: Triple,
  to: T,
): T {
  const [n0, n1, n2] = dims;
  const k0 = Math.max(0, -corner[2]);
  const k1 = Math.min(size[2], n2 - corner[2]);
  if (k0 >= k1) return to;
  for (let c = 0; c < channels; c++)
    for (let a = 0; a < size[0]; a++) {
      const i = corner[0] + a;
      if (i < 0 || i >= n0) continue;
      for (let b = 0; b < size[1]; b++) {
        const j = corner[1] + b;
        if (j < 0 || j >= n1) continue;
        const row = ((c * n0 + i) * n1 + j) * n2 + corner[2];
        to.set(from.subarray(row + k0, row + k1), ((c * size[0] + a) * size[1] + b) * size[2] + k0);
      }
    }
  return to;
}
