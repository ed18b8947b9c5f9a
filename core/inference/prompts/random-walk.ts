import type { WorkingGrid } from './working-grid.ts';

/** How fast a walker's way is barred by a step between values, in spreads of the scan: exp(−BARRIER·step²). */
const BARRIER = 20;
/** What is left of a way across any border. */
const LEAST_WAY = 1e-3;
/** Chance of a walker to end where it stands and believe what is said there. */
const TRUST = 0.033;
/** Steepness of that belief: 1 / (1 + exp(−STEEPNESS·said)). */
const STEEPNESS = 3.9;
const SWEEPS = 24;

/**
 * Chance that a random walker from each voxel, which crosses borders of the scan unwillingly, ends in the structure (random walks with priors,
 * Grady 2005): what was said of each voxel, drawn to the borders that the values show. Gauss-Seidel, forwards and backwards in turn.
 * @param fixed 1 in the structure, −1 outside it, 0 unknown
 */
export function randomWalk(grid: WorkingGrid, said: Float32Array, fixed: Int8Array): Float32Array {
  const n = said.length;
  const [nx, ny] = grid.dims;
  const belief = said.map((s) => 1 / (1 + Math.exp(-STEEPNESS * s)));
  const chance = belief.map((b, v) => (fixed[v] === 0 ? b : fixed[v] === 1 ? 1 : 0));
  const [alongI, alongJ, alongK] = [waysAlong(grid, 0), waysAlong(grid, 1), waysAlong(grid, 2)];
  const plane = nx * ny;
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let step = 0; step < n; step++) {
      const v = sweep % 2 === 0 ? step : n - 1 - step;
      if (fixed[v] !== 0) continue;
      // A way is 0 at the end of a line, so that no walker leaves the grid or goes on in the next line.
      const [right, back, up] = [alongI[v] as number, alongJ[v] as number, alongK[v] as number];
      const left = v >= 1 ? (alongI[v - 1] as number) : 0;
      const front = v >= nx ? (alongJ[v - nx] as number) : 0;
      const down = v >= plane ? (alongK[v - plane] as number) : 0;
      let sum = TRUST * (belief[v] as number);
      if (right > 0) sum += right * (chance[v + 1] as number);
      if (left > 0) sum += left * (chance[v - 1] as number);
      if (back > 0) sum += back * (chance[v + nx] as number);
      if (front > 0) sum += front * (chance[v - nx] as number);
      if (up > 0) sum += up * (chance[v + plane] as number);
      if (down > 0) sum += down * (chance[v - plane] as number);
      chance[v] = sum / (TRUST + right + left + back + front + up + down);
    }
  return chance;
}

/** The way from each voxel to the next along an axis; shorter steps are easier. */
function waysAlong({ dims, spacing, values }: WorkingGrid, axis: 0 | 1 | 2): Float32Array {
  const step = axis === 0 ? 1 : axis === 1 ? dims[0] : dims[0] * dims[1];
  const ease = (Math.min(...spacing) / spacing[axis]) ** 2;
  const ways = new Float32Array(values.length);
  for (let v = 0; v < ways.length; v++) {
    if (Math.floor(v / step) % dims[axis] === dims[axis] - 1) continue;
    const difference = (values[v + step] as number) - (values[v] as number);
    ways[v] = ease * (Math.exp(-BARRIER * difference * difference) + LEAST_WAY);
  }
  return ways;
}
