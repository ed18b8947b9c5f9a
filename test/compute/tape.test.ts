import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  add,
  adamwStep,
  concat,
  copy,
  differentiate,
  dispose,
  gelu,
  keep,
  layerNorm,
  linear,
  meanSquaredError,
  memory,
  movingAverage,
  recompute,
  reshape,
  scale,
  scope,
  slice,
  startBackend,
  tensor,
  untracked,
  values,
  zeros,
  type Tensor,
} from '../../core/compute/index.ts';
import { operation } from '../../core/compute/tape.ts';

let made: Tensor[] = [];
let before = { tensors: 0, bytes: 0 };

beforeAll(async () => {
  await startBackend();
});
beforeEach(() => {
  before = memory();
});
afterEach(() => {
  dispose(...made);
  made = [];
  // Every test frees what it makes.
  expect(memory()).toEqual(before);
});

/** A tensor that the test's end disposes. */
function given(numbers: readonly number[], shape: readonly number[] = [numbers.length]): Tensor {
  const t = keep(tensor(numbers, shape));
  made.push(t);
  return t;
}

function ramp(...shape: number[]): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return given(
    Array.from({ length: n }, (_, i) => Math.sin(i + 1)),
    shape,
  );
}

/** Loss and gradients of the parameters a, b, c … as plain arrays, everything disposed. */
async function gradientsOf(
  parameters: readonly Tensor[],
  loss: () => Tensor,
): Promise<{ loss: number; gradients: Record<string, number[]> }> {
  const result = differentiate(new Map(parameters.map((p, i) => ['abcdef'.charAt(i), p])), () => ({ loss: loss(), observed: {} }));
  const gradients: Record<string, number[]> = {};
  for (const [name, gradient] of result.gradients) gradients[name] = [...(await values(gradient))];
  const [value = Number.NaN] = await values(result.loss);
  dispose(result.loss, ...result.gradients.values());
  return { loss: value, gradients };
}

/** Mean of the squares: its gradient is 2x/n. */
function meanSquare(x: Tensor): Tensor {
  return meanSquaredError(x, zeros(x.shape));
}

describe('gradients', () => {
  test('of a parameter used twice add up', async () => {
    const a = given([1, 2, 3, 4], [2, 2]);
    // (3x)² / 4 at each value.
    const { loss, gradients } = await gradientsOf([a], () => meanSquare(add(scale(a, 2), a)));
    expect(loss).toBeCloseTo((9 * 30) / 4, 4);
    expect(gradients).toEqual({ a: [4.5, 9, 13.5, 18] });
  });

  test('of one tensor under two names are both given', async () => {
    const a = given([1, 2]);
    const { gradients } = await gradientsOf([a, a], () => meanSquare(scale(a, 1)));
    expect(gradients).toEqual({ a: [1, 2], b: [1, 2] });
  });

  test('of a parameter that the loss does not see are absent', async () => {
    const [a, b] = [given([1, 2]), given([3])];
    expect((await gradientsOf([a, b], () => meanSquare(scale(a, 1)))).gradients).toEqual({ a: [1, 2] });
  });

  test('stop where recording stops', async () => {
    const a = given([1, 2]);
    const { gradients } = await gradientsOf([a], () =>
      meanSquare(
        add(
          scale(a, 1),
          untracked(() => scale(a, 1)),
        ),
      ),
    );
    // d/dx (x + c)² / 2 with c = x.
    expect(gradients).toEqual({ a: [2, 4] });
  });

  test('of a loss that depends on no parameter are none', async () => {
    const [a, b] = [given([1]), given([2])];
    expect(await gradientsOf([a], () => meanSquare(b))).toEqual({ loss: 4, gradients: {} });
  });

  test('what is observed comes back, and the caller frees it', async () => {
    const a = given([3]);
    const result = differentiate(new Map([['a', a]]), () => {
      const twice = scale(a, 2);
      return { loss: meanSquare(twice), observed: { twice } };
    });
    expect(await values(result.observed.twice)).toEqual(Float32Array.of(6));
    dispose(result.loss, result.observed.twice, ...result.gradients.values());
  });

  test('do not see each other where a loss is differentiated inside another', async () => {
    const [a, b] = [given([1, 2]), given([3, 4])];
    const { gradients } = await gradientsOf([a], () => {
      const inner = differentiate(new Map([['b', b]]), () => ({ loss: meanSquare(add(scale(a, 1), b)), observed: {} }));
      dispose(inner.loss, ...inner.gradients.values());
      return meanSquare(scale(a, 1));
    });
    expect(gradients).toEqual({ a: [1, 2] });
  });
});

