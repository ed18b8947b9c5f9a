import type { DiceCeOptions } from '../../ops/dice-ce.ts';
import type { Numbers } from '../case.ts';
import { average, rowsOf, softmax } from './dense.ts';

/** Soft-max Dice, averaged over samples and classes, plus cross-entropy, averaged over labelled voxels (method 9.1). */
export function diceCe(logits: Numbers, labels: Numbers, batch: number, classes: number, options: DiceCeOptions): number {
  const probabilities = rowsOf(logits, classes).map(softmax);
  const voxels = labels.length / batch;
  const dice: Numbers = [];
  for (let b = 0; b < batch; b++)
    for (let c = options.includeBackground ? 0 : 1; c < classes; c++) {
      let overlap = 0;
      let total = 0;
      for (let v = b * voxels; v < (b + 1) * voxels; v++) {
        const label = labels[v] as number;
        if (label < 0 || label >= classes) continue;
        const p = probabilities[v]?.[c] as number;
        const g = label === c ? 1 : 0;
        overlap += p * g;
        total += (options.squared ? p * p : p) + g;
      }
      dice.push(1 - (2 * overlap + options.smoothNumerator) / (total + options.smoothDenominator));
    }
  const surprises = labels.flatMap((label, v) => (label < 0 || label >= classes ? [] : [-Math.log(probabilities[v]?.[label] as number)]));
  const crossEntropy = surprises.length === 0 ? 0 : average(surprises);
  return options.diceWeight * average(dice) + options.crossEntropyWeight * crossEntropy;
}

export function meanSquaredError(prediction: Numbers, target: Numbers): number {
  return average(prediction.map((p, i) => (p - (target[i] as number)) ** 2));
}

export function meanAbsoluteError(prediction: Numbers, target: Numbers): number {
  return average(prediction.map((p, i) => Math.abs(p - (target[i] as number))));
}

/** Mean over rows of − Σ a log softmax(logits). */
export function softCrossEntropy(logits: Numbers, targets: Numbers, classes: number): number {
  const rows = rowsOf(logits, classes).map(softmax).flat();
  return (-rows.reduce((sum, p, i) => sum + (targets[i] as number) * Math.log(p), 0) * classes) / logits.length;
}
