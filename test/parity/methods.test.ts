import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { differentiate, dispose, memory, scalar, startBackend, values } from '../../core/compute/index.ts';
import { emaFactorAt, learningRateAt } from '../../core/learning/schedule.ts';
import { teacherTemperatureAt } from '../../core/model/consistency.ts';
import { methodSettings, type MethodName } from '../../core/model/method-settings.ts';
import { disposeParameters } from '../../core/model/parameters.ts';
import { pretrainingMethod } from '../../core/model/pretraining-methods.ts';
import { madeViews, madeWeights, PATCH } from './made.ts';
import { relativeError, wave } from './support.ts';

interface MethodFixture {
  readonly name: string;
  readonly method: MethodName;
  readonly channels: number;
  readonly options: {
    readonly scans: number;
    readonly globals: number;
    readonly locals: number;
    readonly headKind: string;
    readonly beta: number;
  };
  readonly steps: readonly (Readonly<Record<string, number>> & { readonly loss: number })[];
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly names: number;
  readonly norms: readonly number[];
  readonly products: readonly number[];
}
const { provenance, methods, schedules } = JSON.parse(readFileSync(join(import.meta.dirname, 'methods.json'), 'utf8')) as {
  readonly provenance: string;
  readonly methods: readonly MethodFixture[];
  readonly schedules: {
    readonly total: number;
    readonly warmup: number;
    readonly base: number;
    readonly start: number;
    readonly rates: readonly number[];
    readonly momentumTo1: readonly number[];
    readonly momentumTo09999: readonly number[];
    readonly temperatures: readonly number[];
  };
};

beforeAll(async () => {
  await startBackend();
}, 180_000);

describe(`every form of pre-training against ${provenance}`, () => {
  it.each(methods)('$method: $name', async (expected) => {
    const { headKind, ...options } = expected.options;
    const settings = methodSettings.parse({
      ...options,
      method: expected.method,
      crops: Math.max(1, options.locals),
      encoder: { width: 24, depth: 2, heads: 2, patch: [PATCH, PATCH, PATCH], channels: expected.channels },
      decoder: { width: 12, depth: 1, heads: 2 },
      head: { kind: headKind, hidden: 16, bottleneck: 6, out: 8 },
      globalSize: [16, 16, 16],
      localSize: [8, 8, 8],
    });
    const before = memory();
    const method = pretrainingMethod(settings);
    const student = madeWeights(method.specs.student, 0);
    const teacher = madeWeights(method.specs.teacher, 0.3);
    const names = [...student.keys()].sort();
    expect(names).toHaveLength(expected.names);
    const views = method.kinds.map(({ name, size, perScan }) =>
      madeViews(size[0], perScan, options.scans, name === 'global' ? 0 : 500, expected.channels),
    );

    for (const [i, step] of expected.steps.entries()) {
      const result = differentiate(student, () => method.loss(views, { student, teacher }, { step: i, total: 10 }));
      expect(Object.keys(result.observed)).toEqual(method.meters);
      for (const [meter, value] of Object.entries(step)) {
        const ours = await scalar(meter === 'loss' ? result.loss : (result.observed[meter] ?? result.loss));
        expect(relativeError([ours], [value]), `${meter} of step ${i + 1}`).toBeLessThan(1e-4);
      }
      if (i === expected.steps.length - 1) {
        const all = Math.hypot(...expected.norms);
        for (const [at, name] of names.entries()) {
          const g = result.gradients.get(name);
          const gradient = g === undefined ? new Float32Array(1) : await values(g);
          const product = wave(gradient.length, 0.9, 0.3, 1).reduce((sum, w, k) => sum + w * (gradient[k] ?? 0), 0);
          const scale = Math.max(expected.norms[at] ?? 0, 0.02 * all);
          expect(Math.abs(Math.hypot(...gradient) - (expected.norms[at] ?? Number.NaN)) / scale, name).toBeLessThan(2e-4);
          // The wave is about as long as √(n/2): rounding errors of all values come together in the product.
          const length = Math.sqrt(gradient.length / 2);
          expect(Math.abs(product - (expected.products[at] ?? Number.NaN)) / (scale * length), name).toBeLessThan(2e-4);
        }
      }
      dispose(result.loss, ...Object.values(result.observed), ...result.gradients.values());
    }
    const { tensors } = method.state();
    for (const [name, value] of Object.entries(expected.state)) {
      const found = tensors.get(name);
      expect(relativeError(found === undefined ? [] : await values(found), value), name).toBeLessThan(1e-4);
    }

    dispose(...views.flatMap(({ patches, places }) => [patches, places]));
    method.dispose();
    disposeParameters(student);
    disposeParameters(teacher);
    expect(memory()).toEqual(before);
  });
});

describe('schedules', () => {
  const { total, warmup, base, start } = schedules;
  const closeTo = (actual: number[], expected: readonly number[]): void => {
    actual.forEach((value, i) => expect(value, `step ${i}`).toBeCloseTo(expected[i] ?? Number.NaN, 12));
  };
  const steps = Array.from({ length: total }, (_, step) => step);

  it("learning rate: PyTorch's linear warm-up and cosine (method 6.2)", () => {
    closeTo(
      steps.map((step) => learningRateAt(step, total, warmup, base)),
      schedules.rates,
    );
  });

  it("EMA factor: DINO's cosine, to 1 and to less (method 2.4)", () => {
    closeTo(
      steps.map((step) => emaFactorAt(step, total, start)),
      schedules.momentumTo1,
    );
    closeTo(
      steps.map((step) => emaFactorAt(step, total, start, 0.9999)),
      schedules.momentumTo09999,
    );
  });

  it("temperature of the teacher: DINO's linear warm-up (method 4.6)", () => {
    const s = methodSettings.parse({ teacherTemperatureStart: 0.01, teacherTemperature: 0.04, teacherTemperatureShare: 0.2 });
    closeTo(
      steps.map((step) => teacherTemperatureAt({ step, total }, s)),
      schedules.temperatures,
    );
    expect(teacherTemperatureAt({ step: 0, total }, methodSettings.parse({}))).toBe(0.04);
  });
});
