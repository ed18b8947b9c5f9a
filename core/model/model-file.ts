import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { readSafetensors } from '../compute/safetensors.ts';
import type { ParameterSpec } from './parameters.ts';
import { modelDocument, readDocument, type ModelDocument } from './saved-model.ts';
import { segmentationNetwork } from './segmentation-network.ts';

/** A saved model whose weights stay on disk until asked for; no backend is needed. */
export interface ModelFile {
  readonly document: ModelDocument;
  readonly specs: readonly ParameterSpec[];
  /** Values in PyTorch layout. @throws TesseraError `bad-model` */
  weight(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The caller closes it. @throws TesseraError `bad-model` naming the file that is missing, damaged or does not fit */
export async function openModelFile(folder: string): Promise<ModelFile> {
  const advice = 'Give the folder of a model: the one that holds model.json.';
  const document = await readDocument(join(folder, 'model.json'), modelDocument, 'bad-model', advice);
  const { specs } = segmentationNetwork(document);
  const path = join(folder, 'weights.safetensors');
  const file = await readSafetensors(path);
  const wrong = specs.find(({ name, torchShape }) => file.shapeOf(name)?.join() !== torchShape.join());
  if (wrong !== undefined) {
    await file.close();
    throw new TesseraError('bad-model', `has no ${wrong.name} of shape ${wrong.torchShape.join('x')}, which model.json calls for.`, {
      subject: path,
      advice: 'The file does not belong to this model.json; copy the model again.',
    });
  }
  return { document, specs, weight: (name) => file.float32(name), close: () => file.close() };
}
