import type { Triple } from '../imaging/index.ts';

export type Axes = readonly [boolean, boolean, boolean];

/** The eight ways to mirror a volume, the first of them none. */
export const mirrorAxes: readonly Axes[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => [(bits & 4) !== 0, (bits & 2) !== 0, (bits & 1) !== 0]);

/** A crop (C, s0, s1, s2) reversed along some axes; the crop itself when there is none. */
export function reversed(crop: Float32Array, [s0, s1, s2]: Triple, [m0, m1, m2]: Axes): Float32Array {
  if (!m0 && !m1 && !m2) return crop;
  const out = new Float32Array(crop.length);
  for (let base = 0; base < crop.length; base += s0 * s1 * s2)
    for (let a = 0; a < s0; a++)
      for (let b = 0; b < s1; b++) {
        const from = base + ((m0 ? s0 - 1 - a : a) * s1 + (m1 ? s1 - 1 - b : b)) * s2;
        const row = out.subarray(base + (a * s1 + b) * s2, base + (a * s1 + b + 1) * s2);
        row.set(crop.subarray(from, from + s2));
        if (m2) row.reverse();
      }
  return out;
}
