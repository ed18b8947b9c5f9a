import { isTesseraError, TesseraError, type ErrorCode } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { View, ViewKind } from '../model/views.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import type { ScanStore } from './scan-store.ts';
import { scansOfStep, type StepScan, type ViewSource } from './view-source.ts';
import { ViewWorkers } from './view-workers.ts';

export interface PrefetchOptions {
  /** Told once of each scan that was passed over (`skipDamaged`). */
  readonly onDamaged?: (line: string) => void;
}

/** Views of steps that wait for their turn may take this much memory, unless a single step takes more. */
const MOST_BYTES_AHEAD = 1e9;
/** What the file itself is to blame for. Time and memory are not: there the run stops, as another try may go well. */
const DAMAGE: readonly ErrorCode[] = ['bad-file', 'unsupported-file', 'bad-geometry', 'grid-mismatch', 'too-large', 'bad-setting'];

/**
 * The views of each step, cut in other threads while the steps before it are computed. They depend on seed and step alone: neither the
 * number of threads nor how far ahead they work changes a bit.
 */
export class PrefetchedViews {
  private readonly store: ScanStore;
  private readonly kinds: readonly ViewKind[];
  private readonly settings: PretrainSettings;
  private readonly random: Random;
  private readonly options: PrefetchOptions;
  private readonly workers: ViewWorkers | undefined;
  private readonly ahead: number;
  private readonly made = new Map<number, Promise<View[][]>>();
  private readonly damaged = new Set<number>();

  /** @param random of the run, never advanced */
  constructor(store: ScanStore, kinds: readonly ViewKind[], settings: PretrainSettings, random: Random, options: PrefetchOptions = {}) {
    this.store = store;
    this.kinds = kinds;
    this.settings = settings;
    this.random = random;
    this.options = options;
    this.workers = settings.prefetch === 0 ? undefined : ViewWorkers.start(settings.viewWorkers);
    this.ahead = this.workers === undefined ? 0 : stepsAhead(settings.prefetch, stepBytes(kinds, settings));
  }

  /** @throws TesseraError naming the scan, in the step whose turn it is */
  readonly source: ViewSource = async (step) => {
    for (const old of this.made.keys()) if (old < step) this.made.delete(old);
    const wanted = this.ofStep(step);
    for (let next = step + 1; next <= step + this.ahead && next < this.steps(); next++) void this.ofStep(next);
    const views = await wanted;
    this.made.delete(step);
    return views;
  };

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.workers?.close();
    this.made.clear();
  }

  private steps(): number {
    return Math.ceil(this.store.cases.length / this.settings.batch) * this.settings.epochs;
  }

  private ofStep(step: number): Promise<View[][]> {
    const begun = this.made.get(step);
    if (begun !== undefined) return begun;
    const views = this.make(step);
    // An error waits for its step: whoever takes that step gets it.
    views.catch(() => undefined);
    this.made.set(step, views);
    return views;
  }

  private async make(step: number): Promise<View[][]> {
    const scans = scansOfStep(step, this.store.cases.length, this.settings.batch, this.random);
    const ofScans =
      this.workers === undefined
        ? await inTurn(scans, (scan) => this.ofScan(scan))
        : await Promise.all(scans.map((scan) => this.ofScan(scan)));
    return this.kinds.map((_, kind) => ofScans.flatMap((views) => views[kind] ?? []));
  }

  /** With `skipDamaged` the next scan of the list takes the place of one that cannot be read. */
  private async ofScan({ index, random }: StepScan): Promise<View[][]> {
    const { encoder, maskRatio, skipDamaged } = this.settings;
    const cut = { kinds: this.kinds, patch: encoder.patch, maskRatio, random: random.state() };
    const { cases } = this.store;
    let last: unknown;
    for (let tried = 0; tried < cases.length; tried++) {
      const at = (index + tried) % cases.length;
      if (this.damaged.has(at)) continue;
      try {
        return await this.store.views(at, cut, this.workers);
      } catch (error) {
        if (!skipDamaged || !isTesseraError(error) || !DAMAGE.includes(error.code)) throw error;
        last = error;
        if (this.damaged.has(at)) continue;
        this.damaged.add(at);
        this.options.onDamaged?.(`passed over ${cases[at]?.id ?? ''}, which cannot be read: ${error.subject ?? ''} ${error.message}`);
      }
    }
    throw new TesseraError('no-data', 'none of the scans can be read.', {
      advice: 'See the log of the run for what is wrong with each.',
      cause: last,
    });
  }
}

/** Bytes of the views of one step. */
export function stepBytes(kinds: readonly ViewKind[], { batch, encoder }: Pick<PretrainSettings, 'batch' | 'encoder'>): number {
  const voxels = kinds.reduce((sum, { size, perScan }) => sum + perScan * size[0] * size[1] * size[2], 0);
  return 4 * batch * encoder.channels * voxels;
}

/** Steps that are made ahead of time. */
export function stepsAhead(prefetch: number, bytes: number): number {
  return Math.min(prefetch, Math.max(1, Math.floor(MOST_BYTES_AHEAD / bytes)));
}

async function inTurn<From, To>(items: readonly From[], f: (item: From) => Promise<To>): Promise<To[]> {
  const made: To[] = [];
  for (const item of items) made.push(await f(item));
  return made;
}
