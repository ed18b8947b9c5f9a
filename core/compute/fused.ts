import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from './tensor.ts';

/**
 * The compiled operations of core/compute/native, where they are loaded and the tensors live in main memory; undefined elsewhere.
 * Each has a twin written with tfjs operations beside its caller, and a conformance test that holds the two together.
 */
export interface FusedKernels {
  run(name: string, inputs: readonly Tensor[]): Tensor;
  runMany(name: string, inputs: readonly Tensor[], outputs: number): Tensor[];
  /** For an operation on lists of tensors, all equally long, and on `others` after them. */
  runOnLists(name: string, lists: readonly (readonly Tensor[])[], others?: readonly Tensor[]): Tensor;
}

interface TensorflowBackend {
  readonly binding: { readonly TF_ATTR_INT: number };
  executeSingleOutput(name: string, attributes: readonly unknown[], inputs: readonly Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: readonly unknown[], inputs: readonly Tensor[], outputs: number): Tensor[];
}

let kernels: FusedKernels | undefined;

/** Called once by the backend choice, after the compiled operations are registered with TensorFlow. */
export function useFusedKernels(available: boolean): void {
  if (!available) {
    kernels = undefined;
    return;
  }
  const backend = tf.backend() as unknown as TensorflowBackend;
  kernels = {
    run: (name, inputs) => backend.executeSingleOutput(name, [], inputs),
    runMany: (name, inputs, outputs) => backend.executeMultipleOutputs(name, [], inputs, outputs),
    runOnLists: (name, lists, others = []) => {
      const length = { name: 'N', type: backend.binding.TF_ATTR_INT, value: lists[0]?.length ?? 0 };
      return backend.executeSingleOutput(name, [length], [...lists.flat(), ...others]);
    },
  };
}

export function fused(): FusedKernels | undefined {
  return kernels;
}

/** Numbers for an operation, as the small tensor that it reads them from. */
export function settings(...numbers: readonly number[]): Tensor {
  return tf.tensor1d([...numbers], 'float32');
}
