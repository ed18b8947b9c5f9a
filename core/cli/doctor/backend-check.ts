import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describeError } from '../../base/errors.ts';
import type { BackendName } from '../../compute/backend.ts';
import { startChosenBackend } from '../backend.ts';
import type { Session } from '../session.ts';

export interface BackendCheck {
  readonly name: BackendName;
  /** It starts and computes every operation right: fit for training. */
  readonly usable: boolean;
  readonly version?: string;
  readonly device?: 'cpu' | 'gpu';
  readonly fused?: boolean;
  readonly threads?: number;
  readonly conformance?: { readonly cases: number; readonly failed: readonly string[]; readonly milliseconds: number };
  /** Why it cannot be used, or is not used fully. */
  readonly problem?: string;
}

const SECONDS = 180;

/** Starts a backend in this process and checks every operation, or takes the remembered verdict. */
export async function checkBackendHere(session: Session, name: BackendName): Promise<BackendCheck> {
  try {
    const backend = await startChosenBackend(session);
    const { conformanceVerdict } = await import('../../compute/conformance/verdict.ts');
    const conformance = await conformanceVerdict(backend);
    const { version, device, fused, threads, notes } = backend;
    const problem = notes[0];
    const check = { name, usable: conformance.failed.length === 0, version, device, fused, threads, conformance };
    return problem === undefined ? check : { ...check, problem };
  } catch (error) {
    return { name, usable: false, problem: describeError(error) };
  }
}

/** The same in a child process: a process holds one backend, and a driver may take its process down. */
export async function checkBackendElsewhere(name: BackendName, session: Session): Promise<BackendCheck> {
  const main = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url));
  const { threads } = session.options;
  const args = [main, 'doctor', '--json', '--backend', name, ...(threads === undefined ? [] : ['--threads', String(threads)])];
  const { stdout, ending } = await output(args, session.task.signal);
  try {
    const { backends } = JSON.parse(stdout) as { readonly backends: readonly BackendCheck[] };
    const [check] = backends;
    if (check !== undefined) return check;
  } catch {
    // It did not come to an answer; how it ended says why.
  }
  return { name, usable: false, problem: `its check ended without an answer (${ending}).` };
}

function output(args: readonly string[], signal: AbortSignal): Promise<{ stdout: string; ending: string }> {
  return new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(SECONDS * 1000)]);
    const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'ignore'], signal: limit });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece));
    child.on('error', (error) => resolve({ stdout, ending: limit.aborted ? 'stopped' : error.message }));
    child.on('close', (status, ended) => resolve({ stdout, ending: ended ?? `status ${String(status)}` }));
  });
}
