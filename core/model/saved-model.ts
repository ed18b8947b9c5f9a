import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { isTesseraError, TesseraError } from '../base/errors.ts';
import { keep, tensorFromOwned, values, type Tensor } from '../compute/index.ts';
import { readSafetensors, writeSafetensors } from '../compute/safetensors.ts';
import { preparationSettings } from '../imaging/index.ts';
import { disposeParameters, type ParameterSpec, type Parameters } from './parameters.ts';
import { fromTorch, toTorch } from './torch-layout.ts';
import { regionsSchema } from './regions.ts';
import { networkSettings, segmentationNetwork } from './segmentation-network.ts';

const labelName = z.object({ value: z.number().int().min(0), name: z.string() });

const besideNetwork = z.object({
  schema: z.literal('tessera-model/1'),
  preparation: preparationSettings,
  /** Value and name of every label that the model can give, background first: its output classes, where it has no regions. */
  labels: z.array(labelName).min(2),
  /** Where there are any, each output is a region of its own (sigmoid), which may overlap with others, in writing order. */
  regions: regionsSchema.optional(),
  /** Free text and numbers: run, data fingerprint, initial weights, measured accuracy. */
  provenance: z.record(z.string(), z.unknown()).default({}),
});

/** One output a class, or one a region. */
const fitsOutputs = (document: { labels: unknown[]; regions?: unknown[] | undefined; settings: { classes: number } }): boolean =>
  (document.regions ?? document.labels).length === document.settings.classes;

/** `model.json`: all that segmentation needs to repeat what training did, and where the model comes from. */
export const modelDocument = besideNetwork
  .and(networkSettings)
  .refine(fitsOutputs, 'labels or regions are not as many as the outputs of the network');
export type ModelDocument = z.infer<typeof modelDocument>;

export interface SavedModel {
  readonly document: ModelDocument;
  readonly parameters: Parameters;
}

const DOCUMENT = 'model.json';
const WEIGHTS = 'weights.safetensors';

/** Writes `model.json` and `weights.safetensors` (PyTorch layout, MONAI's names), the document last: a folder with it is complete. */
export async function saveModel(folder: string, document: ModelDocument, parameters: Parameters): Promise<void> {
  await writeWeights(join(folder, WEIGHTS), segmentationNetwork(document).specs, parameters);
  await writeFileAtomic(join(folder, DOCUMENT), JSON.stringify(document, null, 2) + '\n');
}

/** @throws TesseraError `bad-model` naming the file that is missing, damaged or does not fit */
export async function loadModel(folder: string): Promise<SavedModel> {
  const path = join(folder, DOCUMENT);
  const document = await readDocument(path, modelDocument, 'bad-model', 'Give the folder of a model: the one that holds model.json.');
  const parameters = await readWeights(join(folder, WEIGHTS), segmentationNetwork(document).specs);
  return { document, parameters };
}

/** Frees the weights of a model. */
export function closeModel(model: SavedModel): void {
  disposeParameters(model.parameters);
}

/** A JSON file checked against its schema. */
export async function readDocument<T>(
  path: string,
  schema: z.ZodType<T>,
  code: 'bad-model' | 'bad-checkpoint',
  advice: string,
): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new TesseraError(code, 'is missing or cannot be read.', { subject: path, advice, cause });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).replace(/\s+/g, ' ') : 'it is not JSON';
    throw new TesseraError(code, `is damaged or of another version (${reason}).`, { subject: path, advice, cause });
  }
}

/** Weights in PyTorch layout. */
export async function writeWeights(path: string, specs: readonly ParameterSpec[], parameters: Parameters): Promise<void> {
  const entries = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const spec of specs) {
    const value = parameters.get(spec.name);
    if (value !== undefined) entries.set(spec.name, { shape: spec.torchShape, data: toTorch(await values(value), spec) });
  }
  await writeSafetensors(path, entries, { format: 'pt' });
}

/** Weights of these names and shapes. @throws TesseraError `bad-model` naming the file and the weight */
export async function readWeights(path: string, specs: readonly ParameterSpec[]): Promise<Map<string, Tensor>> {
  const file = await readSafetensors(path);
  const parameters = new Map<string, Tensor>();
  const advice = 'The file does not belong to this model.json; export the model again.';
  try {
    for (const spec of specs) {
      const shape = file.shapeOf(spec.name);
      if (shape === undefined) throw new TesseraError('bad-model', `has no weight ${spec.name}.`, { subject: path, advice });
      if (shape.join() !== spec.torchShape.join())
        throw new TesseraError('bad-model', `has ${spec.name} of shape ${shape.join('x')}, not ${spec.torchShape.join('x')}.`, {
          subject: path,
          advice,
        });
      parameters.set(spec.name, keep(tensorFromOwned(fromTorch(await file.float32(spec.name), spec), spec.shape)));
    }
  } catch (error) {
    disposeParameters(parameters);
    if (isTesseraError(error)) throw error;
    throw new TesseraError('bad-model', 'could not be read.', { subject: path, advice, cause: error });
  } finally {
    await file.close();
  }
  return parameters;
}
