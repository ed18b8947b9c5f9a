import type { Random } from '../base/random.ts';
import type { Triple } from '../imaging/index.ts';
import type { TrainingCase } from './scan-store.ts';

/** What a voxel is for the placing of crops: labelled, background that is not empty, or neither (empty, or unlabelled). */
const NEITHER = 0;
const LABELLED = 1;
const BACKGROUND = 2;

/**
 * How many voxels of each kind every slice across the first axis has: with it, drawing a voxel looks through one slice instead of the
 * whole scan. Eight bytes a slice.
 */
export interface CentreCounts {
  readonly labelled: Uint32Array;
  readonly background: Uint32Array;
}

/**
 * Counts once what {@link drawCentre} draws from (method 9.3).
 * @param ignored class index of voxels without a label (`ignoreValue`): they are never a centre
 */
export function countCentres(source: TrainingCase, ignored?: number): CentreCounts {
  const [n0, n1, n2] = source.scan.dims;
  const counts = { labelled: new Uint32Array(n0), background: new Uint32Array(n0) };
  for (let i = 0, v = 0; i < n0; i++) {
    let [labelled, background] = [0, 0];
    for (const end = v + n1 * n2; v < end; v++) {
      const kind = kindOf(source, v, ignored);
      if (kind === LABELLED) labelled++;
      else if (kind === BACKGROUND) background++;
    }
    counts.labelled[i] = labelled;
    counts.background[i] = background;
  }
  return counts;
}

/**
 * A random voxel to centre a crop on (method 9.3): a labelled one, or one of the background whose image is above 0 in some channel; where
 * there is none of a kind, of the other; of a scan that has neither, any voxel. MONAI's rule is "above 0"; here it is "not 0", which is the
 * same after a window and does not pass over the darker half of a z-scored scan.
 */
export function drawCentre(source: TrainingCase, counts: CentreCounts, labelled: boolean, random: Random, ignored?: number): Triple {
  const [n0, n1, n2] = source.scan.dims;
  for (const kind of labelled ? [LABELLED, BACKGROUND] : [BACKGROUND, LABELLED]) {
    const slices = kind === LABELLED ? counts.labelled : counts.background;
    let total = 0;
    for (const count of slices) total += count;
    if (total === 0) continue;
    let wanted = random.integer(1, total);
    let i = 0;
    while (wanted > (slices[i] as number)) wanted -= slices[i++] as number;
    let v = i * n1 * n2 - 1;
    while (wanted > 0) if (kindOf(source, ++v, ignored) === kind) wanted--;
    return [i, Math.floor(v / n2) % n1, v % n2];
  }
  return [random.integer(0, n0 - 1), random.integer(0, n1 - 1), random.integer(0, n2 - 1)];
}

function kindOf({ labels, scan: { values, channels } }: TrainingCase, v: number, ignored: number | undefined): number {
  const label = labels === undefined ? 0 : (labels[v] as number);
  if (label === ignored) return NEITHER;
  if (label > 0) return LABELLED;
  const volume = values.length / channels;
  for (let at = v; at < values.length; at += volume) if (values[at] !== 0) return BACKGROUND;
  return NEITHER;
}
