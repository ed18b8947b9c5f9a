import { join } from 'node:path';
import * as z from 'zod';
import type { DocumentKind } from './documents.ts';
import { SharedDocument } from './shared-document.ts';
import type { Workspace } from './workspace.ts';

const retired = z.object({ sequence: z.number().int().min(0), models: z.array(z.string().regex(/^[0-9a-f]{8,64}$/)) });

export type RetiredModels = z.infer<typeof retired>;

const kind: DocumentKind<RetiredModels> = {
  name: 'tessera-retired-models',
  version: 2,
  schema: retired,
  migrations: { 1: (old) => ({ ...old, sequence: 0 }) },
};

/** @param guard throws where nothing may be written */
export function retiredModelsIn(folder: string, guard: () => Promise<unknown>): SharedDocument<RetiredModels> {
  return new SharedDocument(join(folder, 'retired-models.json'), kind, { sequence: 0, models: [] }, guard);
}

/** Models that are kept, and offered no more. @throws TesseraError `bad-file`, `unsupported-file` */
export async function retiredModels(workspace: Workspace): Promise<ReadonlySet<string>> {
  return new Set((await workspace.retiredModels.read()).models);
}

/** Retires a model, or takes that back. For whoever holds the lock. @throws TesseraError `read-only`, `write-failed` */
export async function retireModel(workspace: Workspace, model: string, isRetired: boolean): Promise<void> {
  await workspace.retiredModels.change(
    undefined,
    (now) => {
      if (now.models.includes(model) === isRetired) return now;
      const others = now.models.filter((one) => one !== model);
      return { ...now, models: isRetired ? [...others, model].sort() : others };
    },
    () => workspace.audit(isRetired ? 'model-retired' : 'model-returned', {}, model),
  );
}
