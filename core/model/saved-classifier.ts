import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { preparationSettings } from '../imaging/index.ts';
import { classifierSettings, classifierSpecs } from './classifier.ts';
import type { Parameters } from './parameters.ts';
import { readDocument, readWeights, writeWeights } from './saved-model.ts';

/** `classifier.json`: all that it takes to score another scan. */
export const classifierDocument = z.object({
  schema: z.literal('tessera-classifier/1'),
  settings: classifierSettings,
  preparation: preparationSettings,
  provenance: z.record(z.string(), z.unknown()).default({}),
});
export type ClassifierDocument = z.infer<typeof classifierDocument>;

const DOCUMENT = 'classifier.json';
const WEIGHTS = 'weights.safetensors';

/** Writes weights and document, the document last: a folder with it is complete. */
export async function saveClassifier(folder: string, document: ClassifierDocument, parameters: Parameters): Promise<void> {
  await writeWeights(join(folder, WEIGHTS), classifierSpecs(document.settings), parameters);
  await writeFileAtomic(join(folder, DOCUMENT), JSON.stringify(document, null, 2) + '\n');
}

/** The caller disposes the parameters. @throws TesseraError `bad-model` */
export async function loadClassifier(folder: string): Promise<{ document: ClassifierDocument; parameters: Parameters }> {
  const path = join(folder, DOCUMENT);
  const document = await readDocument(path, classifierDocument, 'bad-model', 'Give the folder that holds classifier.json.');
  return { document, parameters: await readWeights(join(folder, WEIGHTS), classifierSpecs(document.settings)) };
}
