import type { DatasetCase, PreparationSettings } from '../imaging/index.ts';
import { bytesOf, type CaseSource, type TrainingCase } from './prepared-case.ts';
import type { CacheSettings } from './scan-cache.ts';
import { obtainCase, runViewJob, type ViewAnswer, type ViewCut, type ViewJob } from './view-job.ts';
import type { ViewWorkers } from './view-workers.ts';

export type { TrainingCase } from './prepared-case.ts';

export interface ScanStoreOptions {
  /** Label values in the order of the classes; without them labels are never read. */
  readonly classes?: readonly number[];
  /** Prepared scans kept in memory. */
  readonly maxBytes?: number;
  /** Prepared scans kept on disk. */
  readonly cache?: CacheSettings;
  /** Told once when the cache cannot be used; the store goes on without. */
  readonly onCacheProblem?: (problem: string) => void;
}

/** Prepared scans that are kept in memory unless told otherwise. */
export const DEFAULT_MAX_BYTES = 4e9;

/** Reads and prepares cases when they are needed and keeps the latest used in memory. */
export class ScanStore {
  readonly cases: readonly DatasetCase[];
  private readonly preparation: PreparationSettings;
  private readonly options: ScanStoreOptions;
  private readonly kept = new Map<number, TrainingCase>();
  private bytes = 0;
  private cache: CacheSettings | undefined;

  constructor(cases: readonly DatasetCase[], preparation: PreparationSettings, options: ScanStoreOptions = {}) {
    this.cases = cases;
    this.preparation = preparation;
    this.options = options;
    this.cache = options.cache;
  }

  /** @throws TesseraError naming the file that cannot be used */
  async get(index: number): Promise<TrainingCase> {
    const kept = this.inMemory(index);
    if (kept !== undefined) return kept;
    const { loaded, cacheProblem } = await obtainCase(this.sourceOf(index), this.cache);
    this.noteProblem(cacheProblem);
    return this.keep(index, loaded);
  }

  /**
   * Views of one scan, made by another thread where there are some, and the same ones in any.
   * @throws TesseraError naming the file that cannot be used
   */
  async views(index: number, cut: ViewCut, workers?: ViewWorkers): Promise<ViewAnswer['views']> {
    const job = (): ViewJob => {
      const loaded = this.inMemory(index);
      const { cache } = this;
      return {
        source: this.sourceOf(index),
        cut,
        ...(loaded === undefined ? {} : { loaded }),
        ...(cache === undefined ? {} : { cache }),
      };
    };
    const answer = await (workers === undefined ? runViewJob(job()) : workers.run(job));
    this.noteProblem(answer.cacheProblem);
    if (answer.loaded !== undefined) this.keep(index, answer.loaded);
    return answer.views;
  }

  private sourceOf(index: number): CaseSource {
    const found = this.cases[index];
    if (found === undefined) throw new Error(`There is no case ${String(index)}.`);
    const { classes } = this.options;
    return { case: found, preparation: this.preparation, ...(classes === undefined ? {} : { classes }) };
  }

  /** The case if memory holds it, which is a use of it. */
  private inMemory(index: number): TrainingCase | undefined {
    const kept = this.kept.get(index);
    if (kept === undefined) return undefined;
    this.kept.delete(index);
    this.kept.set(index, kept);
    return kept;
  }

  private keep(index: number, loaded: TrainingCase): TrainingCase {
    // Two jobs may have loaded it at once.
    const before = this.inMemory(index);
    if (before !== undefined) return before;
    this.kept.set(index, loaded);
    this.bytes += bytesOf(loaded);
    const maxBytes = this.options.maxBytes ?? DEFAULT_MAX_BYTES;
    for (const [oldest, entry] of this.kept) {
      if (this.bytes <= maxBytes || oldest === index) break;
      this.kept.delete(oldest);
      this.bytes -= bytesOf(entry);
    }
    return loaded;
  }

  private noteProblem(problem: string | undefined): void {
    if (problem === undefined || this.cache === undefined) return;
    this.cache = undefined;
    this.options.onCacheProblem?.(problem);
  }
}
