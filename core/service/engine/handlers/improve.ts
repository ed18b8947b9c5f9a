import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from '../../../base/errors.ts';
import { RunFolder } from '../../../learning/run-folder.ts';
import type { EngineInput } from '../../api/engine.ts';
import type { Improvement } from '../../api/improvements.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { compareModels, DONE, lockedReferences } from '../improving/compare-models.ts';
import { modelInUse, offeredModels, readRequest, writeImprovement, writeRequest } from '../improving/improvements.ts';
import { nextName } from '../improving/next-name.ts';
import { verdictOf } from '../improving/verdict.ts';
import { chooseLabels } from '../training/chosen-labels.ts';
import { patientsOf } from '../training/workspace-cases.ts';
import { finetune } from './finetune.ts';
import { findModel, findModels } from './find-models.ts';

/** Trains a new model on all labels that are done, and compares it with the one in use on the locked scans. Nothing is taken into use. */
export const improve: EngineHandler<'improve'> = async (input, context) => {
  const { workspace } = context;
  const { run } = input;
  const folder = workspace.itemPath('runs', run);
  const request = existsSync(join(folder, 'run.json')) ? await requestOf(folder) : await begin(input, context);
  const { settings, minutes, seed } = input;
  await finetune(
    {
      kind: 'finetune',
      ...request,
      labels: DONE,
      network: 'unetr',
      frozen: false,
      run,
      ...(settings === undefined ? {} : { settings }),
      ...(minutes === undefined ? {} : { minutes }),
      ...(seed === undefined ? {} : { seed }),
    },
    context,
  );
  const asked = await readRequest(workspace, run);
  const old = (await findModels(workspace)).find(({ summary }) => summary.kind === 'segmentation' && summary.id === asked.old);
  const comparison = await compareModels(old, await findModel(workspace, run, 'segmentation'), context);
  const { scans, encoder } = await requestOf(folder);
  const result: Improvement = {
    model: run,
    made: new Date().toISOString(),
    ...(asked.old === null ? {} : { old: asked.old }),
    ...(encoder === null ? {} : { encoder }),
    scans: scans.length,
    leftOut: asked.leftOut,
    verdict: verdictOf(asked.old, comparison),
    ...(comparison === undefined ? {} : { comparison }),
  };
  await writeImprovement(workspace, result);
  await workspace.audit('model-improved', { run, verdict: result.verdict, scans: result.scans, locked: comparison?.cases ?? 0 }, run);
  return { run, model: run };
};

/** What is learned from, and what it begins with. */
type Request = Pick<EngineInput<'finetune'>, 'name' | 'scans' | 'encoder'>;

/** As the run has it that has begun. */
async function requestOf(folder: string): Promise<Request> {
  const { data, extra } = (await RunFolder.open(folder)).document;
  const { name, encoder } = extra;
  return {
    name: typeof name === 'string' ? name : '',
    scans: data.cases.map(({ id }) => id),
    encoder: typeof encoder === 'string' ? encoder : null,
  };
}

/** Chooses models and scans, and keeps what the run will not tell. @throws TesseraError `no-data` before any second is spent */
async function begin(input: EngineInput<'improve'>, { workspace }: EngineContext): Promise<Request> {
  const models = await offeredModels(workspace);
  const old = input.model === undefined ? await modelInUse(workspace, models) : await findModel(workspace, input.model, 'segmentation');
  const encoder =
    input.encoder === undefined
      ? (models.find(({ summary }) => summary.kind === 'pretrained') ?? (old?.summary.network === 'UNETR' ? old : undefined))
      : await findModel(workspace, input.encoder, 'pretrained');
  const { found } = await workspace.scans();
  const { test } = await patientsOf(workspace, found);
  const ids = found.map(({ id }) => id);
  const training = await chooseLabels(
    workspace,
    ids.filter((id) => !test.has(id)),
    DONE,
  );
  if (training.layers.length === 0)
    throw new TesseraError('no-data', 'No scan outside the locked test part has labels that are all done.', {
      subject: 'labels',
      advice: 'Set every segment of a label map to done when you have finished it.',
    });
  if (old !== undefined && (await lockedReferences(workspace)).layers.length === 0)
    throw new TesseraError(
      'no-data',
      'There is no locked scan with labels that are done, so nobody could tell whether the new model is better.',
      {
        subject: 'test',
        advice: 'Draw a split with a test part, label its scans and set their segments to done.',
      },
    );
  const leftOut = training.leftOut.filter(({ reason }) => reason === 'not-ready').length;
  await writeRequest(workspace, input.run, { old: old?.summary.id ?? null, leftOut });
  return {
    name: nextName(old?.summary.name ?? 'Model', new Date()),
    scans: training.layers.map(({ scan }) => scan),
    encoder: encoder?.summary.id ?? null,
  };
}
