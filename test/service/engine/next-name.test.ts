import { expect, it } from 'vitest';
import { LONGEST_NAME } from '../../../core/service/api/training.ts';
import { nextName } from '../../../core/service/engine/improving/next-name.ts';

const now = new Date('2026-11-22T07:00:30Z');

it('a model that is improved again and again has one time in its name', () => {
  expect(nextName('Liver', now)).toBe('Liver 2026-11-22 07:00');
  expect(nextName('Liver 2026-11-20 10:00', now)).toBe('Liver 2026-11-22 07:00');
  // As names grew once.
  expect(nextName('Liver 2026-11-19 09:30 2026-11-20 10:00', now)).toBe('Liver 2026-11-22 07:00');
  expect(nextName('Liver 2026-11-20', now)).toBe('Liver 2026-11-20 2026-11-22 07:00');
});

it('a long name makes room for the time', () => {
  const name = nextName('a'.repeat(LONGEST_NAME), now);
  expect(name).toHaveLength(LONGEST_NAME);
  expect(name).toMatch(/^a+ 2026-11-22 07:00$/);
});
