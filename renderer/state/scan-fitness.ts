import type { ScanSummary } from '../api/types.ts';

export type Unfitness = 'test' | 'noLabels' | 'thin';
/** Fewer voxels along an axis are no volume to learn from; as the host's check before a run. */
const FEWEST_VOXELS = 3;

/** Why a scan cannot be learned from, as far as the list of scans tells; null for one that can. */
export function unfitness({ split, layers, dims }: ScanSummary, kind: 'pretrain' | 'finetune'): Unfitness | null {
  if (split === 'test') return 'test';
  if (dims.some((n) => n < FEWEST_VOXELS)) return 'thin';
  return kind === 'finetune' && layers === 0 ? 'noLabels' : null;
}
