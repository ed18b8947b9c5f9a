import type { DiceBceOptions } from '../../ops/dice-bce.ts';
import type { Numbers } from '../case.ts';
import { average } from './dense.ts';

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
/** −log of the probability given to the right answer. */
const surprise = (z: number, g: number): number => (z > 0 ? Math.log1p(Math.exp(-z)) + (1 - g) * z : Math.log1p(Math.exp(z)) - g * z);

/** Sigmoid Dice, averaged over samples and regions, plus binary cross-entropy, averaged over regions and labelled voxels. */
export function diceBce(
  logits: Numbers,
  labels: Numbers,
  batch: number,
  membership: readonly (readonly number[])[],
  options: DiceBceOptions,
): number {
  const regions = membership[0]?.length ?? 0;
  const voxels = labels.length / batch;
  const dice: Numbers = [];
  const surprises: Numbers = [];
  for (let b = 0; b < batch; b++)
    for (let r = 0; r < regions; r++) {
      let overlap = 0;
      let total = 0;
      for (let v = b * voxels; v < (b + 1) * voxels; v++) {
        const g = membership[labels[v] as number]?.[r];
        if (g === undefined) continue;
        const z = logits[v * regions + r] as number;
        const p = sigmoid(z);
        overlap += p * g;
        total += (options.squared ? p * p : p) + g;
        surprises.push(surprise(z, g));
      }
      dice.push(1 - (2 * overlap + options.smoothNumerator) / (total + options.smoothDenominator));
    }
  const crossEntropy = surprises.length === 0 ? 0 : average(surprises);
  return options.diceWeight * average(dice) + options.crossEntropyWeight * crossEntropy;
}

/** Mean over the answers that are known, those that are not negative. */
export function binaryCrossEntropy(logits: Numbers, targets: Numbers): number {
  const known = logits.flatMap((z, i) => ((targets[i] as number) < 0 ? [] : [surprise(z, targets[i] as number)]));
  return known.length === 0 ? 0 : average(known);
}
