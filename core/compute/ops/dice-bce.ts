import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../tape.ts';
import { tensor, type Tensor } from '../tensor.ts';
import type { DiceCeOptions } from './dice-ce.ts';

export type DiceBceOptions = Omit<DiceCeOptions, 'includeBackground'>;

/**
 * Sigmoid Dice plus binary cross-entropy for regions that may overlap (MONAI's DiceCELoss with sigmoid, nnU-Net's regions). Dice is
 * averaged over samples and regions, cross-entropy over regions and labelled voxels.
 * @param logits (B, V, R), one a region
 * @param labels (B, V) int32: class of each voxel; one that is no class (negative, or K and above: unlabelled) is left out
 * @param membership K rows of R numbers: 1 where the class belongs to the region, else 0
 * @returns scalar
 */
export function diceBce(logits: Tensor, labels: Tensor, membership: readonly (readonly number[])[], options: DiceBceOptions): Tensor {
  return operation(
    [logits],
    (save) => {
      save(logits);
      save(labels);
      const t = terms(logits, labels, membership, options);
      const dice = tf.mean(tf.sub(1, tf.div(t.top, t.bottom)));
      // log(1 + e^z) − g z, written so that no power overflows.
      const surprise = tf.sub(tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits))))), tf.mul(logits, t.g));
      const crossEntropy = tf.div(tf.sum(tf.mul(surprise, t.valid)), t.counted);
      return tf.add(tf.mul(dice, options.diceWeight), tf.mul(crossEntropy, options.crossEntropyWeight));
    },
    (dy, [saved = logits, y = labels]) => {
      const t = terms(saved, y, membership, options);
      const share = options.diceWeight / (saved.shape[0] * (saved.shape[2] ?? 1));
      const slope = options.squared ? tf.mul(t.p, 2) : t.valid;
      const byP = tf.sub(tf.mul(tf.div(t.top, tf.square(t.bottom)), slope), tf.mul(tf.div(2, t.bottom), t.g));
      const fromDice = tf.mul(tf.mul(byP, tf.mul(t.p, tf.sub(1, t.p))), share);
      const fromCross = tf.mul(tf.sub(t.p, t.g), tf.div(options.crossEntropyWeight, t.counted));
      return [tf.mul(tf.mul(tf.add(fromDice, fromCross), t.valid), dy)];
    },
  );
}

interface Terms {
  /** Probabilities and targets (B, V, R). */
  readonly p: Tensor;
  readonly g: Tensor;
  /** 1 where labelled (B, V, 1). */
  readonly valid: Tensor;
  /** Labelled voxels times regions, at least 1. */
  readonly counted: Tensor;
  /** Numerator and denominator of each sample's and region's Dice (B, 1, R). */
  readonly top: Tensor;
  readonly bottom: Tensor;
}

function terms(logits: Tensor, labels: Tensor, membership: readonly (readonly number[])[], options: DiceBceOptions): Terms {
  const classes = membership.length;
  const regions = logits.shape[2] ?? 1;
  const isClass = tf.logicalAnd(tf.greaterEqual(labels, 0), tf.less(labels, classes));
  const valid = tf.expandDims(tf.cast(isClass, 'float32'), -1);
  const known = tf.where(isClass, labels, tf.zerosLike(labels));
  const g = tf.mul(tf.gather(tensor(membership.flat(), [classes, regions]), tf.cast(known, 'int32')), valid);
  const p = tf.sigmoid(logits);
  const measured = tf.mul(options.squared ? tf.square(p) : p, valid);
  return {
    p,
    g,
    valid,
    counted: tf.mul(tf.maximum(tf.sum(valid), 1), regions),
    top: tf.add(tf.mul(tf.sum(tf.mul(p, g), 1, true), 2), options.smoothNumerator),
    bottom: tf.add(tf.sum(tf.add(measured, g), 1, true), options.smoothDenominator),
  };
}
