import type { Job, JobResult } from '../api/jobs.ts';
import type { EngineRun, RequestHooks } from '../engine/engine.ts';
import type { JobInput, JobRecord } from './job-record.ts';

/** How a kind of job is done. */
export interface JobWork {
  /** Begins, or goes on from what `record` says was done. @throws TesseraError when it cannot begin */
  start(record: JobRecord, hooks: RequestHooks): EngineRun<JobResult>;
  /** Called when it is over, however it ended. */
  ended?(record: JobRecord): void;
  /**
   * Work that keeps what is done and goes on from there says how far that is. It is begun again when the engine died, as long as it gets further
   * from one death to the next.
   */
  reached?(): Promise<number>;
}

/** Says nothing of patients: names of files and scans stay out. A run has the name that the user gave it. */
export function titleOf(input: JobInput): string {
  switch (input.kind) {
    case 'import':
      return 'Import scans';
    case 'import-layer':
      return 'Import labels';
    case 'import-model':
      return 'Import a model';
    case 'segment':
      return input.scans.length === 1 ? 'Segment a scan' : `Segment ${input.scans.length} scans`;
    case 'rank':
      return 'Find what to label next';
    case 'improve':
      return 'Improve the model with corrections';
    case 'pretrain':
      return `Pre-train ${input.name}`;
    case 'finetune':
      return `Fine-tune ${input.name}`;
    case 'evaluate':
      return `Evaluate ${input.name}`;
  }
}

const computing: ReadonlySet<JobInput['kind']> = new Set(['segment', 'rank', 'improve', 'pretrain', 'finetune', 'evaluate']);

export function laneOf(input: JobInput): Job['uses'] {
  return computing.has(input.kind) ? 'accelerator' : 'light';
}

/** Whoever imports or segments waits for it; many scans at once, and training, are left alone for a while. */
export function priorityOf(input: JobInput): Job['priority'] {
  return computing.has(input.kind) && (input.kind !== 'segment' || input.scans.length > 1) ? 'background' : 'normal';
}
