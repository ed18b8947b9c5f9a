import { readFile, rename } from 'node:fs/promises';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import type { ErrorDocument } from '../api/errors.ts';
import { hasEnded, jobFile, type JobRecord } from './job-record.ts';

/** Ended jobs that are remembered. */
const HISTORY = 200;

/** The queue on disk, written whole whenever a job changes its state. */
export class JobStore {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The jobs as they were last saved. A damaged file is put aside, and the queue begins empty. */
  async load(): Promise<JobRecord[]> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch {
      // Nothing was ever saved.
      return [];
    }
    try {
      return jobFile.parse(JSON.parse(text)).jobs;
    } catch {
      await rename(this.#path, `${this.#path}.damaged`).catch(() => undefined);
      return [];
    }
  }

  /**
   * Saves the jobs as they are when the writing begins; what changes meanwhile is written by one more.
   * @throws TesseraError `write-failed`
   */
  save(jobs: () => readonly JobRecord[]): Promise<void> {
    this.#waiting ??= this.#writing.then(() => {
      this.#waiting = undefined;
      const written = writeFileAtomic(this.#path, JSON.stringify({ schema: 'tessera-jobs/1', jobs: jobs().map(withoutNames) }) + '\n');
      this.#writing = written.catch(() => undefined);
      return written;
    });
    return this.#waiting;
  }

  /** Waits for what is being written. */
  async settled(): Promise<void> {
    await this.#waiting?.catch(() => undefined);
    await this.#writing;
  }
}

/** Names of files, which may be those of patients, are shown while the program runs and not kept. */
function withoutNames({ job, ...rest }: JobRecord): JobRecord {
  const { error, result, ...others } = job;
  return {
    ...rest,
    job: {
      ...others,
      ...(error === undefined ? {} : { error: withoutSubject(error) }),
      ...(result === undefined
        ? {}
        : {
            result: {
              ...result,
              ...(result.problems === undefined
                ? {}
                : { problems: result.problems.map((problem, n) => ({ name: `${n + 1}`, error: withoutSubject(problem.error) })) }),
            },
          }),
    },
  };
}

function withoutSubject({ code, message, advice }: ErrorDocument): ErrorDocument {
  return { code, message, ...(advice === undefined ? {} : { advice }) };
}

/** All jobs that are not over, and the latest that are. */
export function withinHistory(jobs: readonly JobRecord[]): JobRecord[] {
  const surplus = jobs.filter(({ job }) => hasEnded(job)).length - HISTORY;
  let dropped = 0;
  return jobs.filter(({ job }) => !hasEnded(job) || dropped++ >= surplus);
}
