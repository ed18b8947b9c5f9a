import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { TesseraError } from '../base/errors.ts';
import { projectFolder } from '../base/project-folder.ts';
import { throwIfCancelled, type Task } from '../base/task.ts';
import type { Backend } from '../compute/index.ts';
import { compareEvaluations, evaluateCase, summarise, type Comparison, type Evaluation } from '../evaluation/index.ts';
import { checkLabels, prepareScan, readScan, writeNifti, INTENT_LABEL } from '../imaging/index.ts';
import { reconstruct, type Reconstruction } from '../inference/reconstruct.ts';
import { segmentScan } from '../inference/segment.ts';
import {
  finetune,
  loadPretrainedRun,
  pretrain,
  resumeFinetune,
  resumePretrain,
  RunFolder,
  type FinetuneSettings,
  type Metrics,
} from '../learning/index.ts';
import { closeModel, loadModel } from '../model/saved-model.ts';
import { disposeParameters } from '../model/parameters.ts';
import { demoReport } from './demo-report.ts';
import { DEMO_MINUTES, SLOW_BACKEND_SHARE, demoFinetuning, demoPretraining } from './demo-settings.ts';

export interface DemoOptions {
  readonly out: string;
  readonly minutes?: number;
  readonly seed: number;
  readonly backend: Backend;
}

export interface DemoResult {
  readonly report: string;
  readonly numbers: Record<string, unknown>;
}

const splitSchema = z.object({ training: z.array(z.string()), labelled: z.array(z.string()), test: z.array(z.string()) });
const segments = [
  { label: 1, name: 'anterior' },
  { label: 2, name: 'posterior' },
];
export const arms = ['pre-trained', 'scratch'] as const;
export type Arm = (typeof arms)[number];

/** Everything that the report shows. */
export interface DemoStory {
  readonly evaluations: Record<Arm, Evaluation>;
  readonly comparison: Comparison;
  readonly curves: { readonly pretraining: readonly Metrics[] } & Record<Arm, readonly Metrics[]>;
  readonly reconstructions: readonly { readonly id: string; readonly value: Reconstruction }[];
  readonly examples: readonly DemoExample[];
  readonly seconds: number;
  readonly backend: Backend;
  readonly counts: { readonly training: number; readonly labelled: number; readonly test: number };
}

export interface DemoExample {
  readonly id: string;
  readonly scan: string;
  readonly reference: string;
  readonly predictions: Record<Arm, string>;
}

/**
 * The whole story on the bundled scans: pre-train without labels, fine-tune on ten labelled scans from that and from scratch, segment the
 * scans never seen, evaluate, reconstruct, report. What an earlier call with the same settings finished is kept.
 */
export async function demo(options: DemoOptions, task: Task): Promise<DemoResult> {
  const began = performance.now();
  const data = join(projectFolder(), 'resources', 'samples', 'hippocampus');
  const split = splitSchema.parse(JSON.parse(await readFile(join(data, 'split.json'), 'utf8')));
  const scale = ((options.minutes ?? DEMO_MINUTES) / DEMO_MINUTES) * (isSlow(options.backend) ? SLOW_BACKEND_SHARE : 1);
  const folder = (name: string): string => join(options.out, name);

  await pretrained(options, data, folder('pretraining'), new Set(split.test), scale, task);
  const runs: Record<Arm, string> = { 'pre-trained': folder('fine-tuned'), scratch: folder('scratch') };
  for (const arm of arms)
    await finetuned(
      options,
      data,
      runs[arm],
      arm === 'scratch' ? undefined : folder('pretraining'),
      split.labelled,
      demoFinetuning(scale),
      arm,
      task,
    );

  const cases = split.test.map((id): DemoExample => ({
    id,
    scan: join(data, 'images', `${id}.nii.gz`),
    reference: join(data, 'labels', `${id}.nii.gz`),
    predictions: {
      'pre-trained': join(folder('labels'), 'pre-trained', `${id}.nii.gz`),
      scratch: join(folder('labels'), 'scratch', `${id}.nii.gz`),
    },
  }));
  const evaluations = {
    'pre-trained': await segmentAndEvaluate(cases, runs['pre-trained'], 'pre-trained', task),
    scratch: await segmentAndEvaluate(cases, runs.scratch, 'scratch', task),
  };
  for (const arm of arms)
    await writeFileAtomic(join(options.out, `evaluation-${arm}.json`), JSON.stringify(evaluations[arm], null, 2) + '\n');
  const reconstructions = await reconstructAll(cases, folder('pretraining'), options.seed, task);

  const metricsOf = async (path: string): Promise<Metrics[]> => (await RunFolder.open(path)).run.metrics();
  const story: DemoStory = {
    evaluations,
    comparison: compareEvaluations(evaluations.scratch, evaluations['pre-trained']),
    curves: {
      pretraining: await metricsOf(folder('pretraining')),
      'pre-trained': await metricsOf(runs['pre-trained']),
      scratch: await metricsOf(runs.scratch),
    },
    reconstructions,
    examples: cases,
    seconds: (performance.now() - began) / 1000,
    backend: options.backend,
    counts: { training: split.training.length, labelled: split.labelled.length, test: split.test.length },
  };
  const report = join(options.out, 'report.html');
  const { page, sheet } = await demoReport(story);
  await writeFileAtomic(report, page);
  await writeFileAtomic(join(options.out, 'reconstruction.png'), sheet);
  const numbers = demoNumbers(story);
  await writeFileAtomic(join(options.out, 'numbers.json'), JSON.stringify(numbers, null, 2) + '\n');
  return { report, numbers };
}

