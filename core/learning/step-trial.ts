import { seededRandom } from '../base/random.ts';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { differentiate, dispose, movingAverages, tensorFromOwned, integers, values } from '../compute/index.ts';
import { copyParameters, createParameters, disposeParameters } from '../model/parameters.ts';
import type { Views } from '../model/pretraining-method.ts';
import { pretrainingMethod } from '../model/pretraining-methods.ts';
import { gridOfView, visibleCount, type ViewKind } from '../model/views.ts';
import { patchVolume } from '../model/vit.ts';
import { endless, shorter, startLap, type Lap } from './lap.ts';
import { Optimiser } from './optimiser.ts';
import type { PretrainSettings } from './pretrain-settings.ts';

/** What the parts of a step take, the best of some runs. */
export interface StepTimes {
  /** Loss and gradients. */
  readonly loss: Lap;
  /** Clipping, AdamW and the teacher. */
  readonly update: Lap;
}

const MOST_RUNS = 3;
const ENOUGH_MS = 6000;

/** Takes a few real steps of fresh networks on noise: once to warm up, then up to three times. */
export async function timeStep(s: PretrainSettings, task: Task): Promise<StepTimes> {
  const random = seededRandom(0);
  const method = pretrainingMethod(s);
  const student = createParameters(method.specs.student, random);
  const shared = new Set(method.specs.teacher.map(({ name }) => name));
  const teacher = copyParameters(new Map([...student].filter(([name]) => shared.has(name))));
  const { beta1, beta2, adamEpsilon: epsilon, weightDecay, clip } = s;
  const optimiser = new Optimiser(student, { beta1, beta2, epsilon, weightDecay, clip }, () => ({ rate: 1, decays: true }));
  const views = method.kinds.map((kind) => noiseViews(kind, s));
  const best = { loss: endless, update: endless };
  try {
    const began = performance.now();
    for (let run = 0; run <= MOST_RUNS && (run < 2 || performance.now() - began < ENOUGH_MS); run++) {
      throwIfCancelled(task);
      await task.breathe?.();
      const lossLap = startLap();
      const result = differentiate(student, () => method.loss(views, { student, teacher }, { step: 0, total: 1 }));
      await values(result.loss);
      const loss = lossLap();
      const updateLap = startLap();
      dispose(result.loss, ...Object.values(result.observed));
      await optimiser.step(result.gradients, 1e-6);
      movingAverages(teacher, student, 0.999);
      const update = updateLap();
      if (run > 0) Object.assign(best, { loss: shorter(best.loss, loss), update: shorter(best.update, update) });
      task.progress({ stage: 'try a step', done: run + 1, total: MOST_RUNS + 1 });
    }
    return best;
  } finally {
    for (const { patches, places } of views) dispose(patches, places);
    disposeParameters(student);
    disposeParameters(teacher);
    optimiser.dispose();
    method.dispose();
  }
}

function noiseViews({ size, perScan }: ViewKind, { batch, encoder, maskRatio }: PretrainSettings): Views {
  const random = seededRandom(1);
  const grid = gridOfView(size, encoder.patch);
  const [views, n, length] = [batch * perScan, grid[0] * grid[1] * grid[2], patchVolume(encoder)];
  const noise = new Float32Array(views * n * length);
  for (let i = 0; i < noise.length; i++) noise[i] = random.next();
  return {
    patches: tensorFromOwned(noise, [views, n, length]),
    places: integers(
      Int32Array.from({ length: views * n }, (_, i) => i % n),
      [views, n],
    ),
    visible: visibleCount(n, maskRatio),
    perScan,
    grid,
  };
}
