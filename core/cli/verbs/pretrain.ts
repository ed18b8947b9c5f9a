import { Option, type Command } from 'commander';
import { startSoundBackend } from '../backend.ts';
import type { Session } from '../session.ts';
import {
  decidingOptions,
  defineTrainingOptions,
  requireData,
  requireResumable,
  withResumeHint,
  type TrainingOptions,
} from '../training-options.ts';
import type { Verb } from '../verb.ts';

interface PretrainCliOptions extends TrainingOptions {
  readonly method?: 'gl-mae' | 'mae';
}

export const pretrainVerb: Verb = {
  name: 'pretrain',
  summary: 'self-supervised pre-training on every scan found; labels are never read',
  writes: '`RUN/`',
  define: (command: Command) =>
    defineTrainingOptions(command).addOption(
      new Option('--method <name>', 'gl-mae; or mae: reconstruction alone, without teacher and consistency (beta 0)').choices([
        'gl-mae',
        'mae',
      ]),
    ),
  run,
};

async function run(session: Session, _args: readonly string[], options: PretrainCliOptions): Promise<void> {
  const { pretrain, resumePretrain, pretrainSettings } = await import('../../learning/index.ts');
  if (options.resume) {
    await requireResumable(options, 'pretrain', decidingOptions({ ...options }, ['recipe', 'epochs', 'method', 'set']));
    await startSoundBackend(session);
    return report(session, await withResumeHint(session, options.out, 'pretrain', () => resumePretrain(options.out, session.task)));
  }
  const data = requireData(options);
  const { trainingSettings } = await import('../training-settings.ts');
  const settings = await trainingSettings(pretrainSettings, {
    kind: 'pretrain',
    ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
    given: {
      ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
      ...(options.method === 'mae' ? { beta: 0 } : {}),
    },
    set: options.set,
  });
  const { requireScans } = await import('../data-notes.ts');
  await requireScans(session, data);
  const backend = await startSoundBackend(session);
  const start = { data, out: options.out, settings, seed: session.options.seed, backend };
  return report(session, await withResumeHint(session, options.out, 'pretrain', () => pretrain(start, session.task)));
}

async function report(
  session: Session,
  run: { readonly path: string; metrics(): Promise<readonly Readonly<Record<string, unknown>>[]> },
): Promise<void> {
  const last = (await run.metrics()).at(-1) ?? {};
  const steps = Number(last['step'] ?? 0);
  session.answer(
    { run: run.path, steps, last },
    `Pre-trained for ${steps} steps, last loss ${Number(last['loss']).toPrecision(4)}. The run is in ${run.path}.`,
  );
}
