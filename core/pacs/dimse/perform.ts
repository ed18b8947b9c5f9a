import dimse from 'dcmjs-dimse';
import type { Task } from '../../base/task.ts';
import { echo, find } from './find.ts';
import { get } from './get.ts';
import type { DimseJob, DimseResults } from './job.ts';
import { send } from './send.ts';

// Its notes may name patients.
dimse.log.disableAll();

/** Does a job in this process; {@link runDimse} does it in one of its own. */
export async function performDimse(job: DimseJob, task: Task): Promise<DimseResults[DimseJob['kind']]> {
  switch (job.kind) {
    case 'echo':
      return echo(job.server, task);
    case 'find':
      return find(job.server, job.query, task);
    case 'get': {
      const { written, present, differing } = await get(job, task);
      return { written, present, differing };
    }
    case 'send':
      return send(job.server, job.files, task);
  }
}
