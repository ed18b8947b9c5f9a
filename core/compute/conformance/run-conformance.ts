import * as tf from '@tensorflow/tfjs-core';
import { seededRandom } from '../../base/random.ts';
import { startBackend, type Backend } from '../backend.ts';
import { differentiate, operation } from '../tape.ts';
import { dispose, integers, memory, scope, tensor, values, type Tensor } from '../tensor.ts';
import type { Case, Numbers } from './case.ts';
import { arrangeCases } from './cases/arrange.ts';
import { binaryLossCases } from './cases/binary-losses.ts';
import { denseCases } from './cases/dense.ts';
import { distributionCases } from './cases/distribution.ts';
import { lossCases } from './cases/losses.ts';
import { rowCases } from './cases/rows.ts';
import { updateCases } from './cases/update.ts';
import { volumeCases } from './cases/volumes.ts';
import { derivativeAlong, partialDerivatives, signs, somePositions } from './finite-differences.ts';

export interface CaseReport {
  readonly name: string;
  /** Largest difference of a value from the definition in double precision, as a share of the largest value. */
  readonly valueError: number;
  /** The same for the gradients, against finite differences; 0 for operations without gradient. */
  readonly gradientError: number;
  readonly tolerance: number;
  readonly ok: boolean;
  /** What went wrong besides the numbers, or what the backend said. */
  readonly problem?: string;
}

export interface ConformanceReport {
  readonly backend: Backend;
  readonly cases: readonly CaseReport[];
  readonly ok: boolean;
  readonly milliseconds: number;
}

export const conformanceCases: readonly Case[] = [
  ...denseCases,
  ...volumeCases,
  ...lossCases,
  ...binaryLossCases,
  ...rowCases,
  ...arrangeCases,
  ...distributionCases,
  ...updateCases,
];

/**
 * Compares every operation, values and gradients, with its definition in double precision on the backend of this process (the best one
 * if none is started). A backend that fails must not train.
 */
export async function runConformance(): Promise<ConformanceReport> {
  const backend = await startBackend();
  const started = performance.now();
  const cases: CaseReport[] = [];
  for (const one of conformanceCases) cases.push(await check(one, toleranceOf(backend)));
  return { backend, cases, ok: cases.every(({ ok }) => ok), milliseconds: performance.now() - started };
}

function toleranceOf(backend: Backend): number {
  if (backend.device === 'cpu') return 2e-5;
  // On NVIDIA GPUs TensorFlow multiplies matrices in TF32, whose fraction has 10 bits.
  return backend.name === 'tensorflow' ? 5e-3 : 1e-4;
}

async function check(one: Case, tolerance: number): Promise<CaseReport> {
  const before = memory().tensors;
  let valueError = Number.NaN;
  let gradientError = 0;
  let problem: string | undefined;
  const inputs = one.inputs.map(({ kind, shape }, i) => (kind === 'integer' ? integers : tensor)(one.given[i] ?? [], shape));
  try {
    const expected = one.reference(one.given);
    valueError = await errorOfValues(one, inputs, expected);
    if (one.inputs.some(({ kind }) => kind === 'variable')) gradientError = await errorOfGradients(one, inputs, expected.length);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  } finally {
    dispose(...inputs);
  }
  const left = memory().tensors - before;
  if (left !== 0) problem ??= `${left} tensors were not freed`;
  const ok = problem === undefined && valueError <= tolerance && gradientError <= tolerance;
  return { name: one.name, valueError, gradientError, tolerance, ok, ...(problem === undefined ? {} : { problem }) };
}

async function errorOfValues(one: Case, inputs: readonly Tensor[], expected: Numbers): Promise<number> {
  const y = scope(() => one.run(inputs));
  try {
    return relativeError(await values(y), expected);
  } finally {
    dispose(y);
  }
}

/** Gradients of Σ w·y for random weights w. */
async function errorOfGradients(one: Case, inputs: readonly Tensor[], size: number): Promise<number> {
  const random = seededRandom(2).fork(one.name);
  const weights = Array.from({ length: size }, () => Math.fround(random.normal()));
  const variables = inputs.flatMap((input, i) => (one.inputs[i]?.kind === 'variable' ? [{ input, at: i }] : []));
  const loss = (arrays: readonly Numbers[]): number => one.reference(arrays).reduce((sum, y, i) => sum + y * (weights[i] as number), 0);
  const { gradients, loss: computed } = differentiate(new Map(variables.map(({ input, at }) => [String(at), input])), () => ({
    loss: weightedSum(one.run(inputs), weights),
    observed: {},
  }));
  dispose(computed);
  try {
    let worst = 0;
    for (const { at } of variables) {
      const gradient = gradients.get(String(at));
      if (gradient === undefined) throw new Error(`input ${at} got no gradient`);
      const got = await values(gradient);
      const positions = somePositions(got.length, Math.max(got.length, size) > 2000 ? 3 : 30, random);
      const along = signs(got.length, random);
      const expected = partialDerivatives(loss, one.given, at, positions);
      const total = [...along].reduce((sum, [i, sign]) => sum + sign * (got[i] as number), 0);
      const samples = positions.map((i) => got[i] as number);
      // The sum of n gradients of either sign is about sqrt(n) times as large as one.
      const spread = Math.sqrt(got.length) * maximum(...got.map(Math.abs));
      const sumError = Math.abs(total - derivativeAlong(loss, one.given, at, along)) / (spread || 1);
      worst = maximum(worst, relativeError(samples, expected), sumError);
    }
    return worst;
  } finally {
    dispose(...gradients.values());
  }
}

function weightedSum(y: Tensor, weights: Numbers): Tensor {
  return operation(
    [y],
    () => tf.sum(tf.mul(y, tensor(weights, y.shape))),
    (dy) => [tf.mul(tensor(weights, y.shape), dy)],
  );
}

function relativeError(got: ArrayLike<number>, expected: Numbers): number {
  if (got.length !== expected.length) throw new Error(`gave ${got.length} values instead of ${expected.length}`);
  // Where all should be zero the error counts as it is.
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  return maximum(...expected.map((value, i) => Math.abs((got[i] as number) - value) / scale));
}

/** Unlike a comparison this keeps NaN. */
function maximum(...numbers: Numbers): number {
  return numbers.reduce((a, b) => Math.max(a, b), 0);
}
