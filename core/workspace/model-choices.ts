import { join } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import type { DocumentKind } from './documents.ts';
import { retiredModels } from './retired-models.ts';
import { SharedDocument } from './shared-document.ts';
import type { Workspace } from './workspace.ts';

const choice = z.object({ model: z.string().regex(/^[0-9a-f]{8,64}$/), time: z.iso.datetime(), by: z.string() });
const choices = z.object({ sequence: z.number().int().min(0), choices: z.array(choice) });

/** That a model was taken into use: by whom, and when. */
export type ModelChoice = z.infer<typeof choice>;
export type ModelChoices = z.infer<typeof choices>;

const kind: DocumentKind<ModelChoices> = {
  name: 'tessera-model-choices',
  version: 2,
  schema: choices,
  migrations: { 1: (old) => ({ ...old, sequence: 0 }) },
};

/** Choices that are remembered; the audit file has all of them. */
const MOST = 1000;

/** @param guard throws where nothing may be written */
export function modelChoicesIn(folder: string, guard: () => Promise<unknown>): SharedDocument<ModelChoices> {
  return new SharedDocument(join(folder, 'model-choices.json'), kind, { sequence: 0, choices: [] }, guard);
}

/** Which models were taken into use, the latest last. @throws TesseraError `bad-file`, `unsupported-file` */
export async function modelChoices(workspace: Workspace): Promise<readonly ModelChoice[]> {
  return (await workspace.modelChoices.read()).choices;
}

/**
 * Takes a model into use; an earlier one comes back the same way. For whoever holds the lock.
 * @throws TesseraError `bad-setting` when it is retired, `read-only`, `write-failed`
 */
export async function chooseModel(workspace: Workspace, model: string): Promise<readonly ModelChoice[]> {
  if ((await retiredModels(workspace)).has(model))
    throw new TesseraError('bad-setting', 'The model is retired, so it is not taken into use.', {
      subject: model,
      advice: 'Offer it again in the room of models, or choose another.',
    });
  const { choices: after } = await workspace.modelChoices.change(
    undefined,
    (now) => ({ ...now, choices: [...now.choices, { model, time: new Date().toISOString(), by: workspace.who }].slice(-MOST) }),
    (_, now) => workspace.audit('model-chosen', { before: now.choices.at(-1)?.model ?? '' }, model),
  );
  return after;
}
