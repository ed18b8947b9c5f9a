import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from '../../../base/task.ts';
import { finetune as train, resumeFinetune } from '../../../learning/finetune.ts';
import { RunFolder } from '../../../learning/run-folder.ts';
import { targetsOfRun } from '../../../learning/targets.ts';
import type { EngineInput } from '../../api/engine.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { refuse } from '../../runs/refusal.ts';
import { finetuneFindings, scanFindings } from '../training/findings.ts';
import { labelFilesIn, writeLabelFiles } from '../training/label-files.ts';
import { soundBackend } from '../training/sound-backend.ts';
import { finetuneSize } from '../training/plan-size.ts';
import { finetuneWithin } from '../training/time-budget.ts';
import { planFinetuning } from '../training/training-plan.ts';
import { trainingTask } from '../training/training-task.ts';
import { patientsOf, workspaceCases } from '../training/workspace-cases.ts';

/** Fine-tunes in the folder of a run, or goes on with it. */
export const finetune: EngineHandler<'finetune'> = async (input, context) => {
  const out = context.workspace.itemPath('runs', input.run);
  const task = trainingTask(context, input.run);
  if (existsSync(join(out, 'run.json'))) await goOn(out, context, task);
  else await begin(input, out, context, task);
  return { run: input.run, model: input.run };
};

/** Label maps as they were when the run began. */
const LABELS = 'labels';

async function begin(input: EngineInput<'finetune'>, out: string, context: EngineContext, task: Task): Promise<void> {
  const { workspace } = context;
  const plan = await planFinetuning(workspace, input);
  const { patients, weights, labels, parts } = plan;
  refuse([...(await scanFindings(workspace, plan, task)), ...finetuneFindings(plan, input)]);
  const scans = parts === undefined ? labels.layers.map(({ scan }) => scan) : [...parts.training, ...parts.validation];
  // Before any label map is written.
  workspaceCases(workspace, scans, patients);
  const backend = await soundBackend(context);
  const settings = await finetuneWithin(plan.settings, input, finetuneSize(plan, input.fold), backend, task);
  const used = labels.layers.filter(({ scan }) => scans.includes(scan));
  const files = await writeLabelFiles(workspace, join(out, LABELS), used);
  const data = workspaceCases(workspace, scans, patients, { files, names: labels.names });
  await workspace.audit('run-started', { run: input.run, kind: 'finetune', scans: data.cases.length });
  await train(
    {
      data,
      out,
      settings,
      seed: input.seed ?? 0,
      backend,
      ...weights,
      ...(parts === undefined ? {} : { parts }),
      ...(input.fold === undefined ? {} : { split: { folds: input.fold.of, fold: input.fold.index } }),
      extra: {
        name: input.name,
        recipe: input.recipe ?? null,
        encoder: input.encoder,
        layers: used.map(({ scan, layer, sequence }) => ({ scan, layer, sequence })),
      },
    },
    task,
  );
}

async function goOn(out: string, context: EngineContext, task: Task): Promise<void> {
  const { workspace } = context;
  const { document } = await RunFolder.open(out);
  const patients = await patientsOf(workspace, (await workspace.scans()).found);
  const { classes } = targetsOfRun(document.extra);
  const data = workspaceCases(
    workspace,
    document.data.cases.map(({ id }) => id),
    patients,
    { files: await labelFilesIn(join(out, LABELS)), names: Object.fromEntries(classes.map(({ value, name }) => [value, name])) },
  );
  await soundBackend(context);
  await resumeFinetune(out, task, data);
}
