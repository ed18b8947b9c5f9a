import type { Triple } from '../imaging/volume.ts';
import type { Axis } from './rules.ts';

/** A triple with one axis and the last in each other's place. */
export function swapped(triple: Triple, axis: Axis): Triple {
  const [a, b, c] = triple;
  return axis === 0 ? [c, b, a] : axis === 1 ? [a, c, b] : triple;
}

/**
 * The values with one axis and the last in each other's place, so that slices across that axis lie one after the other. Doing it again undoes
 * it (with the swapped dims).
 * @param values dims[0]·dims[1]·dims[2], i fastest; itself when `axis` is the last
 */
export function swapAxes(values: Uint8Array, dims: Triple, axis: Axis): Uint8Array {
  if (axis === 2) return values;
  const [nx, ny, nz] = dims;
  const out = new Uint8Array(values.length);
  const [sx, sy, sz] = axis === 0 ? [ny * nz, nz, 1] : [1, nx * nz, nx];
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) for (let i = 0, to = j * sy + k * sz; i < nx; i++, to += sx) out[to] = values[at++] as number;
  return out;
}
