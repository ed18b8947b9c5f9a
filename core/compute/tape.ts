import * as tf from '@tensorflow/tfjs-core';
import { addInPlace } from './update.ts';
import type { Tensor } from './tensor.ts';

/**
 * Reverse-mode differentiation. Every operation says itself what its gradient needs (`save`) and how to compute it; the tape keeps
 * just that, and frees it as the backward pass goes by. tfjs's own tape keeps every intermediate until the end (4.3 times PyTorch's
 * memory on a UNETR) and has gradients that are missing or wrong on some backends, so none of it is used.
 */
interface Entry {
  readonly inputs: readonly number[];
  readonly output: number;
  readonly saved: readonly Tensor[];
  readonly backward: Backward;
}

/** From the gradient of the output, those of the inputs, in order; undefined where an input needs none (`needs` says which do). */
export type Backward = (dy: Tensor, saved: readonly Tensor[], needs: readonly boolean[]) => readonly (Tensor | undefined)[];

interface Tape {
  readonly entries: Entry[];
  /** Ids of the tensors that the loss depends on through a parameter. */
  readonly tracked: Set<number>;
}

// The tape being written, if any. Operations are plain functions of tensors, so it cannot be a parameter of theirs.
let active: Tape | undefined;

/**
 * Defines one operation.
 * @param inputs tensors that may need gradients
 * @param forward computes the output; what the gradient needs is passed to `save`
 */
export function operation(inputs: readonly Tensor[], forward: (save: (t: Tensor) => void) => Tensor, backward: Backward): Tensor {
  const tape = active;
  if (tape === undefined || !inputs.some((t) => tape.tracked.has(t.id))) return tf.tidy(() => forward(() => undefined));
  const saved: Tensor[] = [];
  const output = tf.tidy(() => forward((t) => saved.push(tf.keep(tf.clone(t)))));
  tape.entries.push({ inputs: inputs.map((t) => t.id), output: output.id, saved, backward });
  tape.tracked.add(output.id);
  return output;
}

export interface Differentiated<Name extends string> {
  /** Gradient of the loss for each parameter it depends on; the caller disposes them. */
  readonly gradients: Map<string, Tensor>;
  /** What the loss function returned besides the loss; the caller disposes them. */
  readonly observed: Record<Name, Tensor>;
  readonly loss: Tensor;
}

/**
 * The gradient of a scalar loss with respect to the parameters.
 * @param f returns the loss and other scalars worth watching
 */
export function differentiate<Name extends string>(
  parameters: ReadonlyMap<string, Tensor>,
  f: () => { readonly loss: Tensor; readonly observed: Record<Name, Tensor> },
): Differentiated<Name> {
  const tape: Tape = { entries: [], tracked: new Set([...parameters.values()].map((p) => p.id)) };
  const outer = active;
  active = tape;
  let result;
  try {
    result = tf.tidy(f as () => tf.TensorContainerObject) as unknown as ReturnType<typeof f>;
  } catch (error) {
    free(tape);
    throw error;
  } finally {
    active = outer;
  }
  try {
    const gradients = backward(tape, result.loss, new Set([...parameters.values()].map((p) => p.id)));
    const named = new Map<string, Tensor>();
    for (const [name, parameter] of parameters) {
      const gradient = gradients.get(parameter.id);
      if (gradient !== undefined) named.set(name, gradient);
    }
    return { gradients: named, observed: result.observed, loss: result.loss };
  } finally {
    free(tape);
  }
}

/**
 * Runs `f` without remembering its intermediates, and again during the backward pass: time for memory.
 * @param inputs every tensor that f uses and that needs a gradient, its parameters too
 */
export function recompute(inputs: readonly Tensor[], f: () => Tensor): Tensor {
  return operation(
    inputs,
    () => untracked(f),
    (dy, _, needs) => {
      const leaves = new Set(inputs.filter((_t, i) => needs[i]).map((t) => t.id));
      const tape: Tape = { entries: [], tracked: new Set(leaves) };
      const outer = active;
      active = tape;
      try {
        const output = f();
        active = outer;
        const gradients = backward(tape, output, leaves, dy);
        return inputs.map((t) => gradients.get(t.id));
      } finally {
        active = outer;
        free(tape);
      }
    },
  );
}

/** Runs f without recording: the teacher, evaluation. */
export function untracked<T>(f: () => T): T {
  const outer = active;
  active = undefined;
  try {
    return f();
  } finally {
    active = outer;
  }
}

function backward(tape: Tape, output: Tensor, leaves: ReadonlySet<number>, seed?: Tensor): Map<number, Tensor> {
  const gradients = new Map<number, Tensor>();
  gradients.set(output.id, tf.keep(seed === undefined ? tf.onesLike(output) : tf.clone(seed)));
  for (let at = tape.entries.length - 1; at >= 0; at--) {
    const entry = tape.entries[at];
    if (entry === undefined) continue;
    const dy = gradients.get(entry.output);
    if (dy !== undefined) {
      const needs = entry.inputs.map((id) => tape.tracked.has(id));
      const parts = tf.tidy(
        () => entry.backward(dy, entry.saved, needs).map((g) => (g === undefined ? undefined : tf.keep(g))) as Tensor[],
      );
      parts.forEach((part: Tensor | undefined, i) => {
        const id = entry.inputs[i];
        if (part !== undefined && id !== undefined) accumulate(gradients, id, needs[i] === true ? part : undefined, part, dy);
      });
      if (!leaves.has(entry.output)) {
        gradients.delete(entry.output);
        // An operation may pass its gradient on as it is (addition does).
        if (![...gradients.values()].includes(dy)) dy.dispose();
      }
    }
    tf.dispose([...entry.saved]);
    tape.entries.length = at;
  }
  for (const [id, gradient] of gradients)
    if (!leaves.has(id)) {
      gradient.dispose();
      gradients.delete(id);
    }
  return gradients;
}

function accumulate(gradients: Map<number, Tensor>, id: number, wanted: Tensor | undefined, part: Tensor, dy: Tensor): void {
  if (wanted === undefined) {
    if (part !== dy) part.dispose();
    return;
  }
  const sum = gradients.get(id);
  if (sum === undefined) {
    // Two inputs of one addition share one gradient tensor: each gets its own handle.
    gradients.set(id, part === dy ? tf.keep(tf.clone(part)) : part);
    return;
  }
  gradients.set(id, addInPlace(sum, part));
  if (part !== dy) part.dispose();
}

function free(tape: Tape): void {
  for (const entry of tape.entries) tf.dispose([...entry.saved]);
  tape.entries.length = 0;
}
