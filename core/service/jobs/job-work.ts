import type { Job, JobResult } from '../api/jobs.ts';
import type { EngineRun, RequestHooks } from '../engine/engine.ts';
import type { JobInput, JobRecord } from './job-record.ts';

/** How a kind of job is done. */
export interface JobWork {
  /** Begins, or goes on from what `record` says was done. @throws TesseraError when it cannot begin */
  start(record: JobRecord, hooks: RequestHooks): EngineRun<JobResult>;
  /** Called when it is over, however it ended. */
  ended?(record: JobRecord): void;
}

/** Says nothing of patients: names of files and scans stay out. */
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
  }
}

export function laneOf(input: JobInput): Job['uses'] {
  return input.kind === 'segment' || input.kind === 'rank' ? 'accelerator' : 'light';
}

/** Whoever imports or segments waits for it; many scans at once are left alone for a while. */
export function priorityOf(input: JobInput): Job['priority'] {
  return input.kind === 'rank' || (input.kind === 'segment' && input.scans.length > 1) ? 'background' : 'normal';
}
