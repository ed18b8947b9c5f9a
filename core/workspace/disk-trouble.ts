import { isTesseraError, TesseraError } from '../base/errors.ts';

/** What keeps a disk from taking what is written to it. */
export type DiskTrouble = 'full' | 'read-only' | 'unreachable' | 'failing';

const troubles: Readonly<Record<string, DiskTrouble>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EIO: 'failing',
  // A network drive that was removed or a stick that was pulled out shows itself in any of these.
  ENOENT: 'unreachable',
  ENOTDIR: 'unreachable',
  ENODEV: 'unreachable',
  ENXIO: 'unreachable',
  ESTALE: 'unreachable',
  ENOTCONN: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'unreachable',
};

const words: Readonly<Record<DiskTrouble, { readonly what: string; readonly advice: string }>> = {
  full: { what: 'the disk is full', advice: 'Free some space and try again; what was acknowledged before is safe.' },
  'read-only': { what: 'the disk takes no changes', advice: 'Make it writable and try again; what was acknowledged before is safe.' },
  unreachable: { what: 'it cannot be reached', advice: 'Connect the drive again and repeat; what was acknowledged before is safe.' },
  failing: {
    what: 'the disk reports an error',
    advice: 'Copy the workspace to another disk; what was acknowledged before was on the disk.',
  },
};

/** The trouble behind an error, however deep in its causes; undefined when no disk is to blame. */
export function diskTrouble(error: unknown): DiskTrouble | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = errorCode(error);
  return (code === undefined ? undefined : troubles[code]) ?? diskTrouble(error.cause);
}

/** The system's name of an error ('ENOENT'), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (isTesseraError(error) || !(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** `write-failed` with the trouble in words; an error that is already meant for people is passed on. */
export function writeFailed(path: string, cause: unknown): TesseraError {
  if (isTesseraError(cause)) return cause;
  const trouble = diskTrouble(cause);
  const { what, advice } = trouble === undefined ? { what: String(cause), advice: 'Check the disk and try again.' } : words[trouble];
  return new TesseraError('write-failed', `could not be written: ${what}.`, { subject: path, advice, cause });
}

/** Does something to a path; what the system says against it becomes {@link writeFailed}. */
export async function writing<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw writeFailed(path, cause);
  }
}
