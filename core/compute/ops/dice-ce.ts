import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

export interface DiceCeOptions {
  /** Squares in the denominator of the Dice part (MONAI's squared_pred). */
  readonly squared: boolean;
  readonly smoothNumerator: number;
  readonly smoothDenominator: number;
  /** Background counts in the Dice part; cross-entropy always counts it. */
  readonly includeBackground: boolean;
  readonly diceWeight: number;
  readonly crossEntropyWeight: number;
}

export const diceCeDefaults: DiceCeOptions = {
  squared: true,
  smoothNumerator: 0,
  smoothDenominator: 1e-6,
  includeBackground: true,
  diceWeight: 1,
  crossEntropyWeight: 1,
};

/**
 * Soft-max Dice plus cross-entropy (method 9.1, MONAI's DiceCELoss).
 * @param logits (B, V, K)
 * @param labels (B, V) int32; a label that is no class (negative: unlabelled) is left out
 * @returns scalar
 */
export function diceCe(logits: Tensor, labels: Tensor, options: DiceCeOptions = diceCeDefaults): Tensor {
  const weights = (): Tensor => settings(options.diceWeight, options.crossEntropyWeight);
  const kernels = fused();
  if (kernels !== undefined) {
    const numbers = (): Tensor =>
      settings(options.squared ? 1 : 0, options.smoothNumerator, options.smoothDenominator, options.includeBackground ? 1 : 0);
    return operation(
      [logits],
      (save) => {
        const [losses = logits, sums = logits] = kernels.runMany('TesseraDiceCe', [logits, labels, numbers()], 2);
        save(logits);
        save(labels);
        save(losses);
        save(sums);
        return tf.sum(tf.mul(tf.slice(losses, [0], [2]), weights()));
      },
      (dy, [saved = logits, y = labels, losses = logits, sums = logits]) => [
        kernels.run('TesseraDiceCeGrad', [tf.mul(weights(), dy), saved, y, losses, sums, numbers()]),
      ],
    );
  }
  return operation(
    [logits],
    (save) => {
      save(logits);
      save(labels);
      const { dice, crossEntropy } = parts(logits, labels, options);
      return tf.add(tf.mul(dice, options.diceWeight), tf.mul(crossEntropy, options.crossEntropyWeight));
    },
    (dy, [saved = logits, y = labels]) => {
      const t = terms(saved, y, options);
      const count = saved.shape[0] * t.classes;
      const bottom = tf.add(t.denominator, options.smoothDenominator);
      const hit = tf.div(2, bottom);
      const fall = tf.div(tf.add(tf.mul(t.truePositive, 2), options.smoothNumerator), tf.square(bottom));
      const slope = options.squared ? tf.mul(t.p, 2) : t.valid;
      const u = tf.mul(tf.mul(tf.sub(tf.mul(fall, slope), tf.mul(hit, t.g)), t.counted), options.diceWeight / count);
      const inner = tf.sum(tf.mul(u, t.p), -1, true);
      const fromDice = tf.mul(t.p, tf.sub(u, inner));
      const fromCross = tf.mul(tf.sub(t.p, t.g), tf.div(options.crossEntropyWeight, t.labelled));
      return [tf.mul(tf.mul(tf.add(fromDice, fromCross), t.valid), dy)];
    },
  );
}

/** The two parts by themselves, for reports and tests: scalars. */
function parts(logits: Tensor, labels: Tensor, options: DiceCeOptions): { dice: Tensor; crossEntropy: Tensor } {
  const t = terms(logits, labels, options);
  const top = tf.add(tf.mul(t.truePositive, 2), options.smoothNumerator);
  const f = tf.mul(tf.sub(1, tf.div(top, tf.add(t.denominator, options.smoothDenominator))), t.counted);
  const dice = tf.div(tf.sum(f), logits.shape[0] * t.classes);
  const crossEntropy = tf.div(tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), t.g))), t.labelled);
  return { dice, crossEntropy };
}

interface Terms {
  /** Probabilities and one-hot labels (B, V, K), zero where unlabelled in the sums. */
  readonly p: Tensor;
  readonly g: Tensor;
  /** 1 where labelled (B, V, 1). */
  readonly valid: Tensor;
  /** Number of labelled voxels, at least 1. */
  readonly labelled: Tensor;
  /** (B, 1, K). */
  readonly truePositive: Tensor;
  readonly denominator: Tensor;
  /** 1 for the classes that count in the Dice part (K). */
  readonly counted: Tensor;
  readonly classes: number;
}

function terms(logits: Tensor, labels: Tensor, options: DiceCeOptions): Terms {
  const k = logits.shape[2] ?? 0;
  const isClass = tf.logicalAnd(tf.greaterEqual(labels, 0), tf.less(labels, k));
  const valid = tf.expandDims(tf.cast(isClass, 'float32'), -1);
  const p = tf.softmax(logits, -1);
  // One-hot of a label that is no class is all zeros.
  const g = tf.cast(tf.oneHot(tf.cast(labels, 'int32'), k), 'float32');
  const measured = tf.mul(options.squared ? tf.square(p) : p, valid);
  const counted = tf.tensor1d(Array.from({ length: k }, (_, c) => (c === 0 && !options.includeBackground ? 0 : 1)));
  return {
    p,
    g,
    valid,
    labelled: tf.maximum(tf.sum(valid), 1),
    truePositive: tf.sum(tf.mul(p, g), 1, true),
    denominator: tf.sum(tf.add(measured, g), 1, true),
    counted,
    classes: options.includeBackground ? k : k - 1,
  };
}
