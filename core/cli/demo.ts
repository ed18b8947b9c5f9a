import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { projectFolder } from '../base/project-folder.ts';
import type { Task } from '../base/task.ts';
import type { Backend } from '../compute/index.ts';
import { compareEvaluations } from '../evaluation/index.ts';
import { RunFolder, type Metrics } from '../learning/index.ts';
import { reconstructAll, segmentAndEvaluate } from './demo-measure.ts';
import { demoReport } from './demo-report.ts';
import { finetuned, pretrained } from './demo-runs.ts';
import { DEMO_MINUTES, demoFinetuning, isSlow, SLOW_BACKEND_CASES, SLOW_BACKEND_SHARE } from './demo-settings.ts';
import { arms, demoNumbers, type Arm, type DemoExample, type DemoStory } from './demo-story.ts';

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
      demoFinetuning(scale, options.backend, arm),
      arm,
      task,
    );

  const tested = isSlow(options.backend) ? split.test.slice(0, SLOW_BACKEND_CASES) : split.test;
  const cases = tested.map((id): DemoExample => ({
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
    counts: { training: split.training.length, labelled: split.labelled.length, test: tested.length },
  };
  const report = join(options.out, 'report.html');
  const { page, sheet } = await demoReport(story);
  await writeFileAtomic(report, page);
  await writeFileAtomic(join(options.out, 'reconstruction.png'), sheet);
  const numbers = demoNumbers(story);
  await writeFileAtomic(join(options.out, 'numbers.json'), JSON.stringify(numbers, null, 2) + '\n');
  return { report, numbers };
}
