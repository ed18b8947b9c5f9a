import type { Triple } from '../../imaging/index.ts';

/** Of some voxels those that hang together, over faces, with given ones, and these. */
export function connectedTo(from: readonly number[], among: Uint8Array, [nx, ny, nz]: Triple): Uint8Array {
  const reached = new Uint8Array(among.length);
  const waiting: number[] = [];
  const reach = (v: number): void => {
    reached[v] = 1;
    waiting.push(v);
  };
  for (const v of from) if (reached[v] === 0) reach(v);
  const plane = nx * ny;
  const enter = (v: number): void => {
    if (among[v] === 1 && reached[v] === 0) reach(v);
  };
  for (let v = waiting.pop(); v !== undefined; v = waiting.pop()) {
    const [i, j, k] = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / plane)];
    if (i > 0) enter(v - 1);
    if (i < nx - 1) enter(v + 1);
    if (j > 0) enter(v - nx);
    if (j < ny - 1) enter(v + nx);
    if (k > 0) enter(v - plane);
    if (k < nz - 1) enter(v + plane);
  }
  return reached;
}
