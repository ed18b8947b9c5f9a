import { statfs } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { isTesseraError } from '../../../base/errors.ts';
import { isCancelled, type Task } from '../../../base/task.ts';
import type { Backend } from '../../../compute/index.ts';
import { checkpointBytes, dryRun, gigabytes, predictMemory, machineBytes, type RunPrediction } from '../../../learning/dry-run.ts';
import { finetuneDryRun, predictFinetuneMemory } from '../../../learning/finetune-dry-run.ts';
import type { PreflightCard, PreflightFinding, PreflightRepair } from '../../api/preflight.ts';
import type { TrainingRequest } from '../../api/training.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { finetuneFindings, pretrainFindings, scanFindings } from '../training/findings.ts';
import { finetuneSize, preparedGrids, pretrainSize } from '../training/plan-size.ts';
import { smallerFinetuning, smallerPretraining } from '../training/smaller-run.ts';
import { epochsWithin } from '../training/time-budget.ts';
import { planFinetuning, planPretraining } from '../training/training-plan.ts';

/** A running job waits for the step that is under way, so questions to a model wait as long. */
const LONGEST_STEP_SECONDS = 2;
const FEWEST_FREE_BYTES = 2e9;
/** The two that are kept, and one being written. */
const CHECKPOINTS = 3;

/** Everything that speaks against a run, and what it would take, before a second is spent on it. Steps are tried with `trial`. */
export const preflight: EngineHandler<'preflight'> = async ({ job, trial }, context) => {
  const backend = await context.backend();
  const task: Task = { ...context.task, breathe: context.breathe };
  try {
    const card =
      job.kind === 'pretrain'
        ? await pretrainCard(job, trial, backend, context, task)
        : await finetuneCard(job, trial, backend, context, task);
    return { ...card, findings: [...card.findings].sort((a, b) => ranks[a.severity] - ranks[b.severity]) };
  } catch (error) {
    if (!isTesseraError(error) || isCancelled(error)) throw error;
    // A setting that cannot be, a scan that is gone: the rest cannot be said.
    const message = [shown(error.subject), error.message, error.advice].filter((part) => part !== undefined).join(' ');
    return {
      findings: [{ code: 'setting', severity: 'refusal', message }],
      scans: { training: 0, validation: 0 },
      backend: named(backend),
      disk: { bytes: 0, free: await freeBytes(context) },
      prediction: null,
    };
  }
};

/** Of a file its name: where it lies is nothing for a page. */
const shown = (subject: string | undefined): string | undefined =>
  subject !== undefined && isAbsolute(subject) ? basename(subject) : subject;
const ranks: Readonly<Record<PreflightFinding['severity'], number>> = { refusal: 0, warning: 1, note: 2 };
const named = ({ name, device }: Backend): PreflightCard['backend'] => ({ name, device });

async function pretrainCard(
  job: Extract<TrainingRequest, { kind: 'pretrain' }>,
  trial: boolean,
  backend: Backend,
  context: EngineContext,
  task: Task,
): Promise<PreflightCard> {
  const plan = await planPretraining(context.workspace, job);
  const size = pretrainSize(plan);
  const findings = [...(await scanFindings(context.workspace, plan, task)), ...pretrainFindings(plan)];
  const memory = predictMemory(plan.settings, size.grids);
  const disk = {
    bytes: CHECKPOINTS * checkpointBytes(plan.settings) + cacheBytes(size.grids, plan.settings.cacheBytes),
    free: await freeBytes(context),
  };
  const machine = machineBytes();
  if (backend.device === 'cpu' && memory.total > machine)
    findings.push(tooMuchMemory(memory.total, machine, smallerPretraining(plan.settings)));
  const isTried = trial && !isRefused(findings);
  const prediction = isTried ? await dryRun(plan.settings, size, backend, task) : undefined;
  const epochs = await epochsWithin(job, plan.settings.epochs, () => Promise.resolve(prediction?.hours ?? Infinity));
  return {
    ...cardOf(findings, disk, prediction, plan.settings.epochs, epochs),
    scans: { training: plan.scans.length, validation: 0 },
    backend: named(backend),
  };
}

