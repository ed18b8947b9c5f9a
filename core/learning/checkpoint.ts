import { TesseraError } from '../base/errors.ts';
import { keep, tensorFromOwned, values, type Tensor } from '../compute/index.ts';
import { readSafetensors, writeSafetensors } from '../compute/safetensors.ts';

/** Everything a run needs to go on as if it had not stopped: named groups of tensors and a few numbers. */
export interface CheckpointState {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly numbers: Readonly<Record<string, number>>;
}

/** One file, written atomically: weights, optimiser, counters. Tensors lie as they do in memory. */
export async function writeCheckpoint(path: string, state: CheckpointState): Promise<void> {
  const entries = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, value] of state.tensors) entries.set(name, { shape: value.shape, data: await values(value) });
  await writeSafetensors(path, entries, { tessera: JSON.stringify({ schema: 'tessera-checkpoint/1', numbers: state.numbers }) });
}

/**
 * The caller disposes the tensors.
 * @param wanted which of them are read; all unless given
 * @throws TesseraError `bad-checkpoint`
 */
export async function readCheckpoint(
  path: string,
  wanted: (name: string) => boolean = () => true,
): Promise<{ tensors: Map<string, Tensor>; numbers: Record<string, number> }> {
  const file = await readSafetensors(path);
  try {
    const text = file.metadata['tessera'];
    if (text === undefined)
      throw new TesseraError('bad-checkpoint', 'is not a checkpoint of a run.', { subject: path, advice: 'Give a run folder.' });
    const { numbers } = JSON.parse(text) as { numbers: Record<string, number> };
    const tensors = new Map<string, Tensor>();
    for (const name of file.names.filter(wanted))
      tensors.set(name, keep(tensorFromOwned(await file.float32(name), file.shapeOf(name) ?? [])));
    return { tensors, numbers };
  } finally {
    await file.close();
  }
}

/** Entries whose name begins with `prefix`, without it. */
export function withoutPrefix(tensors: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Tensor> {
  return new Map([...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]));
}
