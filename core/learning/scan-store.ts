import { isTesseraError, TesseraError } from '../base/errors.ts';
import {
  checkLabels,
  gridDifference,
  prepareLabels,
  prepareScan,
  readScan,
  type DatasetCase,
  type PreparationSettings,
  type PreparedScan,
} from '../imaging/index.ts';

/** A scan ready for training, with its labels as class indices where they were asked for. */
export interface TrainingCase {
  readonly id: string;
  readonly scan: PreparedScan;
  /** Class index of each voxel of the prepared scan. */
  readonly labels?: Uint8Array;
}

export interface ScanStoreOptions {
  /** Label values in the order of the classes; without them labels are never read. */
  readonly classes?: readonly number[];
  /** Prepared scans kept in memory. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 4e9;

/** Reads and prepares cases when they are needed and keeps the latest used in memory. */
export class ScanStore {
  readonly cases: readonly DatasetCase[];
  private readonly preparation: PreparationSettings;
  private readonly classes: readonly number[] | undefined;
  private readonly maxBytes: number;
  private readonly kept = new Map<number, TrainingCase>();
  private bytes = 0;

  constructor(cases: readonly DatasetCase[], preparation: PreparationSettings, options: ScanStoreOptions = {}) {
    this.cases = cases;
    this.preparation = preparation;
    this.classes = options.classes;
    this.maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  /** @throws TesseraError naming the file that cannot be used */
  async get(index: number): Promise<TrainingCase> {
    const kept = this.kept.get(index);
    if (kept !== undefined) {
      this.kept.delete(index);
      this.kept.set(index, kept);
      return kept;
    }
    const loaded = await this.load(index);
    this.kept.set(index, loaded);
    this.bytes += sizeOf(loaded);
    for (const [oldest, entry] of this.kept) {
      if (this.bytes <= this.maxBytes || oldest === index) break;
      this.kept.delete(oldest);
      this.bytes -= sizeOf(entry);
    }
    return loaded;
  }

  private async load(index: number): Promise<TrainingCase> {
    const found = this.cases[index];
    if (found === undefined) throw new Error(`There is no case ${String(index)}.`);
    const volumes = [];
    for (const path of found.images) {
      const { volume } = await readScan(path);
      const first = volumes[0];
      const difference = first === undefined ? undefined : gridDifference(first.geometry, volume.geometry);
      if (difference !== undefined)
        throw new TesseraError('grid-mismatch', `lies on another grid than ${found.images[0] ?? ''} (${difference}).`, {
          subject: path,
          advice: 'All channels of a case must share one grid: resample them first.',
        });
      volumes.push(volume);
    }
    const scan = prepareScan(volumes, this.preparation);
    const geometry = volumes[0]?.geometry;
    if (this.classes === undefined || geometry === undefined) return { id: found.id, scan };
    if (found.label === undefined)
      throw new TesseraError('bad-labels', 'has no label map.', {
        subject: found.id,
        advice: 'Add one or leave the case out with --cases.',
      });
    const label = (await readScan(found.label)).volume;
    try {
      checkLabels(label, geometry, { labelName: found.label, scanName: found.images[0] ?? found.id });
    } catch (error) {
      throw isTesseraError(error) ? error : new TesseraError('bad-labels', 'cannot be used.', { subject: found.label, cause: error });
    }
    return { id: found.id, scan, labels: classIndices(prepareLabels(label, scan), this.classes) };
  }
}

function sizeOf(entry: TrainingCase): number {
  return entry.scan.values.byteLength + (entry.labels?.byteLength ?? 0);
}

/** Label values as class indices; values that are no class count as background. */
function classIndices(labels: Uint8Array, classes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  classes.forEach((value, index) => {
    table[value] = index;
  });
  return labels.map((value) => table[value] ?? 0);
}
