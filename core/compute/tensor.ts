import * as tf from '@tensorflow/tfjs-core';

/** An array of numbers on the device. Everything outside core/compute treats it as opaque and disposes what it keeps. */
export type Tensor = tf.Tensor;
export type Shape = readonly number[];

/** Copies the values to the device. The array stays the caller's: the backend may otherwise share its memory. */
export function tensor(values: Float32Array | readonly number[], shape: Shape): Tensor {
  return tf.tensor(Float32Array.from(values), [...shape], 'float32');
}

/** Like {@link tensor}, without the copy: the caller gives the array away and must not write to it again. */
export function tensorFromOwned(values: Float32Array, shape: Shape): Tensor {
  return tf.tensor(values, [...shape], 'float32');
}

export function integers(values: Int32Array | readonly number[], shape: Shape): Tensor {
  return tf.tensor(Int32Array.from(values), [...shape], 'int32');
}

export function zeros(shape: Shape): Tensor {
  return tf.zeros([...shape]);
}

/** Values of a float tensor, row-major. */
export async function values(x: Tensor): Promise<Float32Array> {
  const data = await x.data();
  // TensorFlow hands out a view of its own memory: copy before the tensor goes.
  return Float32Array.from(data);
}

/** The one number of a scalar tensor. */
export async function scalar(x: Tensor): Promise<number> {
  return (await values(x))[0] ?? Number.NaN;
}

/** Runs f and disposes every tensor made in it except what it returns. Tensors saved for gradients live on until they are used. */
export function scope<T extends tf.TensorContainer>(f: () => T): T {
  return tf.tidy(f);
}

/** An independent copy of the values (not another handle on the same memory). */
export function copy(x: Tensor): Tensor {
  return tf.tidy(() => tf.add(x, 0));
}

/** Takes a tensor out of all scopes: the caller disposes it. */
export function keep<T extends Tensor>(x: T): T {
  return tf.keep(x);
}

export function dispose(...tensors: readonly (Tensor | undefined)[]): void {
  for (const t of tensors) t?.dispose();
}

/** Tensors alive and the bytes they hold: tests check that work leaves none behind. */
export function memory(): { readonly tensors: number; readonly bytes: number } {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes };
}

let watched: { bytes: number } | undefined;

/** The most bytes of tensors at once while `f` runs, seen after each operation and after each one's gradient. One watch at a time. */
export async function peakOf<T>(f: () => Promise<T>): Promise<{ readonly value: T; readonly bytes: number }> {
  const watch = { bytes: memory().bytes };
  watched = watch;
  try {
    return { value: await f(), bytes: watch.bytes };
  } finally {
    watched = undefined;
  }
}

/** For the tape: a moment at which much may be in memory. */
export function notePeak(): void {
  if (watched !== undefined) watched.bytes = Math.max(watched.bytes, memory().bytes);
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, d) => product * d, 1);
}
