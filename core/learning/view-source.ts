import type { Random } from '../base/random.ts';
import { integers, tensorFromOwned } from '../compute/index.ts';
import type { Views } from '../model/pretraining-method.ts';
import type { View } from '../model/views.ts';

/** The views of a step: for each kind those of all its scans, the views of one scan in a row. Another source must return the same ones. */
export type ViewSource = (step: number) => Promise<readonly (readonly View[])[]>;

/** One scan of a step: its place in the list of cases, and the generator of all its random choices. */
export interface StepScan {
  readonly index: number;
  readonly random: Random;
}

/**
 * The scans of a step, from seed and number of the step alone (method 3): every epoch has an order of its own, and the last step of one
 * begins the order anew where scans are missing.
 * @param random of the run, never advanced
 */
export function scansOfStep(step: number, cases: number, batch: number, random: Random): StepScan[] {
  const stepsPerEpoch = Math.ceil(cases / batch);
  const order = random.fork(`epoch ${String(Math.floor(step / stepsPerEpoch))}`).permutation(cases);
  return Array.from({ length: batch }, (_, b) => ({
    index: order[((step % stepsPerEpoch) * batch + b) % cases] ?? 0,
    random: random.fork(`step ${String(step)} scan ${String(b)}`),
  }));
}

/** Views of one kind as the method takes them. The caller disposes patches and places. */
export function viewTensors(views: readonly View[], perScan: number): Views {
  const first = views[0];
  if (first === undefined) throw new Error('A step has at least one view of each kind.');
  const n = first.places.length;
  const patches = new Float32Array(views.length * first.patches.length);
  const places = new Int32Array(views.length * n);
  views.forEach((view, i) => {
    patches.set(view.patches, i * first.patches.length);
    places.set(view.places, i * n);
  });
  return {
    patches: tensorFromOwned(patches, [views.length, n, first.patches.length / n]),
    places: integers(places, [views.length, n]),
    visible: first.visible,
    perScan,
    grid: first.grid,
  };
}
