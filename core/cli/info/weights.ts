import { TesseraError } from '../../base/errors.ts';
import { readSafetensors } from '../../compute/safetensors.ts';
import { refusePickled } from '../../model/pickled-checkpoint.ts';
import type { ParameterSpec } from '../../model/parameters.ts';
import { rowsText } from './rows.ts';

const MOST_ROWS = 400;

export async function weightsInfo(path: string): Promise<{ document: object; text: string }> {
  await refusePickled(path);
  const file = await readSafetensors(path);
  try {
    const tensors = file.names.map((name) => ({ name, shape: file.shapeOf(name) ?? [] }));
    const count = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);
    const rows = tensors.slice(0, MOST_ROWS).map(({ name, shape }) => [name, shape.join('x')] as const);
    const more = tensors.length > MOST_ROWS ? `\n… and ${tensors.length - MOST_ROWS} more` : '';
    return {
      document: { kind: 'weights', path, metadata: file.metadata, numbers: count, tensors },
      text: `${path}: ${tensors.length} tensors, ${count} numbers\n${rowsText(rows)}${more}`,
    };
  } finally {
    await file.close();
  }
}

/** @throws TesseraError `bad-model` when a weight is missing or of another shape, or the file is cut off */
export async function checkWeightsFile(path: string, specs: readonly ParameterSpec[]): Promise<void> {
  const file = await readSafetensors(path);
  try {
    for (const { name, torchShape } of specs) {
      const shape = file.shapeOf(name);
      if (shape?.join() !== torchShape.join())
        throw new TesseraError(
          'bad-model',
          shape === undefined ? `has no weight ${name}.` : `has ${name} of shape ${shape.join('x')}, not ${torchShape.join('x')}.`,
          {
            subject: path,
            advice: 'The file does not belong to this model.json; export the model again.',
          },
        );
    }
  } finally {
    await file.close();
  }
}
