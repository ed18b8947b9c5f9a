import type { SplitShares } from '../api/types.ts';

/** Whole per cents; what neither validates nor tests trains. */
export interface Held {
  readonly validation: number;
  readonly test: number;
}

/** Per cent that train at least. */
export const LEAST_TRAINING = 5;
const MOST = 100 - LEAST_TRAINING;

/** Of 1 together. */
export function sharesOf({ validation, test }: Held): SplitShares {
  return { training: (100 - validation - test) / 100, validation: validation / 100, test: test / 100 };
}

/** With one share moved; the other gives way where too little would be left to train. */
export function withShare(held: Held, part: keyof Held, wanted: number): Held {
  const value = Math.min(MOST, Math.max(0, wanted));
  return part === 'validation'
    ? { validation: value, test: Math.min(held.test, MOST - value) }
    : { test: value, validation: Math.min(held.validation, MOST - value) };
}
