import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDate,
  formatDims,
  formatMillilitres,
  formatPercent,
  formatSpacing,
  formatValue,
  readableName,
} from '../../renderer/state/format.ts';

describe('numbers as people read them', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [157_286_400, '157 MB'],
    [999_600, '1.0 MB'],
    [2_500_000_000, '2.5 GB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes, 'en')).toBe(text);
  });

  it('follow the language', () => {
    expect(formatSpacing([0.78125, 0.78125, 5], 'en')).toBe('0.781 × 0.781 × 5 mm');
    expect(formatSpacing([0.78125, 0.78125, 5], 'de')).toBe('0,781 × 0,781 × 5 mm');
    expect(formatMillilitres(1123.4, 'de')).toBe('1.123 ml');
    expect(formatPercent(0.75, 'en')).toBe('75%');
  });

  it('have as many figures as the value deserves', () => {
    expect([0.0312, 4.7, 48.26, 420.4].map((ml) => formatMillilitres(ml, 'en'))).toEqual(['0.03 ml', '4.70 ml', '48.3 ml', '420 ml']);
    expect([-1024, 0.123456, 3000.7].map((value) => formatValue(value, 'en'))).toEqual(['-1,024', '0.1235', '3,001']);
    expect(formatDims([512, 512, 300])).toBe('512 × 512 × 300');
  });

  it('leave a date alone that is none', () => {
    expect(formatDate('soon', 'en')).toBe('soon');
  });

  it('and names', () => {
    expect(readableName('kidney_left')).toBe('Kidney left');
    expect(readableName('')).toBe('');
  });
});