async function finetuneCard(
  job: Extract<TrainingRequest, { kind: 'finetune' }>,
  trial: boolean,
  backend: Backend,
  context: EngineContext,
  task: Task,
): Promise<PreflightCard> {
  const plan = await planFinetuning(context.workspace, job);
  const size = finetuneSize(plan, job.fold);
  const labelled = new Set(plan.labels.layers.map(({ scan }) => scan));
  const used = plan.scans.filter(({ id }) => labelled.has(id));
  const findings = [...(await scanFindings(context.workspace, { ...plan, scans: used }, task)), ...finetuneFindings(plan, job)];
  const machine = machineBytes();
  const memory = isRefused(findings) ? undefined : await predictFinetuneMemory(plan.settings, size, task);
  if (backend.device === 'cpu' && memory !== undefined && memory.total > machine)
    findings.push(tooMuchMemory(memory.total, machine, smallerFinetuning(plan.settings)));
  const isTried = trial && !isRefused(findings);
  const prediction = isTried ? await finetuneDryRun(plan.settings, size, backend, task) : undefined;
  const grids = preparedGrids(used, plan.settings.preparation.spacing);
  const disk = {
    bytes: CHECKPOINTS * (prediction?.checkpointBytes ?? 0) + cacheBytes(grids, plan.settings.cacheBytes),
    free: await freeBytes(context),
  };
  const epochs = await epochsWithin(job, plan.settings.epochs, () => Promise.resolve(prediction?.hours ?? Infinity));
  return {
    ...cardOf(findings, disk, prediction, plan.settings.epochs, epochs),
    scans: { training: size.training, validation: size.validation },
    segments: Object.values(plan.labels.names),
    backend: named(backend),
  };
}

/** @param usual epochs that were predicted @param epochs that the time given allows */
function cardOf(
  found: readonly PreflightFinding[],
  disk: PreflightCard['disk'],
  predicted: RunPrediction | undefined,
  usual: number,
  epochs: number,
): Pick<PreflightCard, 'findings' | 'disk' | 'prediction'> {
  const findings = [...found];
  if (disk.bytes + FEWEST_FREE_BYTES > disk.free)
    findings.push({
      code: 'disk',
      severity: 'refusal',
      message: `The run would take up to ${gigabytes(disk.bytes)} of disk; ${gigabytes(disk.free)} are free, of which ${gigabytes(FEWEST_FREE_BYTES)} stay so.`,
      repair: { title: 'Keep no prepared scans on disk', settings: { cacheBytes: 0 } },
    });
  if (predicted === undefined) return { findings, disk, prediction: null };
  const { memory, machineBytes: machine, fits, millisecondsPerStep, processorMillisecondsPerStep, steps, hours } = predicted;
  const secondsPerStep = millisecondsPerStep / 1000;
  if (secondsPerStep > LONGEST_STEP_SECONDS)
    findings.push({
      code: 'slow-to-yield',
      severity: 'note',
      message: `A step takes ${secondsPerStep.toPrecision(2)} s: so long a question to a model may wait while the run goes on.`,
    });
  const share = epochs / usual;
  return {
    findings,
    disk,
    prediction: {
      memory,
      machineBytes: machine,
      fits,
      epochs,
      steps: Math.round(steps * share),
      secondsPerStep,
      processorSecondsPerStep: processorMillisecondsPerStep / 1000,
      secondsPerEpoch: (3600 * hours) / usual,
      hours: hours * share,
    },
  };
}

const isRefused = (findings: readonly PreflightFinding[]): boolean => findings.some(({ severity }) => severity === 'refusal');

function tooMuchMemory(needed: number, machine: number, repair: PreflightRepair | undefined): PreflightFinding {
  return {
    code: 'memory',
    severity: 'refusal',
    message: `It would take about ${gigabytes(needed)} of memory; this machine has ${gigabytes(machine)}. Smaller views, a smaller network or fewer scans in a step take less.`,
    ...(repair === undefined ? {} : { repair }),
  };
}

/** What prepared scans take on disk while the run goes on. */
function cacheBytes(grids: readonly (readonly number[])[], most: number): number {
  return Math.min(most, 4 * grids.reduce((sum, dims) => sum + dims.reduce((product, n) => product * n, 1), 0));
}

async function freeBytes({ workspace }: EngineContext): Promise<number> {
  const { bavail, bsize } = await statfs(workspace.folder);
  return bavail * bsize;
}
