import { TesseraError } from '../../../base/errors.ts';
import type { PreparationSettings } from '../../../imaging/index.ts';
import type { FinetuneSettings } from '../../../learning/finetune-settings.ts';
import { MOST_PROBE_SCANS } from '../../../learning/probe.ts';
import type { PretrainSettings } from '../../../learning/pretrain-settings.ts';
import type { ScanDocument, Workspace } from '../../../workspace/index.ts';
import type { FinetuningRequest, NewPretraining } from '../../api/training.ts';
import { findModels, stepOf } from '../handlers/find-models.ts';
import { chooseLabels, type ChosenLabels } from './chosen-labels.ts';
import { encoderPreparation, finetuningSettings, pretrainingSettings } from './run-settings.ts';
import { patientsOf, type Patients } from './workspace-cases.ts';

/** Weights to begin with: folder of a run or model, and the step of a run. */
export interface StartingWeights {
  readonly init: string;
  readonly initStep?: number;
}

interface Plan {
  /** Those that were asked for and are there. */
  readonly scans: readonly ScanDocument[];
  readonly patients: Patients;
  readonly weights: StartingWeights | undefined;
}

export interface PretrainingPlan extends Plan {
  readonly settings: PretrainSettings;
  /** Scans with labels to probe the encoder with; undefined for no probe. */
  readonly probe: ChosenLabels | undefined;
}

export interface FinetuningPlan extends Plan {
  readonly settings: FinetuneSettings;
  readonly labels: ChosenLabels;
  /** How scans were prepared for the weights to begin with. */
  readonly encoderPreparation: PreparationSettings | undefined;
  /** Which of the labelled scans train and validate; undefined where they are drawn. */
  readonly parts: { readonly training: readonly string[]; readonly validation: readonly string[] } | undefined;
}

/** Everything that a pre-training run needs but the time. @throws TesseraError naming the setting, scan or model at fault */
export async function planPretraining(workspace: Workspace, job: NewPretraining): Promise<PretrainingPlan> {
  const plan = await planOf(workspace, job.scans, job.encoder ?? null, undefined);
  return {
    ...plan,
    settings: await pretrainingSettings(job, plan.weights?.init),
    probe: job.probe === false ? undefined : await probeLabels(workspace, plan.patients, job.probe === true),
  };
}

/** As above, for fine-tuning. */
export async function planFinetuning(workspace: Workspace, job: FinetuningRequest): Promise<FinetuningPlan> {
  const plan = await planOf(workspace, job.scans, job.network === 'unetr' ? job.encoder : null, job.checkpoint);
  const labels = await chooseLabels(workspace, job.scans, job.labels);
  const init = plan.weights?.init;
  return {
    ...plan,
    labels,
    settings: await finetuningSettings(job, init),
    encoderPreparation: init === undefined ? undefined : await encoderPreparation(init),
    parts: partsOf(plan.patients, labels, job),
  };
}

async function planOf(workspace: Workspace, wanted: readonly string[], encoder: string | null, epoch: number | undefined): Promise<Plan> {
  const { found } = await workspace.scans();
  const ids = new Set(wanted);
  const scans = found.filter(({ id }) => ids.has(id));
  const missing = wanted.find((id) => !scans.some((scan) => scan.id === id));
  if (missing !== undefined)
    throw new TesseraError('not-found', 'is not in the workspace.', { subject: missing, advice: 'Choose the scans again.' });
  return { scans, patients: await patientsOf(workspace, found), weights: await weightsOf(workspace, encoder, epoch) };
}

async function weightsOf(workspace: Workspace, encoder: string | null, epoch: number | undefined): Promise<StartingWeights | undefined> {
  if (encoder === null) return undefined;
  const model = (await findModels(workspace)).find(({ summary }) => summary.id === encoder);
  if (model === undefined)
    throw new TesseraError('not-found', 'There is no such model to begin with.', { subject: encoder, advice: 'Choose another, or none.' });
  return { init: model.folder, ...(model.summary.kind === 'pretrained' ? { initStep: stepOf(model, epoch) } : {}) };
}

/** @param isWanted it must be possible */
async function probeLabels(workspace: Workspace, { test }: Patients, isWanted: boolean): Promise<ChosenLabels | undefined> {
  const labelled: string[] = [];
  for (const { id } of (await workspace.scans()).found) {
    if (labelled.length === MOST_PROBE_SCANS) break;
    if (!test.has(id) && (await workspace.layers(id)).found.length > 0) labelled.push(id);
  }
  const chosen = await chooseLabels(workspace, labelled, { layer: 'newest' });
  if (chosen.layers.length >= 2) return chosen;
  if (!isWanted) return undefined;
  throw new TesseraError('no-data', 'A probe needs two scans with labels.', {
    subject: 'probe',
    advice: 'Label two scans, or go without a probe.',
  });
}

function partsOf({ splits }: Patients, { layers }: ChosenLabels, { split }: FinetuningRequest): FinetuningPlan['parts'] {
  if (split === undefined) return undefined;
  const found = splits.find(({ id }) => id === split);
  if (found === undefined) throw new TesseraError('not-found', 'There is no such split.', { subject: split, advice: 'Choose another.' });
  const part = (name: string): string[] => {
    const wanted = new Set(found.parts[name] ?? []);
    return layers.map(({ scan }) => scan).filter((scan) => wanted.has(scan));
  };
  return { training: part('training'), validation: part('validation') };
}
