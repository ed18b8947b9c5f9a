import { binaryCrossEntropy } from '../../ops/bce.ts';
import { diceBce, type DiceBceOptions } from '../../ops/dice-bce.ts';
import { diceCeDefaults } from '../../ops/dice-ce.ts';
import { defineCase, integersBetween, strong, variable, type Case, type Input } from '../case.ts';
import * as reference from '../reference/binary-losses.ts';

/** Background, and three classes in two regions that overlap. */
const membership = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

export const binaryLossCases: readonly Case[] = [
  diceBceCase('diceBce', {}),
  diceBceCase('diceBce without squares', { squared: false, smoothNumerator: 1e-5, smoothDenominator: 1e-5 }),
  diceBceCase('diceBce, weighted', { diceWeight: 0.3, crossEntropyWeight: 1.7, smoothNumerator: 0.5, smoothDenominator: 0.7 }),
  diceBceCase('diceBce, labels without class left out', {}, integersBetween(-1, 5, 2, 19)),
  diceBceCase('diceBce, no voxel labelled', {}, integersBetween(-1, -1, 2, 19)),
  diceBceCase('diceBce of strong logits', {}, integersBetween(-1, 3, 2, 19), strong(50, 2, 19, 2)),
  bceCase('binaryCrossEntropy', variable(4, 3), integersBetween(-1, 1, 4, 3)),
  bceCase('binaryCrossEntropy of strong logits', strong(50, 4, 3), integersBetween(0, 1, 4, 3)),
  bceCase('binaryCrossEntropy, nothing known', variable(4, 3), integersBetween(-1, -1, 4, 3)),
];

function diceBceCase(
  name: string,
  changes: Partial<DiceBceOptions>,
  labelled = integersBetween(0, 3, 2, 19),
  given: Input = variable(2, 19, 2),
): Case {
  const options = { ...diceCeDefaults, ...changes };
  return defineCase(
    name,
    [given, labelled],
    (logits, labels) => diceBce(logits, labels, membership, options),
    (logits, labels) => [reference.diceBce(logits, labels, 2, membership, options)],
  );
}

function bceCase(name: string, given: Input, answers: Input): Case {
  return defineCase(
    name,
    [given, { ...answers, kind: 'constant' }],
    (logits, targets) => binaryCrossEntropy(logits, targets),
    (logits, targets) => [reference.binaryCrossEntropy(logits, targets)],
  );
}
