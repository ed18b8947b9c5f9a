import { diceCe, diceCeDefaults, type DiceCeOptions } from '../../ops/dice-ce.ts';
import { meanAbsoluteError, meanSquaredError, softCrossEntropy } from '../../ops/losses.ts';
import { constant, defineCase, distributions, integersBetween, strong, variable, type Case } from '../case.ts';
import * as reference from '../reference/losses.ts';

export const lossCases: readonly Case[] = [
  diceCeCase('diceCe', {}),
  diceCeCase('diceCe, all voxels labelled', {}, { lowest: 0 }),
  diceCeCase('diceCe, no voxel labelled', {}, { lowest: -1, highest: -1 }),
  diceCeCase('diceCe, labels without class left out', {}, { highest: 5 }),
  diceCeCase('diceCe without squares', { squared: false, smoothNumerator: 1e-5, smoothDenominator: 1e-5 }),
  diceCeCase('diceCe without background', { includeBackground: false }),
  diceCeCase('diceCe without squares and background', { squared: false, includeBackground: false }),
  diceCeCase('diceCe, weighted', { diceWeight: 0.3, crossEntropyWeight: 1.7, smoothNumerator: 0.5, smoothDenominator: 0.7 }),
  diceCeCase('diceCe of many voxels', {}, { voxels: 2100 }),
  defineCase(
    'diceCe of strong logits',
    [strong(50, 2, 19, 4), integersBetween(-1, 3, 2, 19)],
    (logits, labels) => diceCe(logits, labels),
    (logits, labels) => [reference.diceCe(logits, labels, 2, 4, diceCeDefaults)],
  ),
  ...[1, 35, 16_411].map((n) =>
    defineCase(
      `meanSquaredError of ${n} values`,
      [variable(n), constant(n)],
      (prediction, target) => meanSquaredError(prediction, target),
      (prediction, target) => [reference.meanSquaredError(prediction, target)],
    ),
  ),
  defineCase(
    'meanAbsoluteError',
    [variable(7, 5), constant(7, 5)],
    (prediction, target) => meanAbsoluteError(prediction, target),
    (prediction, target) => [reference.meanAbsoluteError(prediction, target)],
  ),
  defineCase(
    'softCrossEntropy',
    [variable(6, 5), distributions(6, 5)],
    (logits, targets) => softCrossEntropy(logits, targets),
    (logits, targets) => [reference.softCrossEntropy(logits, targets, 5)],
  ),
  defineCase(
    'softCrossEntropy of strong logits',
    [strong(50, 6, 5), distributions(6, 5)],
    (logits, targets) => softCrossEntropy(logits, targets),
    (logits, targets) => [reference.softCrossEntropy(logits, targets, 5)],
  ),
];

interface DiceCeInputs {
  readonly voxels?: number;
  readonly lowest?: number;
  readonly highest?: number;
}

function diceCeCase(name: string, changes: Partial<DiceCeOptions>, { voxels = 19, lowest = -1, highest = 3 }: DiceCeInputs = {}): Case {
  const options = { ...diceCeDefaults, ...changes };
  return defineCase(
    name,
    [variable(2, voxels, 4), integersBetween(lowest, highest, 2, voxels)],
    (logits, labels) => diceCe(logits, labels, options),
    (logits, labels) => [reference.diceCe(logits, labels, 2, 4, options)],
  );
}
