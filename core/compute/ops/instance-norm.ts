import * as tf from '@tensorflow/tfjs-core';
import { fused, settings } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

export interface InstanceNormOptions {
  /** Slope of the leaky ReLU for negative values, 0 or more; 1 means no activation. */
  readonly slope: number;
  /** Added before the activation, as it is or normalised like x. */
  readonly residual?: { readonly value: Tensor; readonly normalise: boolean };
}

const EPSILON = 1e-5;

/**
 * Instance normalisation without affine part (torch.nn.InstanceNorm3d, epsilon 1e-5), optional residual, leaky ReLU:
 * y = lrelu(norm(x) + residual).
 * @param x (B, D, H, W, C)
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions): Tensor {
  const { slope, residual } = options;
  const r = residual?.value;
  const inputs = r === undefined ? [x] : [x, r];
  const kernels = fused();
  if (kernels !== undefined) {
    const mode = residual === undefined ? 0 : residual.normalise ? 2 : 1;
    // A plain residual's gradient needs the sign of y only, so the residual itself is not kept.
    const keepsResidual = residual?.normalise === true;
    return operation(
      inputs,
      (save) => {
        const numbers = settings(mode, slope, EPSILON);
        const [y = x, stats = x] = kernels.runMany('TesseraInstanceNorm', [x, r ?? numbers, numbers], 2);
        save(x);
        save(y);
        save(stats);
        if (keepsResidual && r !== undefined) save(r);
        return y;
      },
      (dy, [saved = x, y = x, stats = x, savedResidual]) => {
        const numbers = settings(mode, slope, EPSILON);
        const gradients = kernels.runMany('TesseraInstanceNormGrad', [dy, y, saved, savedResidual ?? saved, stats, numbers], 2);
        return r === undefined ? gradients.slice(0, 1) : gradients;
      },
    );
  }
  return operation(
    inputs,
    (save) => {
      const main = normalise(x);
      save(main.normal);
      save(main.scale);
      let z = main.normal;
      if (residual?.normalise === true) {
        const side = normalise(residual.value);
        z = tf.add(z, side.normal);
        save(side.normal);
        save(side.scale);
      } else if (residual !== undefined) z = tf.add(z, residual.value);
      const y = activate(z, slope);
      save(y);
      return y;
    },
    (dy, saved) => {
      const y = saved[saved.length - 1] ?? dy;
      const [normal = dy, scale = dy, sideNormal = dy, sideScale = dy] = saved;
      const dz = tf.mul(dy, tf.add(tf.mul(tf.cast(tf.greater(y, 0), 'float32'), 1 - slope), slope));
      const dx = normGradient(dz, normal, scale);
      if (residual === undefined) return [dx];
      return [dx, residual.normalise ? normGradient(dz, sideNormal, sideScale) : dz];
    },
  );
}

const SPACE = [1, 2, 3];

function normalise(x: Tensor): { normal: Tensor; scale: Tensor } {
  const centred = tf.sub(x, tf.mean(x, SPACE, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), SPACE, true), EPSILON));
  return { normal: tf.mul(centred, scale), scale };
}

function normGradient(dz: Tensor, normal: Tensor, scale: Tensor): Tensor {
  const mean = tf.mean(dz, SPACE, true);
  const dot = tf.mean(tf.mul(dz, normal), SPACE, true);
  return tf.mul(tf.sub(tf.sub(dz, mean), tf.mul(normal, dot)), scale);
}

function activate(z: Tensor, slope: number): Tensor {
  return slope === 1 ? z : tf.maximum(z, tf.mul(z, slope));
}
