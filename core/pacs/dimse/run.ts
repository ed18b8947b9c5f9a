import { fork } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TesseraError, type ErrorCode } from '../../base/errors.ts';
import { cancelled, type Task } from '../../base/task.ts';
import { workerFile } from '../../base/worker-file.ts';
import type { DimseJob, DimseResults } from './job.ts';
import { nameOf } from './server.ts';

/** What a DIMSE process says. */
export type FromChild =
  | { readonly kind: 'alive' }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly result: DimseResults[DimseJob['kind']] }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly subject?: string; readonly advice?: string };

const SILENT_SECONDS = 30;

/**
 * Does a DIMSE job in a process of its own with bounded memory: whatever a PACS sends, it ends at most that process. Run from TypeScript
 * source by a Node that cannot load it (tests), the job is done in this process.
 * @throws TesseraError of `associate`, and of the kind of job
 */
export async function runDimse<K extends DimseJob['kind']>(job: DimseJob & { readonly kind: K }, task: Task): Promise<DimseResults[K]> {
  if (task.signal.aborted) throw cancelled();
  const program = workerFile('run-child', import.meta.url);
  const result = program === undefined ? (await import('./perform.ts')).performDimse(job, task) : inChild(program, job, task);
  // Each kind of job has its own kind of result; the type of `performDimse` cannot say so.
  return result as Promise<DimseResults[K]>;
}

function inChild(program: URL, job: DimseJob, task: Task): Promise<DimseResults[DimseJob['kind']]> {
  const child = fork(fileURLToPath(program), [], {
    execArgv: [...process.execArgv.filter((flag) => flag.includes('strip-types')), '--max-old-space-size=768'],
    env: withoutSecrets(process.env),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    const abort = (): void => finish(() => reject(cancelled()));
    let silence: NodeJS.Timeout | undefined;
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => finish(() => reject(lost(job))), SILENT_SECONDS * 1000);
    };
    const finish = (tell: () => void): void => {
      clearTimeout(silence);
      task.signal.removeEventListener('abort', abort);
      child.removeAllListeners();
      if (child.exitCode !== null || child.signalCode !== null) tell();
      else child.on('exit', tell).kill('SIGKILL');
    };
    task.signal.addEventListener('abort', abort, { once: true });
    child.on('message', (message: FromChild) => {
      heard();
      if (message.kind === 'progress') task.progress({ stage: job.kind, done: message.done, total: message.total });
      else if (message.kind === 'done') finish(() => resolve(message.result));
      else if (message.kind === 'failed') finish(() => reject(new TesseraError(message.code, message.message, message)));
    });
    child.on('error', () => finish(() => reject(lost(job)))).on('exit', () => finish(() => reject(lost(job))));
    heard();
    child.send(job);
  }).finally(() => (job.kind === 'get' ? removeUnfinished(job.folder, child.pid) : undefined)) as Promise<DimseResults[DimseJob['kind']]>;
}

function lost(job: DimseJob): TesseraError {
  return new TesseraError('server-failed', 'sent something that took too much memory, or ended the process that talks to it.', {
    subject: nameOf(job.server),
    advice: 'Get less at a time, or use DICOMweb (--url).',
  });
}

/** Files that a process which was ended had not finished. */
async function removeUnfinished(folder: string, pid: number | undefined): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names.filter((name) => name.startsWith(`.incoming-${pid ?? ''}-`)).map((name) => rm(join(folder, name), { force: true })),
  );
}

function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TESSERA_PACS_')));
}
