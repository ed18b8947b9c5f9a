import * as tf from '@tensorflow/tfjs-core';
import { addInPlace } from './update.ts';
import { notePeak, type Tensor } from './tensor.ts';

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
  readonly gradients: GradientMemory;
}

/**
 * From the gradient of the output, those of the inputs, in order; undefined where an input needs none (`needs` says which do). `sums`
 * holds what the gradients of the inputs have come to so far, where that may be written to: an operation may add its own part and
 * return the sum itself.
 */
export type Backward = (
  dy: Tensor,
  saved: readonly Tensor[],
  needs: readonly boolean[],
  sums: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[];

/**
 * Whether the gradients that an operation returns are new memory, or may share the memory of dy: addition passes dy on as it is, and
 * TensorFlow's Reshape, Slice, Pad and Sum return the same buffer where they can, which tfjs's reference counts do not show.
 */
export type GradientMemory = 'new' | 'shared';

/** A gradient being summed up. One that is `owned` shares its memory with no other tensor, so it may be added to in place. */
interface Gradient {
  readonly value: Tensor;
  readonly owned: boolean;
}

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
export function operation(
  inputs: readonly Tensor[],
  forward: (save: (t: Tensor) => void) => Tensor,
  backward: Backward,
  gradients: GradientMemory = 'new',
): Tensor {
  const tape = active;
  if (tape === undefined || !inputs.some((t) => tape.tracked.has(t.id))) return tf.tidy(() => forward(() => undefined));
  const saved: Tensor[] = [];
  try {
    const output = tf.tidy(() => {
      const made = forward((t) => saved.push(tf.keep(tf.clone(t))));
      notePeak();
      return made;
    });
    tape.entries.push({ inputs: inputs.map((t) => t.id), output: output.id, saved, backward, gradients });
    tape.tracked.add(output.id);
    return output;
  } catch (error) {
    tf.dispose(saved);
    throw error;
  }
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
    result = tf.tidy(f);
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
      if (gradient !== undefined) named.set(name, gradient.value);
    }
    return { gradients: named, observed: result.observed, loss: result.loss };
  } catch (error) {
    tf.dispose([result.loss, result.observed]);
    throw error;
  } finally {
    free(tape);
  }
}

/**
 * Runs `f` without remembering its intermediates, and again during the backward pass: time for memory.
 * @param inputs every tensor that f uses and that needs a gradient, its parameters too
 * @param f gets the inputs in order; it must take from there what does not outlive the step, and may use parameters as they are
 */
export function recompute(inputs: readonly Tensor[], f: (inputs: readonly Tensor[]) => Tensor): Tensor {
  return operation(
    inputs,
    (save) => {
      inputs.forEach(save);
      return untracked(() => f(inputs));
    },
    (dy, saved, needs) => {
      // An input goes by two names: its own and that of its saved handle.
      const leaves = new Set(inputs.flatMap((t, i) => (needs[i] === true ? [t.id, saved[i]?.id ?? t.id] : [])));
      const tape: Tape = { entries: [], tracked: new Set(leaves) };
      const outer = active;
      active = tape;
      try {
        const output = tf.tidy(() => f(saved));
        active = outer;
        const gradients = backward(tape, output, leaves, dy);
        return inputs.map((t, i) => ownedSum(takeOut(gradients, t.id), takeOut(gradients, saved[i]?.id ?? t.id)));
      } finally {
        active = outer;
        free(tape);
      }
    },
  );
}

/** Removes what it returns: an input given twice gets its gradient once. */
function takeOut(gradients: Map<number, Gradient>, id: number): Gradient | undefined {
  const gradient = gradients.get(id);
  gradients.delete(id);
  return gradient;
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

function backward(tape: Tape, output: Tensor, leaves: ReadonlySet<number>, seed?: Tensor): Map<number, Gradient> {
  const gradients = new Map<number, Gradient>();
  try {
    gradients.set(output.id, { value: tf.keep(seed === undefined ? tf.onesLike(output) : tf.clone(seed)), owned: false });
    for (let entry = tape.entries.at(-1); entry !== undefined; entry = tape.entries.at(-1)) {
      const dy = gradients.get(entry.output);
      if (dy !== undefined) {
        propagate(entry, dy.value, tape, gradients);
        gradients.delete(entry.output);
        dy.value.dispose();
      }
      tf.dispose([...entry.saved]);
      tape.entries.pop();
    }
  } catch (error) {
    for (const { value } of gradients.values()) value.dispose();
    throw error;
  }
  for (const [id, { value }] of gradients)
    if (!leaves.has(id)) {
      value.dispose();
      gradients.delete(id);
    }
  return gradients;
}

/** Takes the gradient of one operation's output on to its inputs. */
function propagate(entry: Entry, dy: Tensor, tape: Tape, gradients: Map<number, Gradient>): void {
  const needs = entry.inputs.map((id) => tape.tracked.has(id));
  const owned = entry.gradients === 'new';
  const sums = entry.inputs.map((id) => {
    const gradient = gradients.get(id);
    return gradient?.owned === true ? gradient.value : undefined;
  });
  const wanted: [number, Tensor][] = [];
  tf.tidy(() => {
    const parts = entry.backward(dy, entry.saved, needs, sums);
    notePeak();
    parts.forEach((part, i) => {
      const id = entry.inputs[i];
      if (part === undefined || part === sums[i]) return;
      // A shared gradient may be dy itself, or the same tensor for two inputs: each gets its own handle.
      if (id !== undefined && needs[i] === true) wanted.push([id, tf.keep(owned ? part : tf.clone(part))]);
    });
  });
  for (const [id, part] of wanted) gradients.set(id, sumOf(gradients.get(id), { value: part, owned }));
}

/** The sum of two gradients, in the memory of one of them where that is allowed; both are taken over. */
function sumOf(a: Gradient | undefined, b: Gradient): Gradient {
  if (a === undefined) return b;
  const [target, other] = a.owned ? [a, b] : [b, a];
  const value = target.owned ? addInPlace(target.value, other.value) : tf.keep(tf.add(target.value, other.value));
  if (!target.owned) target.value.dispose();
  other.value.dispose();
  return { value, owned: true };
}

/** The sum of two gradients in memory of its own. */
function ownedSum(a: Gradient | undefined, b: Gradient | undefined): Tensor | undefined {
  const sum = b === undefined ? a : sumOf(a, b);
  if (sum === undefined || sum.owned) return sum?.value;
  const copied = tf.add(sum.value, 0);
  sum.value.dispose();
  return copied;
}

function free(tape: Tape): void {
  for (const entry of tape.entries) tf.dispose([...entry.saved]);
  tape.entries.length = 0;
}
