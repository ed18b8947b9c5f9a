import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface StepFixture {
  readonly scans: number;
  readonly antiCollapse: 'none' | 'standardise';
  readonly reconstructionGlobal: number;
  readonly reconstructionLocal: number;
  readonly consistency: number;
  readonly total: number;
  readonly gradientNorm: number;
  readonly clip: number;
  readonly gradients: Readonly<Record<string, { readonly norm: number; readonly first: readonly number[] }>>;
  readonly moved: Readonly<Record<string, readonly number[]>>;
  readonly teacher: Readonly<Record<string, readonly number[]>>;
}

export interface Fixtures {
  readonly provenance: string;
  readonly steps: readonly StepFixture[];
  readonly resizing: readonly {
    readonly box: readonly [number, number, number];
    readonly size: readonly [number, number, number];
    readonly how: string;
    readonly values: readonly number[];
  }[];
  readonly adamw: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly steps: readonly (readonly number[])[];
  };
}

/** What make_fixtures.py wrote. */
export const fixtures = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures.json'), 'utf8')) as Fixtures;

/** scale·sin(a k² + b) for k = 0..n−1, as make_fixtures.py has it. */
export function wave(n: number, a: number, b: number, scale: number): Float32Array {
  return Float32Array.from({ length: n }, (_, k) => scale * Math.sin(a * k * k + b));
}

/** The largest |actual − expected| over the largest |expected| (at least `floor`). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 0): number {
  let worst = 0;
  let largest = floor;
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i] ?? Number.NaN;
    const difference = Math.abs((actual[i] ?? Number.NaN) - e);
    worst = Number.isNaN(difference) ? Number.NaN : Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(e));
  }
  return actual.length < expected.length ? Number.NaN : worst / largest;
}