describe('sums in place', () => {
  // TensorFlow gives a reshaped, sliced or summed gradient the memory of its origin where it can.
  test.each<[string, (x: Tensor) => Tensor]>([
    ['reshape', (x) => reshape(x, [4, 3])],
    ['slice', (x) => slice(reshape(x, [4, 3]), 0, 0, 4)],
    ['concat', (x) => concat([reshape(x, [4, 3])], 0)],
    ['recompute', (x) => recompute([x], ([own = x]) => reshape(own, [4, 3]))],
  ])('never reach a gradient that shares memory (%s)', async (_, rearranged) => {
    const [a, b] = [ramp(4, 3), ramp(3, 4)];
    const together = await gradientsOf([a, b], () => {
      const first = scale(a, 1);
      const p = scale(b, 2);
      const bent = gelu(p);
      // The gradient of p begins as a rearrangement of first's; then gelu's is added to it while first's still waits.
      return meanSquare(add(add(first, rearranged(p)), reshape(bent, [4, 3])));
    });
    // The same with p computed twice, so that there is nothing to add to it.
    const apart = await gradientsOf([a, b], () =>
      meanSquare(add(add(scale(a, 1), reshape(scale(b, 2), [4, 3])), reshape(gelu(scale(b, 2)), [4, 3]))),
    );
    expect(together.gradients['a']).toEqual(apart.gradients['a']);
    for (const [i, g] of (together.gradients['b'] ?? []).entries()) expect(g).toBeCloseTo(apart.gradients['b']?.[i] ?? Number.NaN, 6);
  });

  test('an update writes to its own tensors only', async () => {
    const student = given([1, 2, 3]);
    const teacher = keep(copy(student));
    const handle = keep(scope(() => reshape(teacher, [3, 1])));
    const average = movingAverage(teacher, given([3, 2, 1]), 0.5);
    expect([...(await values(average))]).toEqual([2, 2, 2]);
    expect([...(await values(student))]).toEqual([1, 2, 3]);
    const numbers = { beta1: 0.9, beta2: 0.999, epsilon: 0, step: 1, gradientScale: 1 };
    const gradient = given([5, -5, 1]);
    const kept = keep(copy(student));
    const state = { value: kept, m: keep(zeros([3])), v: keep(zeros([3])) };
    const [stepped = state] = adamwStep([{ ...state, gradient, learningRate: 0.1, weightDecay: 0 }], numbers);
    // The first step of Adam is the learning rate against the gradient's sign.
    for (const [i, value] of (await values(stepped.value)).entries()) expect(value).toBeCloseTo([0.9, 2.1, 2.9][i] ?? Number.NaN, 6);
    expect([...(await values(student))]).toEqual([1, 2, 3]);
    expect([...(await values(gradient))]).toEqual([5, -5, 1]);
    dispose(average, handle, stepped.value, stepped.m, stepped.v);
  });
});

