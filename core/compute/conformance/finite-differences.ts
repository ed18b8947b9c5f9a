import type { Random } from '../../base/random.ts';
import type { Numbers } from './case.ts';

/** In double precision the error of a central difference of this step is about 1e-10. */
const STEP = 1e-5;

/** Derivative of f in its argument `which`, at some positions, by central differences. */
export function partialDerivatives(
  f: (arrays: readonly Numbers[]) => number,
  arrays: readonly Numbers[],
  which: number,
  positions: readonly number[],
): Numbers {
  return positions.map((at) => derivativeAlong(f, arrays, which, new Map([[at, 1]])));
}

/** Derivative of f when its argument `which` moves along a direction, given by its values that are not zero. */
export function derivativeAlong(
  f: (arrays: readonly Numbers[]) => number,
  arrays: readonly Numbers[],
  which: number,
  direction: ReadonlyMap<number, number>,
): number {
  const moved = (step: number): number =>
    f(
      arrays.map((array, i) => {
        if (i !== which) return array;
        const changed = [...array];
        for (const [at, slope] of direction) changed[at] = (changed[at] ?? 0) + step * slope;
        return changed;
      }),
    );
  return (moved(STEP) - moved(-STEP)) / (2 * STEP);
}

/** All positions of an array where they are few, else some, the first and the last among them. */
export function somePositions(size: number, most: number, random: Random): number[] {
  if (size <= most) return Array.from({ length: size }, (_, i) => i);
  return [0, size - 1, ...Array.from({ length: most - 2 }, () => random.integer(1, size - 2))];
}

/** A direction of ±1: moving all values at once sees every one of them. */
export function signs(size: number, random: Random): Map<number, number> {
  return new Map(Array.from({ length: size }, (_, i) => [i, random.next() < 0.5 ? -1 : 1]));
}
