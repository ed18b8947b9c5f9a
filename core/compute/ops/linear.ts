import * as tf from '@tensorflow/tfjs-core';
import { fused } from '../fused.ts';
import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { matMul } from './mat-mul.ts';

/**
 * y = x W^T + b over the last axis, as torch.nn.Linear.
 * @param x (..., in)
 * @param weight (out, in)
 * @param bias (out)
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [out = 0, width = 0] = weight.shape;
  const shape = [...x.shape.slice(0, -1), out];
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  return operation(
    inputs,
    (save) => {
      save(x);
      // Parameters outlive the step; a computed weight (the DINO head's) would be gone when its gradient is computed.
      if (!weight.kept) save(weight);
      const rows = rowsOf(x, width);
      return shaped(matMul(rows, weight, { transposeB: true, bias }), shape);
    },
    (dy, [saved = x, savedWeight = weight], needs) => {
      const rows = rowsOf(dy, out);
      return [
        needs[0] ? shaped(matMul(rows, savedWeight), x.shape) : undefined,
        needs[1] ? matMul(rows, rowsOf(saved, width), { transposeA: true }) : undefined,
        needs[2] ? columnSum(rows) : undefined,
      ];
    },
  );
}

function rowsOf(x: Tensor, width: number): Tensor {
  return shaped(x, [x.size / width, width]);
}

/** A reshape costs a call of the backend: only where there is something to do. */
function shaped(x: Tensor, shape: readonly number[]): Tensor {
  return x.shape.length === shape.length ? x : tf.reshape(x, [...shape]);
}

/** (R, C) → (C). */
export function columnSum(x: Tensor): Tensor {
  const kernels = fused();
  return kernels === undefined ? tf.sum(x, 0) : kernels.run('TesseraColumnSum', [x]);
}
