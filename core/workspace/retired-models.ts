import { join } from 'node:path';
import * as z from 'zod';
import { isTesseraError } from '../base/errors.ts';
import { readDocument, writeDocument, type DocumentKind } from './documents.ts';
import type { Workspace } from './workspace.ts';

const retired = z.object({ models: z.array(z.string().regex(/^[0-9a-f]{8,64}$/)) });

const kind: DocumentKind<z.infer<typeof retired>> = { name: 'tessera-retired-models', version: 1, schema: retired, migrations: {} };

/** Models that are kept, and offered no more. @throws TesseraError `bad-file`, `unsupported-file` */
export async function retiredModels(workspace: Workspace): Promise<ReadonlySet<string>> {
  try {
    return new Set((await readDocument(pathIn(workspace), kind)).models);
  } catch (error) {
    if (isTesseraError(error) && error.code === 'not-found') return new Set();
    throw error;
  }
}

/** Retires a model, or takes that back. For whoever holds the lock. @throws TesseraError `read-only`, `write-failed` */
export async function retireModel(workspace: Workspace, model: string, isRetired: boolean): Promise<void> {
  const models = new Set(await retiredModels(workspace));
  if (isRetired) models.add(model);
  else models.delete(model);
  await workspace.audit(isRetired ? 'model-retired' : 'model-returned', {}, model);
  await writeDocument(pathIn(workspace), kind, { models: [...models].sort() });
}

const pathIn = (workspace: Workspace): string => join(workspace.folder, 'retired-models.json');
