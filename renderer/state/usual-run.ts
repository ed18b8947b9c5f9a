import type { ScanSummary } from '../api/types.ts';
import type { RunKind } from './run-form.svelte.ts';

type Scan = Pick<ScanSummary, 'modality' | 'spacing' | 'dims'>;

/** Voxels so many times as long, or as short, as usual show other things to a network. */
const MOST_RATIO = 2.5;
/** Along each axis, of a crop: the recipe for such is made for about 50. */
const CROP_VOXELS = 64;
const SHORTEST_MINUTES = 2;
const LONGEST_MINUTES = 60;
const VOXELS_A_MINUTE = 1e6;

/** Those of the commonest kind with voxels of about the usual size: what a run is offered to learn from at first. */
export function alike<T extends Scan>(scans: readonly T[]): T[] {
  const kinds = new Map<string | undefined, T[]>();
  for (const scan of scans) {
    const others = kinds.get(scan.modality);
    if (others) others.push(scan);
    else kinds.set(scan.modality, [scan]);
  }
  const [commonest = []] = [...kinds.values()].sort((a, b) => b.length - a.length);
  const usual = ([0, 1, 2] as const).map((axis) => {
    const sorted = commonest.map(({ spacing }) => spacing[axis]).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? 1;
  });
  return commonest.filter(({ spacing }) =>
    spacing.every((length, axis) => Math.max(length / (usual[axis] as number), (usual[axis] as number) / length) <= MOST_RATIO),
  );
}

/** Name of the recipe for such scans; empty for none. */
export function usualRecipe(kind: RunKind, scans: readonly Scan[]): string {
  const areCrops = scans.length > 0 && scans.every(({ modality, dims }) => modality !== 'CT' && dims.every((n) => n <= CROP_VOXELS));
  if (areCrops) return 'hippocampus';
  return kind === 'pretrain' ? 'laptop' : '';
}

/** More scans, and larger ones, deserve more time. */
export function usualMinutes(scans: readonly Scan[]): number {
  const voxels = scans.reduce((sum, { dims }) => sum + dims[0] * dims[1] * dims[2], 0);
  return Math.min(LONGEST_MINUTES, Math.max(SHORTEST_MINUTES, Math.ceil(voxels / VOXELS_A_MINUTE)));
}
