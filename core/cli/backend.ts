import { TesseraError } from '../base/errors.ts';
import type { Backend } from '../compute/backend.ts';
import type { Session } from './session.ts';

/** Starts the tensor backend that was asked for, and says once why a better one is not used. */
export async function startChosenBackend(session: Session): Promise<Backend> {
  const { backend: choice, threads } = session.options;
  const { startBackend } = await import('../compute/backend.ts');
  const backend = await startBackend(choice, threads === undefined ? {} : { threads });
  if (choice !== 'auto' && backend.name !== choice)
    throw new TesseraError('runtime-failed', `this process already computes with ${backend.name}.`, { subject: '--backend' });
  for (const note of backend.notes) session.note(note);
  return backend;
}

/**
 * As {@link startChosenBackend}, for training: the backend must compute every operation right. The verdict is remembered, so that this
 * costs seconds once and nothing later.
 * @throws TesseraError `runtime-failed` naming the operations that are wrong
 */
export async function startSoundBackend(session: Session): Promise<Backend> {
  const backend = await startChosenBackend(session);
  const { conformanceVerdict } = await import('../compute/conformance/verdict.ts');
  const verdict = await conformanceVerdict(backend, () => session.note(`Checking the arithmetic of ${backend.version} (once) …`));
  if (verdict.failed.length === 0) return backend;
  const names = verdict.failed.slice(0, 5).join(', ') + (verdict.failed.length > 5 ? ' …' : '');
  throw new TesseraError(
    'runtime-failed',
    `computes ${verdict.failed.length} of ${verdict.cases} operations wrongly (${names}), so it must not train.`,
    {
      subject: `${backend.name} (${backend.version})`,
      advice: 'Choose another with --backend, and see tessera doctor.',
    },
  );
}
