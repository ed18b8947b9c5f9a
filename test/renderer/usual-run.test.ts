import { describe, expect, it } from 'vitest';
import type { ScanSummary } from '../../renderer/api/types.ts';
import { alike, usualMinutes, usualRecipe } from '../../renderer/state/usual-run.ts';

type Scan = Pick<ScanSummary, 'modality' | 'spacing' | 'dims'>;
/** As the bundled scans are. */
const crop: Scan = { dims: [36, 46, 43], spacing: [1, 1, 1] };
const abdomen: Scan = { dims: [122, 101, 30], spacing: [3, 3, 3] };
const ct: Scan = { modality: 'CT', dims: [512, 512, 100], spacing: [0.8, 0.8, 2.5] };

describe('what a run is described with at first', () => {
  it('is made of scans that are alike', () => {
    const crops = Array.from({ length: 10 }, () => ({ ...crop }));
    expect(alike([abdomen, ...crops])).toEqual(crops);
    expect(alike([ct, { ...ct, spacing: [0.7, 0.7, 5] }, { ...crop, modality: 'MR' }])).toHaveLength(2);
    expect(alike([])).toEqual([]);
  });

  it('has a recipe that fits them', () => {
    expect(usualRecipe('pretrain', [crop])).toBe('hippocampus');
    expect(usualRecipe('finetune', [crop])).toBe('hippocampus');
    expect(usualRecipe('pretrain', [crop, abdomen])).toBe('laptop');
    expect(usualRecipe('pretrain', [{ ...crop, modality: 'CT' }])).toBe('laptop');
    expect(usualRecipe('finetune', [ct])).toBe('');
    expect(usualRecipe('pretrain', [])).toBe('laptop');
  });

  it('takes minutes for the bundled crops, and an hour at most', () => {
    expect(usualMinutes(Array.from({ length: 10 }, () => crop))).toBe(2);
    expect(usualMinutes([ct])).toBe(27);
    expect(usualMinutes([ct, ct, ct])).toBe(60);
  });
});
