import { seededRandom } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import { diceCe, differentiate, dispose, integers, movingAverages, tensorFromOwned, type Tensor } from '../../core/compute/index.ts';
import { windowClasses } from '../../core/inference/sliding-window.ts';
import { Optimiser } from '../../core/learning/optimiser.ts';
import { pointLPS, preparationSettings, type PreparedScan } from '../../core/imaging/index.ts';
import { methodSettings } from '../../core/model/method-settings.ts';
import { copyParameters, createParameters } from '../../core/model/parameters.ts';
import type { Views } from '../../core/model/pretraining-method.ts';
import { pretrainingMethod } from '../../core/model/pretraining-methods.ts';
import { visibleCount } from '../../core/model/views.ts';
import { unetr, unetrSettings, unetrSpecs } from '../../core/model/unetr.ts';

/** The settings of `torch_reference.py`, by its own option names. */
export interface WorkloadOptions {
  readonly width: number;
  readonly heads: number;
  readonly globals: number;
  readonly locals: number;
  readonly decoder: readonly [width: number, depth: number, heads: number];
  readonly features: number;
  readonly size: number;
  readonly classes: number;
  readonly volume: readonly [number, number, number];
  readonly overlap: number;
}

export type Step = () => Promise<void>;

const random = seededRandom(0);
const noise = (shape: readonly number[]): Tensor => {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < values.length; i++) values[i] = random.next();
  return tensorFromOwned(values, shape);
};
const adamw = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.05, clip: 1e9 };

/** One GL-MAE step on one scan: teacher, student, gradients, AdamW, moving average. */
export function glmae(o: WorkloadOptions): Step {
  const s = methodSettings.parse({
    globals: o.globals,
    locals: o.locals,
    encoder: { width: o.width, heads: o.heads },
    decoder: { width: o.decoder[0], depth: o.decoder[1], heads: o.decoder[2] },
  });
  const method = pretrainingMethod(s);
  const { specs, kinds } = method;
  const student = createParameters(specs.student, random);
  const teacher = copyParameters(new Map([...student].filter(([name]) => specs.teacher.some((t) => t.name === name))));
  const optimiser = new Optimiser(student, adamw, () => ({ rate: 1, decays: true }));
  const views = kinds.map(({ size, perScan }): Views => {
    const grid = size.map((side) => side / 16) as [number, number, number];
    const n = grid[0] * grid[1] * grid[2];
    const places = Int32Array.from({ length: perScan * n }, (_, i) => i % n);
    return {
      patches: noise([perScan, n, 4096]),
      places: integers(places, [perScan, n]),
      visible: visibleCount(n, s.maskRatio),
      perScan,
      grid,
    };
  });
  return async () => {
    const result = differentiate(student, () => method.loss(views, { student, teacher }, { step: 0, total: 1 }));
    dispose(result.loss, ...Object.values(result.observed));
    await optimiser.step(result.gradients, 1e-4);
    movingAverages(teacher, student, 0.996);
  };
}

/** One UNETR training step on one crop. */
export function unetrStep(o: WorkloadOptions): Step {
  const s = unetrSettings.parse({
    width: o.width,
    heads: o.heads,
    features: o.features,
    classes: o.classes,
    size: [o.size, o.size, o.size],
  });
  const parameters = createParameters(unetrSpecs(s), random);
  const optimiser = new Optimiser(parameters, adamw, () => ({ rate: 1, decays: true }));
  const patches = noise([1, (o.size / 16) ** 3, 4096]);
  const image = noise([1, o.size, o.size, o.size, 1]);
  const labels = integers(
    Int32Array.from({ length: o.size ** 3 }, () => random.integer(0, o.classes - 1)),
    [1, o.size ** 3],
  );
  return async () => {
    const result = differentiate(parameters, () => ({ loss: diceCe(unetr(patches, image, parameters, s), labels), observed: {} }));
    dispose(result.loss);
    await optimiser.step(result.gradients, 1e-4);
  };
}

/** One sliding-window segmentation with constant weights. */
export function window(o: WorkloadOptions): Step {
  const settings = unetrSettings.parse({ width: o.width, heads: o.heads, features: o.features, classes: o.classes, size: [96, 96, 96] });
  const document = {
    schema: 'tessera-model/1' as const,
    network: 'unetr' as const,
    settings,
    preparation: preparationSettings.parse({}),
    labels: Array.from({ length: o.classes }, (_, value) => ({ value, name: String(value) })),
    provenance: {},
  };
  const model = { document, parameters: createParameters(unetrSpecs(settings), random) };
  const values = new Float32Array(o.volume[0] * o.volume[1] * o.volume[2]);
  for (let i = 0; i < values.length; i++) values[i] = random.next();
  const scan: PreparedScan = {
    values,
    channels: 1,
    dims: o.volume,
    geometry: {
      dims: o.volume,
      spacing: [1, 1, 1],
      origin: pointLPS(0, 0, 0),
      direction: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
  };
  return async () => {
    await windowClasses(scan, model, { overlap: o.overlap, blend: 'constant' }, silentTask, 'bench');
  };
}
