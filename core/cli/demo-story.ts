import type { Backend } from '../compute/index.ts';
import type { Comparison, Evaluation } from '../evaluation/index.ts';
import type { Reconstruction } from '../inference/reconstruct.ts';
import type { Metrics } from '../learning/index.ts';

export const segments = [
  { label: 1, name: 'anterior' },
  { label: 2, name: 'posterior' },
];
export const arms = ['pre-trained', 'scratch'] as const;
export type Arm = (typeof arms)[number];

/** Everything that the report shows. */
export interface DemoStory {
  readonly evaluations: Record<Arm, Evaluation>;
  readonly comparison: Comparison;
  readonly curves: { readonly pretraining: readonly Metrics[] } & Record<Arm, readonly Metrics[]>;
  readonly reconstructions: readonly { readonly id: string; readonly value: Reconstruction }[];
  readonly examples: readonly DemoExample[];
  readonly seconds: number;
  readonly backend: Backend;
  readonly counts: { readonly training: number; readonly labelled: number; readonly test: number };
}

export interface DemoExample {
  readonly id: string;
  readonly scan: string;
  readonly reference: string;
  readonly predictions: Record<Arm, string>;
}

/** The numbers that README and scripts quote. */
export function demoNumbers(story: DemoStory): Record<string, unknown> {
  const { dice } = story.comparison.overall;
  const mean = (of: (n: Reconstruction['numbers']) => number): number =>
    story.reconstructions.reduce((sum, r) => sum + of(r.value.numbers), 0) / story.reconstructions.length;
  return {
    cases: story.counts.test,
    diceScratch: dice.meanA,
    dicePretrained: dice.meanB,
    difference: dice.difference,
    differenceInterval: [dice.low, dice.high],
    pValue: dice.pValue,
    reconstruction: {
      mse: mean((n) => n.mse),
      meanOfVisibleMse: mean((n) => n.meanOfVisibleMse),
      nearestVisibleMse: mean((n) => n.nearestVisibleMse),
      improvement: 1 - mean((n) => n.mse) / mean((n) => n.meanOfVisibleMse),
    },
    seconds: Math.round(story.seconds),
  };
}
