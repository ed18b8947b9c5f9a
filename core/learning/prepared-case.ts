import { isTesseraError, TesseraError } from '../base/errors.ts';
import {
  checkLabels,
  gridDifference,
  prepareLabels,
  prepareScan,
  readCaseLabels,
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

/** What a case is made from: the same source gives the same voxels. */
export interface CaseSource {
  readonly case: DatasetCase;
  readonly preparation: PreparationSettings;
  /** Label values in the order of the classes; without them labels are never read. */
  readonly classes?: readonly number[];
}

/** Reads and prepares one case. @throws TesseraError naming the file that cannot be used */
export async function loadCase({ case: found, preparation, classes }: CaseSource): Promise<TrainingCase> {
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
  const scan = prepareScan(volumes, preparation);
  const geometry = volumes[0]?.geometry;
  if (classes === undefined || geometry === undefined) return { id: found.id, scan };
  if (found.label === undefined)
    throw new TesseraError('bad-labels', 'has no label map.', {
      subject: found.id,
      advice: 'Add one or leave the case out with --cases.',
    });
  const [path = ''] = found.images;
  const label = (await readCaseLabels(found.label, { path, geometry }, found.labelNames)).volume;
  try {
    checkLabels(label, geometry, { labelName: found.label, scanName: path });
  } catch (error) {
    throw isTesseraError(error) ? error : new TesseraError('bad-labels', 'cannot be used.', { subject: found.label, cause: error });
  }
  return { id: found.id, scan, labels: classIndices(prepareLabels(label, scan), classes) };
}

/** Bytes of memory that a case holds. */
export function bytesOf(loaded: TrainingCase): number {
  return loaded.scan.values.byteLength + (loaded.labels?.byteLength ?? 0);
}

/** Label values as class indices; values that are no class count as background. */
function classIndices(labels: Uint8Array, classes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  classes.forEach((value, index) => {
    table[value] = index;
  });
  return labels.map((value) => table[value] ?? 0);
}