describe('recompute', () => {
  test('gives the loss and gradients of the plain computation', async () => {
    const [x, weight, bias, norm] = [ramp(3, 4), ramp(4, 4), ramp(4), ramp(4)];
    const block = (y: Tensor): Tensor => scope(() => add(y, gelu(linear(layerNorm(y, norm, bias, 1e-6), weight, bias))));
    const again = (y: Tensor): Tensor => recompute([y, weight, bias, norm], ([own = y]) => block(own));
    const plain = await gradientsOf([x, weight, bias, norm], () => meanSquare(block(block(block(scale(x, 2))))));
    const saving = await gradientsOf([x, weight, bias, norm], () => scope(() => meanSquare(again(again(again(scale(x, 2)))))));
    expect(saving).toEqual(plain);
    const nested = await gradientsOf([x, weight, bias, norm], () =>
      meanSquare(recompute([x, weight, bias, norm], () => again(again(block(scale(x, 2)))))),
    );
    expect(nested.loss).toBe(plain.loss);
    for (const name of 'abcd')
      for (const [i, g] of (nested.gradients[name] ?? []).entries()) expect(g).toBeCloseTo(plain.gradients[name]?.[i] ?? Number.NaN, 5);
  });

  test('of an input given twice', async () => {
    const a = given([1, 2]);
    const { gradients } = await gradientsOf([a], () => meanSquare(recompute([a, a], ([p = a, q = a]) => add(scale(p, 2), q))));
    expect(gradients).toEqual({ a: [9, 18] });
  });

  test('of a function that only rearranges', async () => {
    const [a, b] = [given([1, 2]), given([3, 4])];
    const { gradients } = await gradientsOf([a, b], () =>
      meanSquare(
        add(
          recompute([a, b], ([p = a, q = b]) => add(p, q)),
          a,
        ),
      ),
    );
    // y = 2a + b = 5, 8.
    expect(gradients).toEqual({ a: [10, 16], b: [5, 8] });
  });

  test('keeps fewer tensors', () => {
    const [x, weight] = [ramp(3, 4), ramp(4, 4)];
    const four = (y: Tensor): Tensor =>
      scope(() => gelu(linear(gelu(linear(gelu(linear(gelu(linear(y, weight)), weight)), weight)), weight)));
    const alive = (f: (y: Tensor) => Tensor): number => {
      let count = 0;
      const result = differentiate(new Map([['w', weight]]), () => {
        const y = f(x);
        count = memory().tensors;
        return { loss: meanSquare(y), observed: {} };
      });
      dispose(result.loss, ...result.gradients.values());
      return count - before.tensors;
    };
    expect(alive((y) => recompute([y, weight], ([own = y]) => four(own)))).toBeLessThan(alive(four));
  });
});

/** Passes x on; its gradient fails. */
function failing(x: Tensor): Tensor {
  return operation(
    [x],
    (save) => {
      save(x);
      return copy(x);
    },
    () => {
      throw new Error('no gradient today');
    },
  );
}

describe('when something throws, nothing stays behind', () => {
  const parameters = (): Map<string, Tensor> => new Map([['a', ramp(2, 3)]]);
  const first = (p: ReadonlyMap<string, Tensor>): Tensor => p.get('a') ?? zeros([2, 3]);

  test('in the loss', () => {
    const p = parameters();
    expect(() =>
      differentiate(p, () => {
        gelu(scale(first(p), 2));
        throw new Error('the loss is not to be had');
      }),
    ).toThrow('the loss is not to be had');
  });

  test('in an operation', () => {
    const p = parameters();
    const tooNarrow = ramp(2, 2);
    expect(() => differentiate(p, () => ({ loss: linear(gelu(first(p)), tooNarrow), observed: {} }))).toThrow();
  });

  test('in a gradient', () => {
    const p = parameters();
    const loss = (): { loss: Tensor; observed: { seen: Tensor } } => {
      const seen = scale(first(p), 2);
      return { loss: meanSquare(add(gelu(failing(seen)), first(p))), observed: { seen } };
    };
    expect(() => differentiate(p, loss)).toThrow('no gradient today');
  });

  test('in a recomputation', () => {
    const p = parameters();
    let runs = 0;
    const f = ([x = first(p)]: readonly Tensor[]): Tensor => {
      const y = gelu(x);
      if (++runs === 2) throw new Error('not again');
      return y;
    };
    expect(() => differentiate(p, () => ({ loss: meanSquare(recompute([first(p)], f)), observed: {} }))).toThrow('not again');
  });

  test('and the next step works', async () => {
    const a = given([1, 2]);
    expect(() => differentiate(new Map([['a', a]]), () => ({ loss: meanSquare(failing(a)), observed: {} }))).toThrow();
    expect((await gradientsOf([a], () => meanSquare(scale(a, 1)))).gradients).toEqual({ a: [1, 2] });
  });
});
