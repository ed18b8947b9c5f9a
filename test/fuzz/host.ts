// The process that opens files, one after another, as the program does. It is the one that must never fall.
import { isTesseraError } from '../../core/base/errors.ts';
import { openings, type Format } from './open.ts';

export interface OpenRequest {
  readonly format: Format;
  readonly path: string;
  /** Which of the things that the program does with such a file. */
  readonly opening: number;
}

/** What became of a file. `fault` is a first line that tells faults apart, then the stack. */
export type OpenAnswer = { readonly outcome: string } | { readonly fault: string };

async function answerTo({ format, path, opening }: OpenRequest): Promise<OpenAnswer> {
  try {
    await openings[format](path)[opening]?.();
    return { outcome: 'read' };
  } catch (error) {
    const fault = faultOf(error);
    return fault === undefined ? { outcome: 'refused' } : { fault };
  }
}

/** Why an error is none that a user should meet; undefined for a proper one. */
function faultOf(error: unknown): string | undefined {
  if (!isTesseraError(error))
    return `throws ${error instanceof Error ? `${String(error)}\n${error.stack ?? ''}` : `no Error: ${String(error)}`}`;
  const { code, message, subject, advice, stack = '' } = error;
  // The reader itself failed, in another thread or process.
  if (code === 'runtime-failed') return `${code}: ${message}\n${String(error.cause)}`;
  if (subject === undefined) return `error without its file: ${code} ${message}\n${stack}`;
  return advice === undefined ? `error without advice: ${code} ${message}\n${stack}` : undefined;
}

process.on('message', (request: OpenRequest) => {
  void answerTo(request).then((answer) => process.send?.(answer));
});
