import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { TesseraError } from '../../../base/errors.ts';
import type { Improvement } from '../../api/improvements.ts';
import type { EngineInput } from '../../api/engine.ts';
import type { LabelChoice } from '../../api/training.ts';
import { modelInUse, offeredModels, REQUEST, writeImprovement } from '../improving/improvements.ts';
import { compareModels } from '../improving/compare-models.ts';
import { verdictOf } from '../improving/verdict.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { chooseLabels, type ChosenLabels } from '../training/chosen-labels.ts';
import { patientsOf } from '../training/workspace-cases.ts';
import { finetune } from './finetune.ts';
import { findModel, type FoundModel } from './find-models.ts';

/** Label maps of which a person says that all is done. */
const done: LabelChoice = { layer: 'newest', states: ['done'] };

/** Trains a new model on all labels that are done, and compares it with the one in use on the locked scans. Nothing is taken into use. */
export const improve: EngineHandler<'improve'> = async (input, context) => {
  const { workspace } = context;
  const plan = await planOf(input, context);
  const { run, settings, minutes, seed } = input;
  const marker = join(workspace.itemPath('runs', run), REQUEST);
  if (!existsSync(marker))
    await writeFileAtomic(marker, JSON.stringify({ schema: 'tessera-improve/1', old: plan.old?.summary.id ?? null }) + '\n');
  await finetune(
    {
      kind: 'finetune',
      name: `${plan.old?.summary.name ?? 'Model'} ${new Date().toISOString().slice(0, 16).replace('T', ' ')}`,
      scans: plan.training.layers.map(({ scan }) => scan),
      labels: done,
      encoder: plan.encoder?.summary.id ?? null,
      network: 'unetr',
      frozen: false,
      run,
      ...(settings === undefined ? {} : { settings }),
      ...(minutes === undefined ? {} : { minutes }),
      ...(seed === undefined ? {} : { seed }),
    },
    context,
  );
  const made = await findModel(workspace, run, 'segmentation');
  const comparison = await compareModels(plan.old, made, plan.references, context);
  const result: Improvement = {
    model: run,
    made: new Date().toISOString(),
    ...(plan.old === undefined ? {} : { old: plan.old.summary.id }),
    ...(plan.encoder === undefined ? {} : { encoder: plan.encoder.summary.id }),
    scans: plan.training.layers.length,
    leftOut: plan.training.leftOut.filter(({ reason }) => reason === 'not-ready').length,
    verdict: verdictOf(comparison),
    ...(comparison === undefined ? {} : { comparison }),
  };
  await writeImprovement(workspace, result);
  await workspace.audit('model-improved', { run, verdict: result.verdict, scans: result.scans, locked: comparison?.cases ?? 0 }, run);
  return { run, model: run };
};

interface Plan {
  readonly old: FoundModel | undefined;
  readonly encoder: FoundModel | undefined;
  readonly training: ChosenLabels;
  /** Of the locked scans. */
  readonly references: ChosenLabels;
}

/** @throws TesseraError `no-data` before any second is spent */
async function planOf(input: EngineInput<'improve'>, { workspace }: EngineContext): Promise<Plan> {
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
    done,
  );
  if (training.layers.length === 0)
    throw new TesseraError('no-data', 'No scan outside the locked test part has labels that are all done.', {
      subject: 'labels',
      advice: 'Set every segment of a label map to done when you have finished it.',
    });
  const references = await chooseLabels(
    workspace,
    ids.filter((id) => test.has(id)),
    done,
  );
  if (old !== undefined && references.layers.length === 0)
    throw new TesseraError(
      'no-data',
      'There is no locked scan with labels that are done, so nobody could tell whether the new model is better.',
      {
        subject: 'test',
        advice: 'Draw a split with a test part, label its scans and set their segments to done.',
      },
    );
  return { old, encoder, training, references };
}
