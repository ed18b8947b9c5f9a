import { readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { WATCH_MILLISECONDS } from './decode-limits.ts';

/** The file descriptor on which a decode process reports its memory, where the system does not tell it to others. */
export const MEMORY_REPORTS = 3;

/** Memory of a process in bytes as Linux tells it; undefined elsewhere and of a process that is gone. */
export function residentBytes(processId: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${processId}/status`, 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : 1024 * Number(kilobytes);
  } catch {
    return undefined;
  }
}

/** A child process whose memory is looked at from outside, so that it need not keep order itself. */
export class MemoryWatch {
  readonly #child: ChildProcess;
  readonly #most: number;
  readonly #exceeded: () => void;
  #reported = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param exceeded told when it has more than `most` bytes, at each look again */
  constructor(child: ChildProcess, most: number, exceeded: () => void) {
    this.#child = child;
    this.#most = most;
    this.#exceeded = exceeded;
    child.stdio[MEMORY_REPORTS]?.on('data', (report: Buffer) => {
      // Reports follow each other; the last whole number counts.
      const last = report.toString('latin1').split('\n').at(-2);
      if (last !== undefined) this.#reported = Number(last);
    });
  }

  /** Looks now and then, which does not keep the program alive. */
  start(): void {
    this.#timer ??= setInterval(() => this.#look(), WATCH_MILLISECONDS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { pid } = this.#child;
    const seen = pid === undefined ? undefined : residentBytes(pid);
    if (Math.max(seen ?? 0, this.#reported) > this.#most) this.#exceeded();
  }
}
