import { describe, expect, it } from 'vitest';
import type { ScanSummary } from '../../renderer/api/types.ts';
import { unfitness } from '../../renderer/state/scan-fitness.ts';

const scan: ScanSummary = {
  id: 'aaaaaaaa',
  title: 'a scan',
  format: 'NIfTI-1',
  dims: [10, 10, 10],
  spacing: [1, 1, 1],
  orientation: 'LPS',
  storedType: 'int16',
  bytes: 2000,
  added: '2026-01-01T00:00:00Z',
  findings: [],
  layers: 0,
  removed: false,
};

describe('a scan', () => {
  it('says why it cannot be learned from', () => {
    expect(unfitness(scan, 'pretrain')).toBeNull();
    expect(unfitness(scan, 'finetune')).toBe('noLabels');
    expect(unfitness({ ...scan, layers: 1 }, 'finetune')).toBeNull();
    expect(unfitness({ ...scan, split: 'test' }, 'pretrain')).toBe('test');
    expect(unfitness({ ...scan, dims: [10, 10, 2] }, 'pretrain')).toBe('thin');
  });
});
