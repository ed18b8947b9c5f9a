import { seededRandom, type Random } from '../../base/random.ts';
import type { Shape, Tensor } from '../tensor.ts';
import { sizeOf } from '../tensor.ts';

/** Row-major values in double precision. */
export type Numbers = number[];

/** How one input of a case is made. Gradients are checked for the variables. */
export interface Input {
  readonly shape: Shape;
  readonly kind: 'variable' | 'constant' | 'integer';
  readonly values: (random: Random) => Numbers;
}

/** One operation in one variant: what computes it, and its definition written as plainly as possible. */
export interface Case {
  readonly name: string;
  readonly inputs: readonly Input[];
  /** Values of the inputs, always the same ones, exact in single precision. */
  readonly given: readonly Numbers[];
  run(tensors: readonly Tensor[]): Tensor;
  reference(arrays: readonly Numbers[]): Numbers;
}

type Each<Inputs, T> = { [Index in keyof Inputs]: T };

export function defineCase<const Inputs extends readonly Input[]>(
  name: string,
  inputs: Inputs,
  run: (...tensors: Each<Inputs, Tensor>) => Tensor,
  reference: (...arrays: Each<Inputs, Numbers>) => Numbers,
): Case {
  let given: readonly Numbers[] | undefined;
  return {
    name,
    inputs,
    // Drawn when a check asks: every program loads the cases, few run them.
    get given() {
      const random = seededRandom(1).fork(name);
      return (given ??= inputs.map((input) => input.values(random).map(Math.fround)));
    },
    run: (tensors) => run(...(tensors as Each<Inputs, Tensor>)),
    reference: (arrays) => reference(...(arrays as Each<Inputs, Numbers>)),
  };
}

/** Standard normal values. */
export function variable(...shape: Shape): Input {
  return { shape, kind: 'variable', values: (random) => draws(sizeOf(shape), () => random.normal()) };
}

/** Values so small that an epsilon beside their variance shows. */
export function faint(...shape: Shape): Input {
  return { shape, kind: 'variable', values: (random) => draws(sizeOf(shape), () => 0.003 * random.normal()) };
}

/** Values so large that powers of them, or of their products, leave the range of single precision. */
export function strong(spread: number, ...shape: Shape): Input {
  return { shape, kind: 'variable', values: (random) => draws(sizeOf(shape), () => spread * random.normal()) };
}

/** Standard normal values that get no gradient. */
export function constant(...shape: Shape): Input {
  return { ...variable(...shape), kind: 'constant' };
}

/** Values in [low, high) that get no gradient. */
export function between(low: number, high: number, ...shape: Shape): Input {
  return { shape, kind: 'constant', values: (random) => draws(sizeOf(shape), () => low + (high - low) * random.next()) };
}

/** Rows that add up to 1. */
export function distributions(rows: number, classes: number): Input {
  const row = (random: Random): Numbers => {
    const weights = draws(classes, () => random.next());
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((w) => w / sum);
  };
  return { shape: [rows, classes], kind: 'constant', values: (random) => draws(rows, () => row(random)).flat() };
}

/** Integers from low to high, both included. */
export function integersBetween(low: number, high: number, ...shape: Shape): Input {
  return { shape, kind: 'integer', values: (random) => draws(sizeOf(shape), () => random.integer(low, high)) };
}

function draws<T>(n: number, draw: () => T): T[] {
  return Array.from({ length: n }, draw);
}
