import { indexToPoint, type Geometry, type PointLPS } from '../scene/index.ts';

/** A region where a model was unsure. */
export interface UncertainPlace {
  /** Its most uncertain voxel. */
  readonly point: PointLPS;
  /** Mean entropy of the region, 0 to 1 of the largest there can be. */
  readonly mean: number;
}

/** Regions are cubes of about so many millimetres a side: larger than the rim of one voxel that every organ has. */
const SIDE = 8;
/** Regions that are surer than this are nothing to look at. */
const LEAST = 0.05;
const MOST_PLACES = 100;
/** Work is put down this often, in ms, so that the page goes on answering. */
const BREATH = 8;

/**
 * Where a model was unsure, the most uncertain first, no two side by side.
 * @param entropy a byte a voxel, i fastest; 255 is the largest there can be
 * @param signal ends the work: undefined then
 * @param least mean entropy of a region worth looking at
 */
export async function uncertainPlaces(
  geometry: Geometry,
  entropy: Uint8Array,
  signal: AbortSignal,
  least = LEAST,
): Promise<readonly UncertainPlace[] | undefined> {
  const { dims, spacing } = geometry;
  const [sx, sy, sz] = spacing.map((mm) => Math.max(1, Math.round(SIDE / mm))) as [number, number, number];
  const [cx, cy, cz] = [Math.ceil(dims[0] / sx), Math.ceil(dims[1] / sy), Math.ceil(dims[2] / sz)];
  const sums = new Float64Array(cx * cy * cz);
  const peaks = new Int32Array(cx * cy * cz).fill(-1);
  let began = performance.now();
  for (let k = 0, at = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      const row = cx * (Math.floor(j / sy) + cy * Math.floor(k / sz));
      for (let i = 0; i < dims[0]; i++, at++) {
        const value = entropy[at] as number;
        if (value === 0) continue;
        const cube = row + Math.floor(i / sx);
        sums[cube] = (sums[cube] as number) + value;
        const peak = peaks[cube] as number;
        if (peak < 0 || value > (entropy[peak] as number)) peaks[cube] = at;
      }
    }
    if (performance.now() - began < BREATH) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return undefined;
    began = performance.now();
  }
  if (signal.aborted) return undefined;
  const scale = 1 / (255 * sx * sy * sz);
  const unsure = [...sums.keys()].filter((cube) => (sums[cube] as number) * scale >= least);
  unsure.sort((a, b) => (sums[b] as number) - (sums[a] as number));
  const taken = new Set<number>();
  const places: UncertainPlace[] = [];
  for (const cube of unsure) {
    if (places.length === MOST_PLACES) break;
    if (taken.has(cube)) continue;
    const [x, y] = [cube % cx, Math.floor(cube / cx) % cy];
    for (let dz = -1; dz <= 1; dz++)
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++)
          if (x + dx >= 0 && x + dx < cx && y + dy >= 0 && y + dy < cy) taken.add(cube + dx + cx * (dy + cy * dz));
    const peak = peaks[cube] as number;
    const voxel = [peak % dims[0], Math.floor(peak / dims[0]) % dims[1], Math.floor(peak / (dims[0] * dims[1]))] as const;
    places.push({ point: indexToPoint(geometry, voxel), mean: (sums[cube] as number) * scale });
  }
  return places;
}
