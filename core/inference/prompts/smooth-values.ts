import type { WorkingGrid } from './working-grid.ts';

/** A step so much longer than the shortest is not smoothed along. */
const LONG = 2.5;

/** Values weighted 1 : 2 : 1 with their neighbours along each axis: what noise there is matters less. */
export function smoothValues({ values, dims, spacing }: WorkingGrid): Float32Array {
  const shortest = Math.min(...spacing);
  let from = values;
  let step = 1;
  for (const axis of [0, 1, 2] as const) {
    if (dims[axis] > 1 && spacing[axis] <= LONG * shortest) from = along(from, step, dims[axis]);
    step *= dims[axis];
  }
  return from;
}

function along(from: Float32Array, step: number, n: number): Float32Array {
  const to = new Float32Array(from.length);
  for (let first = 0; first < from.length; first += step * n)
    for (let at = 0; at < n; at++)
      for (let v = first + at * step, end = v + step; v < end; v++) {
        const own = from[v] as number;
        const before = at > 0 ? (from[v - step] as number) : own;
        const after = at < n - 1 ? (from[v + step] as number) : own;
        to[v] = 0.5 * own + 0.25 * (before + after);
      }
  return to;
}
