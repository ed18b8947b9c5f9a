import { join } from 'node:path';
import { throwIfCancelled, type Task } from '../../base/task.ts';
import { findTrainingCases } from '../../imaging/index.ts';
import { RunFolder, type Metrics } from '../../learning/index.ts';
import { healthEvents } from '../../learning/health.ts';
import { loadPretrainedRun } from '../../learning/pretrained-run.ts';
import { patchFeatures } from '../../learning/patch-features.ts';
import { Probe } from '../../learning/probe.ts';
import { versions } from '../../learning/versions.ts';
import { disposeParameters } from '../../model/parameters.ts';
import { labelledCases } from './case-split.ts';
import { isPretrained, type Cell, type PretrainedArm } from './plan.ts';
import { cellFolder, pretrainingFolder, readCell, readPretraining, writeResult } from './results.ts';
import { finetuned, pretrained, stepsOf } from './runs.ts';
import type { Experiment } from './setup.ts';
import { testModel, testReconstruction } from './test-scans.ts';

/**
 * Runs the cells in turn, each pre-training before the first cell that needs it. What has a result is passed over, what was broken off
 * goes on from its newest checkpoint.
 * @param finished called after each cell and pre-training that was run
 * @throws TesseraError `cancelled` with everything finished kept
 */
export async function runExperiment(
  experiment: Experiment,
  cells: readonly Cell[],
  task: Task,
  finished: (what: string) => void,
): Promise<void> {
  for (const cell of cells) {
    throwIfCancelled(task);
    const { arm, labels, seed } = cell;
    if (isPretrained(arm) && (await runPretraining(experiment, arm, seed, task))) finished(`pre-training ${arm}, seed ${String(seed)}`);
    if (await runCell(experiment, cell, task)) finished(`${arm}, ${String(labels)} labels, seed ${String(seed)}`);
  }
}

/** Of the same cells the pre-trainings alone. */
export async function runPretrainings(
  experiment: Experiment,
  cells: readonly Cell[],
  task: Task,
  finished: (what: string) => void,
): Promise<void> {
  for (const { arm, seed } of cells) {
    throwIfCancelled(task);
    if (isPretrained(arm) && (await runPretraining(experiment, arm, seed, task))) finished(`pre-training ${arm}, seed ${String(seed)}`);
  }
}

/** Fine-tunes, then tests the checkpoint that validation chose. @returns whether there was something to do */
async function runCell(experiment: Experiment, cell: Cell, task: Task): Promise<boolean> {
  const folder = join(experiment.out, cellFolder(cell));
  if ((await readCell(folder)) !== undefined) return false;
  const { run, document } = await RunFolder.open(await finetuned(experiment, cell, task));
  const metrics = await run.metrics();
  const curve = curveOf(metrics);
  const [step, validationDice] = curve.reduce((best, point) => (point[1] > best[1] ? point : best), [0, 0]);
  await writeResult(folder, {
    schema: 'tessera-experiment-cell/1',
    ...cell,
    training: [...labelledCases(experiment.split, cell.labels, cell.seed)],
    settings: document.settings,
    versions: await versions(experiment.backend),
    ...stepsOf(metrics),
    curve,
    chosen: { step, validationDice },
    test: await testModel(experiment, run.modelPath(), task),
    finished: new Date().toISOString(),
  });
  return true;
}

/** Pre-trains, then probes the encoder on validation scans and lets it fill in test scans. @returns whether there was something to do */
async function runPretraining(experiment: Experiment, arm: PretrainedArm, seed: number, task: Task): Promise<boolean> {
  const folder = join(experiment.out, pretrainingFolder(arm, seed));
  if ((await readPretraining(folder)) !== undefined) return false;
  const { run, document } = await RunFolder.open(await pretrained(experiment, arm, seed, task));
  const metrics = await run.metrics();
  await writeResult(folder, {
    schema: 'tessera-experiment-pretraining/1',
    arm,
    seed,
    settings: document.settings,
    versions: await versions(experiment.backend),
    ...stepsOf(metrics),
    meters: lastMeters(metrics),
    health: [...new Set(healthEvents(metrics).map(({ code }) => code))],
    probe: await probed(experiment, folder, seed, task),
    reconstruction: await testReconstruction(experiment, folder, seed, task),
    finished: new Date().toISOString(),
  });
  return true;
}

/** Scores of the frozen encoder's patch features on validation scans, each answered from the others. */
async function probed({ data, split }: Experiment, run: string, seed: number, task: Task): Promise<Record<string, number>> {
  const { settings, parameters } = await loadPretrainedRun(run);
  try {
    const dataset = await findTrainingCases(data);
    const cases = dataset.cases.filter(({ id }) => split.validation.includes(id));
    const probe = await Probe.open({ ...dataset, cases }, settings, seed);
    const scores = await probe.run((patches, grid) => patchFeatures(patches, grid, parameters, settings), task);
    return numbersOf(scores);
  } finally {
    disposeParameters(parameters);
  }
}

function curveOf(metrics: readonly Metrics[]): [number, number][] {
  return metrics.flatMap(({ step, validationDice }) =>
    typeof step === 'number' && typeof validationDice === 'number' ? [[step, validationDice] as [number, number]] : [],
  );
}

/** Numbers that say how fast a run was, not what it learned. */
const CLOCKS = new Set(['step', 'seconds', 'milliseconds', 'waiting', 'scansPerSecond', 'skippedSteps']);

function lastMeters(metrics: readonly Metrics[]): Record<string, number> {
  const steps = metrics.filter(({ loss }) => typeof loss === 'number').map(numbersOf);
  const last = steps.slice(-Math.ceil(steps.length / 10));
  const names = Object.keys(last[0] ?? {}).filter((name) => !CLOCKS.has(name));
  return Object.fromEntries(names.map((name) => [name, last.reduce((sum, line) => sum + (line[name] ?? 0), 0) / last.length]));
}

function numbersOf(line: Metrics): Record<string, number> {
  return Object.fromEntries(Object.entries(line).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])));
}
