import { TesseraError } from '../../../base/errors.ts';
import type { Backend } from '../../../compute/index.ts';
import type { EngineContext } from '../context.ts';

/** The backend, for training: it must compute every operation right. The verdict is remembered. @throws TesseraError `runtime-failed` */
export async function soundBackend({ backend: start, task }: EngineContext): Promise<Backend> {
  const backend = await start();
  const { conformanceVerdict } = await import('../../../compute/conformance/verdict.ts');
  const { failed, cases } = await conformanceVerdict(backend, () => task.progress({ stage: 'check arithmetic', done: 0, total: 0 }));
  if (failed.length === 0) return backend;
  throw new TesseraError('runtime-failed', `computes ${failed.length} of ${cases} operations wrongly, so it must not train.`, {
    subject: `${backend.name} (${backend.version})`,
    advice: 'Start the program with another backend, and see tessera doctor.',
  });
}
