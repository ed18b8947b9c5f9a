import { arch, availableParallelism, cpus, freemem, platform, release, totalmem } from 'node:os';
import { cacheFolder } from '../../compute/runtime/cache-folder.ts';
import { programVersion } from '../run.ts';

export interface Machine {
  readonly tessera: string;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly threads: number;
  /** Bytes. */
  readonly memory: number;
  readonly freeMemory: number;
  readonly cacheFolder: string;
}

export function describeMachine(): Machine {
  return {
    tessera: programVersion(),
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memory: totalmem(),
    freeMemory: freemem(),
    cacheFolder: cacheFolder(),
  };
}
