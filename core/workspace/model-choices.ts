import { join } from 'node:path';
import * as z from 'zod';
import { isTesseraError } from '../base/errors.ts';
import { readDocument, writeDocument, type DocumentKind } from './documents.ts';
import type { Workspace } from './workspace.ts';

const choice = z.object({ model: z.string().regex(/^[0-9a-f]{8,64}$/), time: z.iso.datetime(), by: z.string() });
const choices = z.object({ choices: z.array(choice) });

/** That a model was taken into use: by whom, and when. */
export type ModelChoice = z.infer<typeof choice>;

const kind: DocumentKind<z.infer<typeof choices>> = { name: 'tessera-model-choices', version: 1, schema: choices, migrations: {} };

/** Choices that are remembered; the audit file has all of them. */
const MOST = 1000;

/** Which models were taken into use, the latest last. @throws TesseraError `bad-file`, `unsupported-file` */
export async function modelChoices(workspace: Workspace): Promise<readonly ModelChoice[]> {
  try {
    return (await readDocument(pathIn(workspace), kind)).choices;
  } catch (error) {
    if (isTesseraError(error) && error.code === 'not-found') return [];
    throw error;
  }
}

/** Takes a model into use; an earlier one comes back the same way. For whoever holds the lock. @throws TesseraError `read-only`, `write-failed` */
export async function chooseModel(workspace: Workspace, model: string): Promise<readonly ModelChoice[]> {
  const before = await modelChoices(workspace);
  const after = [...before, { model, time: new Date().toISOString(), by: workspace.who }].slice(-MOST);
  // The entry first: a choice that nobody can trace is worse than one that is written down twice.
  await workspace.audit('model-chosen', { before: before.at(-1)?.model ?? '' }, model);
  await writeDocument(pathIn(workspace), kind, { choices: after });
  return after;
}

const pathIn = (workspace: Workspace): string => join(workspace.folder, 'model-choices.json');
