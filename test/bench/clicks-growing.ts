import type { Triple } from '../../core/imaging/index.ts';
import { connectedTo } from '../../core/inference/prompts/connected-to.ts';
import { voxelOf } from '../../core/inference/prompts/marks.ts';
import type { Click } from './clicks-simulator.ts';

/** Spreads of the values around the positive clicks that grown voxels may differ by, and how often both are taken anew (ITK's defaults). */
const SPREADS = 2.5;
const ROUNDS = 4;

/**
 * Plain region growing with the same clicks: values within some spreads of their mean around the positive clicks, mean and spread taken again
 * from what was grown (confidence connected, as in ITK); of that, where there are negative clicks too, what is nearer to a positive one, as
 * growing from seeds has it, by the way inside that changes the value least.
 */
export function regionGrowing(values: Float32Array, dims: Triple, clicks: readonly Click[]): Uint8Array {
  const positive = clicks.filter((click) => click.positive).map(({ voxel }) => voxel);
  if (positive.length === 0) return new Uint8Array(values.length);
  let grown = new Uint8Array(values.length);
  for (const voxel of positive) for (const near of around(voxel, dims)) grown[near] = 1;
  for (let round = 0; round < ROUNDS; round++) {
    let [count, sum, squares] = [0, 0, 0];
    for (let v = 0; v < grown.length; v++) {
      if (grown[v] === 0) continue;
      const value = values[v] as number;
      count++;
      sum += value;
      squares += value * value;
    }
    const mean = sum / count;
    const most = SPREADS * Math.sqrt(Math.max(0, squares / count - mean * mean));
    const fits = new Uint8Array(values.length);
    for (let v = 0; v < fits.length; v++) if (Math.abs((values[v] as number) - mean) <= most) fits[v] = 1;
    grown = Uint8Array.from(connectedTo(positive, fits, dims));
  }
  const result = clicks.length > positive.length ? nearerToPositive(values, dims, clicks, grown) : grown;
  for (const { voxel, positive: inside } of clicks) result[voxel] = inside ? 1 : 0;
  return result;
}

function around(voxel: number, dims: Triple): number[] {
  const [i, j, k] = voxelOf(voxel, dims);
  const found: number[] = [];
  for (const c of [-1, 0, 1])
    for (const b of [-1, 0, 1])
      for (const a of [-1, 0, 1]) {
        const [x, y, z] = [i + a, j + b, k + c];
        if (x >= 0 && y >= 0 && z >= 0 && x < dims[0] && y < dims[1] && z < dims[2]) found.push(x + dims[0] * (y + dims[1] * z));
      }
  return found;
}

const LEVELS = 4096;
const bucketOf = (cost: number): number => Math.min(LEVELS - 1, Math.floor(cost * 20));

/** Dijkstra from all clicks at once over buckets of cost; a step costs a little and what the value changes. */
function nearerToPositive(values: Float32Array, [nx, ny, nz]: Triple, clicks: readonly Click[], among: Uint8Array): Uint8Array {
  const owner = new Int8Array(values.length);
  const buckets: number[][] = Array.from({ length: LEVELS }, () => []);
  // In double precision: rounded costs would make a way look shorter than itself, again and again.
  const cost = new Float64Array(values.length).fill(Infinity);
  for (const { voxel, positive } of clicks) {
    cost[voxel] = 0;
    owner[voxel] = positive ? 1 : -1;
    buckets[0]?.push(voxel);
  }
  const plane = nx * ny;
  const enter = (u: number, from: number, own: number): void => {
    if (among[u] === 0) return;
    const there = own + 0.05 + Math.abs((values[u] as number) - (values[from] as number));
    if (there >= (cost[u] as number)) return;
    cost[u] = there;
    owner[u] = owner[from] as number;
    buckets[bucketOf(there)]?.push(u);
  };
  for (let level = 0; level < LEVELS; level++) {
    const bucket = buckets[level] ?? [];
    for (let v = bucket.pop(); v !== undefined; v = bucket.pop()) {
      const own = cost[v] as number;
      if (bucketOf(own) < level) continue;
      const [i, j, k] = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / plane)];
      if (i > 0) enter(v - 1, v, own);
      if (i < nx - 1) enter(v + 1, v, own);
      if (j > 0) enter(v - nx, v, own);
      if (j < ny - 1) enter(v + nx, v, own);
      if (k > 0) enter(v - plane, v, own);
      if (k < nz - 1) enter(v + plane, v, own);
    }
  }
  return among.map((inside, v) => (inside === 1 && owner[v] === 1 ? 1 : 0));
}
