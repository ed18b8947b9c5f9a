import type { Metrics } from './run-folder.ts';

/** Sums up how patches were answered, scan by scan. */
export class PatchScores {
  private readonly names: readonly string[];
  private right = 0;
  private all = 0;
  private background = 0;
  /** Dice of each class in each scan that has it. */
  private readonly dice: number[][];

  constructor(names: readonly string[]) {
    this.names = names;
    this.dice = names.map(() => []);
  }

  add(labels: Uint8Array, predicted: Uint8Array): void {
    const [reference, answered, both] = [0, 1, 2].map(() => new Float64Array(this.names.length));
    if (reference === undefined || answered === undefined || both === undefined) return;
    labels.forEach((label, i) => {
      const answer = predicted[i] as number;
      reference[label] = (reference[label] as number) + 1;
      answered[answer] = (answered[answer] as number) + 1;
      if (label === answer) both[label] = (both[label] as number) + 1;
    });
    this.all += labels.length;
    this.right += both.reduce((sum, n) => sum + n, 0);
    this.background += reference[0] ?? 0;
    this.dice.forEach((values, k) => {
      const count = reference[k] as number;
      if (count > 0) values.push((2 * (both[k] as number)) / (count + (answered[k] as number)));
    });
  }

  backgroundShare(): number {
    return this.background / this.all;
  }

  /** Accuracy; Dice of each class over the scans that have it; their mean without background. */
  metrics(probe: 'linear' | 'knn'): Metrics {
    const perClass = this.dice.map((values) => (values.length === 0 ? undefined : mean(values)));
    const named = this.names.flatMap((name, k): [string, number][] => {
      const dice = k === 0 ? undefined : perClass[k];
      return dice === undefined ? [] : [[`${probe} patch dice ${name}`, dice]];
    });
    return {
      [`${probe}PatchAccuracy`]: this.right / this.all,
      [`${probe}PatchDice`]: mean(named.map(([, dice]) => dice)),
      ...Object.fromEntries(named),
    };
  }
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
