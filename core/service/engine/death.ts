import { TesseraError } from '../../base/errors.ts';

/** How a process ended. */
export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Memory at its last sign of life, in bytes. */
  readonly residentBytes: number;
  /** What it wrote last. */
  readonly lines: readonly string[];
  /** That we ended it because it no longer answered. */
  readonly hung: boolean;
}

const OUT_OF_MEMORY = /heap out of memory|std::bad_alloc|OOM when allocating|Array buffer allocation failed|Cannot allocate memory/;
const ADVICE_MEMORY = 'Close other programs, or use smaller views, crops or batches.';

/** Why an engine ended, for the job that it was working on. */
export function causeOfDeath(death: Death): TesseraError {
  const used = death.residentBytes > 0 ? `, with ${(death.residentBytes / 1024 ** 3).toFixed(1)} GB of memory in use` : '';
  if (death.lines.some((line) => OUT_OF_MEMORY.test(line)))
    return new TesseraError('out-of-memory', `The engine ran out of memory${used}.`, { advice: ADVICE_MEMORY });
  if (death.hung)
    return new TesseraError('timeout', 'The engine no longer answered and was ended.', {
      advice: 'Start the job again; report it if it returns.',
    });
  if (death.signal === 'SIGKILL')
    return new TesseraError('runtime-failed', `The engine was killed (SIGKILL)${used}. The system does that when memory runs out.`, {
      advice: ADVICE_MEMORY,
    });
  const how = death.signal === null ? `with exit code ${death.code ?? 'unknown'}` : `by signal ${death.signal}`;
  return new TesseraError('runtime-failed', `The engine ended unexpectedly, ${how}${used}.`, {
    advice: 'Start the job again. If it returns, run tessera doctor and look for a newer driver.',
  });
}
