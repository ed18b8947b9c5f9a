/** What is compared: how the weights began, and of which network. The arms after the fifth are other forms of the consistency term. */
export const arms = [
  'scratch',
  'mae',
  'gl-mae-without-consistency',
  'gl-mae',
  'segresnet',
  'gl-mae-as-published',
  'gl-mae-centre',
  'gl-mae-sinkhorn',
  'gl-mae-class',
  'gl-mae-class-decorrelated',
  'gl-mae-patches-decorrelated',
] as const;
export type Arm = (typeof arms)[number];
export type PretrainedArm = Exclude<Arm, 'scratch' | 'segresnet'>;

export const armNames: Readonly<Record<Arm, string>> = {
  scratch: 'UNETR from scratch',
  mae: 'UNETR after MAE',
  'gl-mae-without-consistency': 'UNETR after GL-MAE without consistency',
  'gl-mae': 'UNETR after GL-MAE, patches compared',
  segresnet: 'SegResNet from scratch',
  'gl-mae-as-published': 'UNETR after GL-MAE as published',
  'gl-mae-centre': 'UNETR after GL-MAE, running centre',
  'gl-mae-sinkhorn': 'UNETR after GL-MAE, Sinkhorn',
  'gl-mae-class': 'UNETR after GL-MAE, class tokens standardised',
  'gl-mae-class-decorrelated': 'UNETR after GL-MAE, class tokens standardised and decorrelated',
  'gl-mae-patches-decorrelated': 'UNETR after GL-MAE, patches compared, decorrelated',
};

/** Two questions, answered with the same runs: what an arm shares with the other experiment is not run twice. */
export const experiments = {
  hippocampus: {
    arms: ['gl-mae', 'scratch', 'gl-mae-without-consistency', 'mae', 'segresnet'],
    labels: [10, 5, 140, 25],
  },
  consistency: {
    arms: [
      'gl-mae-without-consistency',
      'gl-mae',
      'gl-mae-patches-decorrelated',
      'gl-mae-class',
      'gl-mae-class-decorrelated',
      'gl-mae-as-published',
      'gl-mae-centre',
      'gl-mae-sinkhorn',
    ],
    labels: [10],
  },
} as const satisfies Readonly<Record<string, { readonly arms: readonly Arm[]; readonly labels: readonly number[] }>>;
export type ExperimentName = keyof typeof experiments;

/** One fine-tuning with its test: a row of the results. */
export interface Cell {
  readonly arm: Arm;
  readonly labels: number;
  readonly seed: number;
}

export interface PlanOptions {
  readonly arms: readonly Arm[];
  readonly labels: readonly number[];
  readonly seeds: number;
}

/** Every cell in the order in which it is run: the first seed whole before the second; labels and arms in the order given. */
export function planCells({ arms: chosen, labels, seeds }: PlanOptions): Cell[] {
  return Array.from({ length: seeds }, (_, seed) => labels.flatMap((count) => chosen.map((arm) => ({ arm, labels: count, seed })))).flat();
}

export function isPretrained(arm: Arm): arm is PretrainedArm {
  return arm !== 'scratch' && arm !== 'segresnet';
}
