import { operation } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { columnSum, matMul, matMulAndSums } from './mat-mul.ts';

/**
 * y = x W^T + b over the last axis, as torch.nn.Linear.
 * @param x (..., in)
 * @param weight (out, in)
 * @param bias (out)
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  return operation(
    inputs,
    (save) => {
      save(x);
      // Parameters outlive the step; a computed weight (the DINO head's) would be gone when its gradient is computed.
      if (!weight.kept) save(weight);
      return matMul(x, weight, { transposeB: true, bias });
    },
    (dy, [saved = x, savedWeight = weight], [needsX, needsWeight, needsBias], [, weightSum, biasSum]) => {
      const dx = needsX === true ? matMul(dy, savedWeight) : undefined;
      if (needsWeight === true && needsBias === true) return [dx, ...matMulAndSums(dy, saved, weightSum, biasSum)];
      return [
        dx,
        needsWeight === true ? matMul(dy, saved, { transposeA: true }) : undefined,
        needsBias === true ? columnSum(dy) : undefined,
      ];
    },
  );
}