/** Whether the demo has to be cut short to end in time. */
export function isSlow(backend: Backend): boolean {
  return backend.name === 'wasm';
}

export function demoNumbers(story: DemoStory): Record<string, unknown> {
  const { dice } = story.comparison.overall;
  const mean = (of: (n: Reconstruction['numbers']) => number): number =>
    story.reconstructions.reduce((sum, r) => sum + of(r.value.numbers), 0) / story.reconstructions.length;
  return {
    diceScratch: dice.meanA,
    dicePretrained: dice.meanB,
    difference: dice.difference,
    differenceInterval: [dice.low, dice.high],
    pValue: dice.pValue,
    reconstruction: {
      mse: mean((n) => n.mse),
      meanOfVisibleMse: mean((n) => n.meanOfVisibleMse),
      nearestVisibleMse: mean((n) => n.nearestVisibleMse),
      improvement: 1 - mean((n) => n.mse) / mean((n) => n.meanOfVisibleMse),
    },
    seconds: Math.round(story.seconds),
  };
}

async function pretrained(
  options: DemoOptions,
  data: string,
  out: string,
  leaveOut: ReadonlySet<string>,
  scale: number,
  task: Task,
): Promise<void> {
  const settings = demoPretraining(scale);
  if (await holdsSameRun(out, settings, options)) await resumePretrain(out, task);
  else await pretrain({ data, out, settings, seed: options.seed, backend: options.backend, leaveOut }, task);
}

async function finetuned(
  options: DemoOptions,
  data: string,
  out: string,
  init: string | undefined,
  ids: readonly string[],
  settings: FinetuneSettings,
  arm: Arm,
  task: Task,
): Promise<void> {
  const named: Task = {
    ...task,
    progress: (update) => {
      task.progress({ ...update, stage: `${update.stage} (${arm})` });
    },
  };
  if (await holdsSameRun(out, settings, options)) await resumeFinetune(out, named);
  else
    await finetune(
      { data, out, settings, seed: options.seed, backend: options.backend, split: { ids }, ...(init === undefined ? {} : { init }) },
      named,
    );
}

async function holdsSameRun(path: string, settings: unknown, options: DemoOptions): Promise<boolean> {
  const found = await stat(join(path, 'run.json')).catch(() => undefined);
  if (found === undefined) return false;
  const { document } = await RunFolder.open(path);
  if (isDeepStrictEqual(document.settings, JSON.parse(JSON.stringify(settings))) && document.seed === options.seed) return true;
  throw new TesseraError('bad-setting', 'holds a demo with other settings.', {
    subject: options.out,
    advice: 'Give another folder with --out.',
  });
}

async function segmentAndEvaluate(cases: readonly DemoExample[], run: string, arm: Arm, task: Task): Promise<Evaluation> {
  const model = await loadModel(join(run, 'model'));
  try {
    const results = [];
    for (const [done, { id, scan, reference, predictions }] of cases.entries()) {
      throwIfCancelled(task);
      task.progress({ stage: `segment (${arm})`, done, total: cases.length });
      const { labels } = await segmentScan(
        [scan],
        model,
        { overlap: 0.5, blend: 'gaussian' },
        { signal: task.signal, progress: () => undefined },
      );
      await mkdir(join(predictions[arm], '..'), { recursive: true });
      await writeNifti(predictions[arm], labels, { intentCode: INTENT_LABEL });
      const truth = await readScan(reference);
      const prediction = labels.voxels;
      if (!(prediction instanceof Uint8Array)) throw new Error('The demo has fewer than 256 labels.');
      results.push(
        evaluateCase({
          case: id,
          reference: checkLabels(truth.volume, labels.geometry, { labelName: reference, scanName: scan }).labels,
          prediction,
          geometry: labels.geometry,
          segments,
        }),
      );
    }
    return summarise(results);
  } finally {
    closeModel(model);
  }
}

async function reconstructAll(
  cases: readonly DemoExample[],
  run: string,
  seed: number,
  task: Task,
): Promise<{ id: string; value: Reconstruction }[]> {
  const { settings, parameters } = await loadPretrainedRun(run);
  try {
    const all = [];
    for (const [done, { id, scan }] of cases.entries()) {
      throwIfCancelled(task);
      task.progress({ stage: 'reconstruct', done, total: cases.length });
      const prepared = prepareScan([(await readScan(scan)).volume], settings.preparation);
      all.push({
        id,
        value: await reconstruct(prepared, parameters, settings, { view: 'global', share: 1, maskRatio: settings.maskRatio, seed }),
      });
    }
    return all;
  } finally {
    disposeParameters(parameters);
  }
}
