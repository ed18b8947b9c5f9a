import { resolve } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import type { Backend } from '../compute/index.ts';
import { findTrainingCases, preparationSettings, type Triple } from '../imaging/index.ts';
import { classifierSettings } from '../model/classifier.ts';
import { cropSizeOf } from '../model/method-settings.ts';
import { disposeParameters } from '../model/parameters.ts';
import { positionReference } from '../model/position-tables.ts';
import { ClassifierTrainer, type ClassifierTask } from './classifier-trainer.ts';
import { classifySettings, type ClassifySettings } from './classify-settings.ts';
import { dataDocument } from './data-document.ts';
import { readFindings } from './findings.ts';
import { readInitialWeights } from './initial-weights.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import { RunFolder } from './run-folder.ts';
import { splitCases } from './split.ts';
import { versions } from './versions.ts';

export interface ClassifyOptions {
  readonly data: string;
  /** Table of findings. */
  readonly labels: string;
  /** A pre-training run. */
  readonly init: string;
  readonly out: string;
  readonly settings: ClassifySettings;
  readonly seed: number;
  readonly backend: Backend;
}

/** What a run keeps about itself beside its settings, so that it can go on. */
const classifyExtra = z.object({
  classifier: classifierSettings,
  preparation: preparationSettings,
  findings: z.string(),
  /** The table as it was when the run began. */
  answers: z.record(z.string(), z.array(z.number())),
  init: z.string(),
});

/**
 * Trains a classifier of whole scans (docs/method.md, Classification) from a pre-training run, on the cases that the table of findings
 * names. The best checkpoint (or the last, without validation) is saved in `model/` of the run.
 */
export async function classify(options: ClassifyOptions, task: Task): Promise<RunFolder> {
  const { settings, seed } = options;
  const findings = resolve(options.labels);
  const table = await readFindings(findings);
  const dataset = await findTrainingCases(options.data);
  // The table is what labels a case here: its hash goes into the run with that of the scan.
  const known = dataset.cases.filter((c) => table.answers.has(c.id)).map((c) => ({ ...c, label: findings }));
  if (known.length === 0)
    throw new TesseraError('no-data', 'names no scan of this folder that may train.', {
      subject: options.labels,
      advice: 'Its ids are the file names of the scans without their endings.',
    });
  const split = splitCases(known, { validationShare: settings.validationShare, seed });
  const initial = await readInitialWeights(options.init);
  try {
    if (initial.pretraining === undefined)
      throw new TesseraError('bad-model', 'is no pre-training run: its encoder has no class token.', {
        subject: options.init,
        advice: 'Give the folder of a run of tessera pretrain.',
      });
    const { encoder, preparation } = initial.pretraining;
    const size = settings.size ?? sizeSeen(initial.pretraining);
    if (size.some((side, axis) => side % (encoder.patch[axis] ?? 1) !== 0))
      throw new TesseraError('bad-setting', `${size.join('x')} is no multiple of the patch ${encoder.patch.join('x')}.`, {
        subject: 'size',
      });
    const positionGrid = positionReference(initial.pretraining);
    const classifier = classifierSettings.parse({ encoder, size, positionGrid, findings: table.findings });
    const answers = Object.fromEntries(table.answers);
    const extra = { classifier, preparation, findings, answers, init: resolve(options.init) };
    const run = await RunFolder.create(options.out, {
      schema: 'tessera-run/1',
      kind: 'classify',
      settings,
      seed,
      data: await dataDocument(
        options.data,
        [...split.training.map((c) => ({ case: c, use: 'training' })), ...split.validation.map((c) => ({ case: c, use: 'validation' }))],
        dataset.lock,
      ),
      versions: await versions(options.backend),
      started: new Date().toISOString(),
      extra: { ...extra, initial: initial.description },
    });
    const trainer = new ClassifierTrainer(run, settings, seed, { classifier, preparation, answers: table.answers, ...split });
    try {
      trainer.start(initial, options.init);
      await trainer.train(0, task);
    } finally {
      trainer.dispose();
    }
    return run;
  } finally {
    disposeParameters(initial.parameters);
  }
}

/** Goes on from the newest checkpoint, exactly as if the run had not stopped. */
export async function resumeClassify(out: string, task: Task): Promise<RunFolder> {
  const { run, document } = await RunFolder.open(out);
  const settings = classifySettings.parse(document.settings);
  const { classifier, preparation, answers, init } = classifyExtra.parse(document.extra);
  const dataset = await findTrainingCases(document.data.folder);
  const used = (use: string): ClassifierTask['training'] =>
    document.data.cases
      .filter((c) => c.use === use)
      .map(({ id }) => {
        const found = dataset.cases.find((c) => c.id === id);
        if (found !== undefined) return found;
        throw new TesseraError('no-data', `the case ${id} that the run began with is gone, or is a test case by now.`, {
          subject: document.data.folder,
          advice: 'Put it back, or start a new run.',
        });
      });
  const about = {
    classifier,
    preparation,
    answers: new Map(Object.entries(answers)),
    training: used('training'),
    validation: used('validation'),
  };
  const trainer = new ClassifierTrainer(run, settings, document.seed, about);
  try {
    const step = (await run.checkpoints()).at(-1) ?? 0;
    if (step > 0) await trainer.restore(run.checkpointPath(`step-${String(step)}`));
    else {
      const initial = await readInitialWeights(init);
      trainer.start(initial, init);
      disposeParameters(initial.parameters);
    }
    await run.truncateMetrics(step);
    await trainer.train(step, task);
  } finally {
    trainer.dispose();
  }
  return run;
}

/** The largest views that the encoder has learned on. */
function sizeSeen(s: PretrainSettings): Triple {
  return s.method === 'gl-mae' && s.globals > 0 ? s.globalSize : cropSizeOf(s);
}
