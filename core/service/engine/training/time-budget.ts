import type { Task } from '../../../base/task.ts';
import type { Backend } from '../../../compute/index.ts';
import { dryRun } from '../../../learning/dry-run.ts';
import { finetuneDryRun, type FinetuneDryRunData } from '../../../learning/finetune-dry-run.ts';
import type { FinetuneSettings } from '../../../learning/finetune-settings.ts';
import type { PretrainSettings } from '../../../learning/pretrain-settings.ts';
import type { Triple } from '../../../imaging/index.ts';
import type { TrainingRequest } from '../../api/training.ts';

/** The part of a request that says how long a run may be. */
type Budget = Pick<TrainingRequest, 'minutes' | 'settings' | 'set'>;

/** Epochs that fit, one at least; as the settings say where no time was given, or the settings say it themselves. */
export async function epochsWithin(
  { minutes, settings = {}, set = [] }: Budget,
  usual: number,
  hoursOf: () => Promise<number>,
): Promise<number> {
  if (minutes === undefined || settings['epochs'] !== undefined || set.some((text) => text.startsWith('epochs='))) return usual;
  return Math.min(100_000, Math.max(1, Math.floor((minutes / 60 / (await hoursOf())) * usual)));
}

/** Settings with as many epochs as the time given allows, by steps that are tried. */
export async function pretrainWithin(
  settings: PretrainSettings,
  budget: Budget,
  data: { readonly cases: number; readonly grids: readonly Triple[] },
  backend: Backend,
  task: Task,
): Promise<PretrainSettings> {
  const epochs = await epochsWithin(budget, settings.epochs, async () => (await dryRun(settings, data, backend, task)).hours);
  return { ...settings, epochs };
}

/** As above, for fine-tuning; an epoch has its share of the validations. */
export async function finetuneWithin(
  settings: FinetuneSettings,
  budget: Budget,
  data: FinetuneDryRunData,
  backend: Backend,
  task: Task,
): Promise<FinetuneSettings> {
  const epochs = await epochsWithin(budget, settings.epochs, async () => (await finetuneDryRun(settings, data, backend, task)).hours);
  return { ...settings, epochs };
}
