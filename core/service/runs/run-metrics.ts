import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetricsLine, RunMetrics } from '../api/runs.ts';

/** Steps that an answer has at most: a chart is not wider. */
const MOST_STEPS = 2000;
/** Bytes that are read of a run's file at most: far more than a million steps. */
const MOST_BYTES = 1e9;

/** What a run measured, as far as it was read: its file grows while it runs, and becomes shorter when the run goes on from a checkpoint. */
export class RunMetricsFile {
  readonly #path: string;
  #lines: MetricsLine[] = [];
  #read = 0;
  /** Which file that was: a run that goes on from a checkpoint writes another one, which may soon be as long. */
  #file = 0;
  /** An end without a line feed. */
  #rest = '';
  #reading: Promise<void> = Promise.resolve();

  /** @param folder of the run */
  constructor(folder: string) {
    this.#path = join(folder, 'metrics.jsonl');
  }

  /** Lines of the steps after one. */
  async after(step: number): Promise<RunMetrics> {
    this.#reading = this.#reading.then(() => this.#readOn());
    await this.#reading;
    const last = Number(this.#lines.at(-1)?.['step'] ?? 0);
    return { lines: thinned(this.#lines.filter((line) => Number(line['step']) > step || (step === 0 && line['step'] === 0))), last };
  }

  async #readOn(): Promise<void> {
    const file = await open(this.#path, 'r').catch(() => undefined);
    if (file === undefined) return;
    try {
      const { size, ino } = await file.stat();
      if (size < this.#read || ino !== this.#file) this.#forget();
      this.#file = ino;
      if (size === this.#read || size > MOST_BYTES) return;
      const bytes = Buffer.alloc(size - this.#read);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#read);
      this.#read += bytesRead;
      const pieces = (this.#rest + bytes.subarray(0, bytesRead).toString('utf8')).split('\n');
      this.#rest = pieces.pop() ?? '';
      for (const piece of pieces) this.#take(piece);
    } finally {
      await file.close();
    }
  }

  #take(text: string): void {
    let line: MetricsLine;
    try {
      const read = JSON.parse(text) as Record<string, number | string | null>;
      // What is not a number was written as nothing.
      line = Object.fromEntries(Object.entries(read).filter((entry): entry is [string, number | string] => entry[1] !== null));
    } catch {
      return; // the last line of a run that was killed
    }
    // The run went on from a checkpoint: what came after that did not happen.
    if ('loss' in line && Number(line['step']) <= Number(this.#lines.at(-1)?.['step'] ?? -1))
      this.#lines = this.#lines.filter((before) => Number(before['step']) < Number(line['step']));
    this.#lines.push(line);
  }

  #forget(): void {
    this.#lines = [];
    this.#read = 0;
    this.#rest = '';
  }
}

/** Of many steps every second, third … one; all that is not a step. */
function thinned(lines: readonly MetricsLine[]): MetricsLine[] {
  const steps = lines.filter((line) => 'loss' in line).length;
  const every = Math.ceil(steps / MOST_STEPS);
  let at = 0;
  return lines.filter((line) => !('loss' in line) || at++ % every === 0 || at === steps);
}
