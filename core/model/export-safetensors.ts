import { elementCount } from '../compute/safetensors-header.ts';
import { writeSafetensors, type SafetensorsEntry } from '../compute/safetensors.ts';
import type { ModelFile } from './model-file.ts';
import type { ModelDocument } from './saved-model.ts';

/**
 * Writes a model's weights as one file that `torch` loads (safetensors.torch.load_file) and MONAI's network of the same settings takes with
 * strict=True, where MONAI has that network (UNETR: patches of 16³). What a user of the weights must know is in the file's metadata.
 * @throws TesseraError `write-failed`, `bad-model`
 */
export async function exportSafetensors(path: string, model: ModelFile): Promise<{ readonly tensors: number; readonly bytes: number }> {
  const entries = new Map<string, SafetensorsEntry>(
    model.specs.map(({ name, torchShape }) => [name, { shape: torchShape, data: () => model.weight(name) }]),
  );
  await writeSafetensors(path, entries, { format: 'pt', ...exportedMetadata(model.document) });
  return { tensors: entries.size, bytes: 4 * model.specs.reduce((sum, { torchShape }) => sum + elementCount(torchShape), 0) };
}

/**
 * What a user of the weights must know, as texts: network, settings, labels, preparation. Where the model comes from is left out: it names
 * folders and scans of the house.
 */
export function exportedMetadata(document: ModelDocument): Record<string, string> {
  const inWords = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.fromEntries(
    Object.entries(document)
      .filter(([key]) => key !== 'provenance')
      .map(([key, value]) => [key, inWords(value)]),
  );
}
