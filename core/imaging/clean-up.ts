import { connectedComponents, type Connectivity } from './components.ts';
import { voxelVolume } from './geometry.ts';
import type { Geometry } from './volume.ts';

export interface CleanUp {
  /** Labels of which only the largest component stays (of equally large ones the first), or all of them. */
  readonly keepLargest?: 'all' | readonly number[];
  /** Components smaller than this are removed, of every label. */
  readonly removeSmallerThanMl?: number;
  /** 26 unless given. */
  readonly connectivity?: Connectivity;
}

/** What was removed of one label. */
export interface Removed {
  readonly label: number;
  readonly components: number;
  readonly ml: number;
}

/** Turns what is to be removed of a label map into background (0), in place. */
export function cleanUp(labels: Uint8Array | Uint16Array, geometry: Geometry, options: CleanUp): Removed[] {
  const { keepLargest = [], removeSmallerThanMl = 0, connectivity = 26 } = options;
  if (keepLargest !== 'all' && keepLargest.length === 0 && removeSmallerThanMl === 0) return [];
  const components = connectedComponents(labels, geometry.dims, connectivity);
  const { label, voxels } = components;
  const largest = new Map<number, number>();
  label.forEach((value, c) => {
    const best = largest.get(value);
    if (best === undefined || (voxels[c] as number) > (voxels[best] as number)) largest.set(value, c);
  });
  const ml = voxelVolume(geometry) / 1000;
  // Volumes in millilitres are products of rounded spacings: a component of exactly the limit stays.
  const fewest = (removeSmallerThanMl / ml) * (1 - 1e-9);
  const goes = Array.from(label, (value, c) => {
    const onlyLargest = keepLargest === 'all' || keepLargest.includes(value);
    return (onlyLargest && largest.get(value) !== c) || (voxels[c] as number) < fewest;
  });
  components.eachRun((component, begin, end) => {
    if (goes[component] === true) labels.fill(0, begin, end);
  });
  return [...largest.keys()]
    .sort((a, b) => a - b)
    .map((value) => {
      const removed = goes.flatMap((gone, c) => (gone && label[c] === value ? [voxels[c] as number] : []));
      return { label: value, components: removed.length, ml: removed.reduce((sum, n) => sum + n, 0) * ml };
    })
    .filter((removed) => removed.components > 0);
}
