import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { pretrain as train, resumePretrain } from '../../../learning/pretrain.ts';
import { RunFolder } from '../../../learning/run-folder.ts';
import type { Task } from '../../../base/task.ts';
import type { JobResult } from '../../api/jobs.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { refuse } from '../../runs/refusal.ts';
import { pretrainFindings, scanFindings } from '../training/findings.ts';
import { labelFilesIn, writeLabelFiles } from '../training/label-files.ts';
import { pretrainSize } from '../training/plan-size.ts';
import { pretrainWithin } from '../training/time-budget.ts';
import { soundBackend } from '../training/sound-backend.ts';
import { planPretraining } from '../training/training-plan.ts';
import { trainingTask } from '../training/training-task.ts';
import { patientsOf, workspaceCases } from '../training/workspace-cases.ts';
import type { EngineInput } from '../../api/engine.ts';

/** Pre-trains in the folder of a run, or goes on with it. */
export const pretrain: EngineHandler<'pretrain'> = async (input, context) => {
  const out = context.workspace.itemPath('runs', input.run);
  const task = trainingTask(context, input.run);
  if (existsSync(join(out, 'run.json'))) await goOn(out, context, task);
  else await begin(input, out, context, task);
  return resultOf(input.run);
};

const resultOf = (run: string): JobResult => ({ run, model: run });

async function begin(input: EngineInput<'pretrain'>, out: string, context: EngineContext, task: Task): Promise<void> {
  const { workspace } = context;
  const plan = await planPretraining(workspace, input);
  const { patients, weights, probe } = plan;
  refuse([...(await scanFindings(workspace, plan, task)), ...pretrainFindings(plan)]);
  const data = workspaceCases(workspace, input.scans, patients);
  const backend = await soundBackend(context);
  const settings = await pretrainWithin(plan.settings, input, pretrainSize(plan), backend, task);
  const files = probe === undefined ? undefined : await writeLabelFiles(workspace, join(out, PROBE), probe.layers);
  await workspace.audit('run-started', { run: input.run, kind: 'pretrain', scans: data.cases.length });
  await train(
    {
      data,
      out,
      settings,
      seed: input.seed ?? 0,
      backend,
      ...weights,
      ...(files === undefined || probe === undefined
        ? {}
        : { probeData: workspaceCases(workspace, [...files.keys()], patients, { files, names: probe.names }) }),
      extra: { name: input.name, recipe: input.recipe ?? null, ...(probe === undefined ? {} : { probeLabels: probe.names }) },
    },
    task,
  );
}

/** Label maps of the scans that the encoder is probed with. */
const PROBE = 'probe';
const probeLabels = z.record(z.string(), z.string()).default({});

async function goOn(out: string, context: EngineContext, task: Task): Promise<void> {
  const { workspace } = context;
  const { document } = await RunFolder.open(out);
  const patients = await patientsOf(workspace, (await workspace.scans()).found);
  const data = workspaceCases(
    workspace,
    document.data.cases.map(({ id }) => id),
    patients,
  );
  const files = await labelFilesIn(join(out, PROBE));
  const names = probeLabels.parse(document.extra['probeLabels']);
  await soundBackend(context);
  await resumePretrain(out, task, {
    data,
    ...(files.size === 0 ? {} : { probeData: workspaceCases(workspace, [...files.keys()], patients, { files, names }) }),
  });
}
