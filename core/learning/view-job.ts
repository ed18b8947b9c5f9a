import { randomFromState, type RandomState } from '../base/random.ts';
import { isTesseraError } from '../base/errors.ts';
import type { Triple } from '../imaging/index.ts';
import { viewsOfScan, type View, type ViewKind } from '../model/views.ts';
import { loadCase, type CaseSource, type TrainingCase } from './prepared-case.ts';
import { ScanCache, type CacheSettings } from './scan-cache.ts';

/** Which views to cut of a scan; the random numbers are all of the choice that there is. */
export interface ViewCut {
  readonly kinds: readonly ViewKind[];
  readonly patch: Triple;
  readonly maskRatio: number;
  readonly random: RandomState;
}

/** The views of one scan in one step, to be made in any thread: plain data. */
export interface ViewJob {
  readonly source: CaseSource;
  readonly cache?: CacheSettings;
  /** The case, where memory holds it. */
  readonly loaded?: TrainingCase;
  readonly cut: ViewCut;
}

export interface ViewAnswer {
  /** For each kind its views. */
  readonly views: View[][];
  /** The case, where the job had to load it. */
  readonly loaded?: TrainingCase;
  /** Why the cache could not be used. */
  readonly cacheProblem?: string;
}

/** New memory for voxels: shared where several threads read them. */
export type Allocate = (bytes: number) => ArrayBufferLike;

/** @throws TesseraError naming the file that cannot be used */
export async function runViewJob({ source, cache, loaded, cut }: ViewJob, allocate?: Allocate): Promise<ViewAnswer> {
  const obtained = loaded === undefined ? await obtainCase(source, cache, allocate) : { loaded };
  const views = viewsOfScan(obtained.loaded.scan, cut.kinds, cut.patch, cut.maskRatio, randomFromState(cut.random));
  return loaded === undefined ? { ...obtained, views } : { views };
}

/** A case from the cache, else from its files. @throws TesseraError naming the file that cannot be used */
export async function obtainCase(
  source: CaseSource,
  settings: CacheSettings | undefined,
  allocate?: Allocate,
): Promise<{ loaded: TrainingCase; cacheProblem?: string }> {
  const cache = settings === undefined ? undefined : new ScanCache(settings);
  const cached = await cache?.get(source, allocate);
  if (cached !== undefined) return { loaded: cached };
  const made = await loadCase(source);
  const loaded = allocate === undefined ? made : movedTo(made, allocate);
  try {
    await cache?.put(source, loaded);
  } catch (error) {
    if (!isTesseraError(error)) throw error;
    return { loaded, cacheProblem: error.message };
  }
  return { loaded };
}

function movedTo({ id, scan, labels }: TrainingCase, allocate: Allocate): TrainingCase {
  const values = new Float32Array(allocate(scan.values.byteLength));
  values.set(scan.values);
  if (labels === undefined) return { id, scan: { ...scan, values } };
  const moved = new Uint8Array(allocate(labels.byteLength));
  moved.set(labels);
  return { id, scan: { ...scan, values }, labels: moved };
}
