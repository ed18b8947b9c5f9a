import { TesseraError } from '../../base/errors.ts';
import { dot } from '../affine.ts';
import { warning, type Finding } from '../finding.ts';
import { gridDifference } from '../geometry.ts';
import { checkLabels } from '../labels.ts';
import { applyAxisMap, type AxisMap } from '../orientation.ts';
import { resampleLabels } from '../resample.ts';
import type { Geometry, Volume } from '../volume.ts';

export interface GridOptions {
  /** The user's word that a label map on another grid may be resampled (nearest voxel); refused unless given. */
  readonly resample?: boolean;
  /** The label file and the scan, for messages. */
  readonly labelName?: string;
  readonly scanName?: string;
}

/** A label map on the grid of its scan, background 0. */
export interface GridLabels {
  readonly geometry: Geometry;
  /** i fastest. */
  readonly labels: Uint8Array | Uint16Array;
  /** Values that occur, background left out, in rising order. */
  readonly values: readonly number[];
  readonly findings: readonly Finding[];
}

/**
 * A label map on its scan's own grid. Axes that are merely reversed or in another order are put right exactly; nothing is resampled
 * unless `resample` says so.
 * @throws TesseraError `grid-mismatch` naming the difference; `bad-labels` for values that are no labels
 */
export function labelsOnGrid(labels: Volume, scan: Geometry, options: GridOptions = {}): GridLabels {
  const { resample = false, labelName = 'the label map', scanName = 'its scan' } = options;
  const turned = applyAxisMap(labels, axisMapBetween(labels.geometry, scan));
  const difference = gridDifference(scan, turned.geometry);
  if (difference !== undefined && !resample)
    throw new TesseraError('grid-mismatch', `does not lie on the grid of ${scanName}: ${difference}.`, {
      subject: labelName,
      advice: 'Check that the two belong together; with --resample it is brought onto the scan by the nearest voxel.',
    });
  const onGrid = difference === undefined ? turned : resampleLabels(turned, scan);
  const checked = checkLabels({ ...onGrid, geometry: scan }, undefined, { labelName });
  return {
    geometry: scan,
    labels: checked.labels,
    values: checked.counts.map(({ value }) => value).filter((value) => value !== 0),
    findings: [...checked.findings, ...(difference === undefined ? [] : [resampledFinding(difference)])],
  };
}

/** One label map or several, as a list. */
export function layersOf(labels: GridLabels | readonly GridLabels[]): readonly GridLabels[] {
  return 'geometry' in labels ? [labels] : labels;
}

export const resampledFinding = (difference: string): Finding =>
  warning('resampled-labels', `The labels lay on another grid than the scan (${difference}) and were resampled by the nearest voxel.`);

/** The reversal and reordering of axes that points those of one grid along those of another, as nearly as they go. */
export function axisMapBetween(from: Geometry, to: Geometry): AxisMap {
  const left = [0, 1, 2];
  const chosen = ([0, 1, 2] as const).map((axis) => {
    const cosine = (candidate: number): number => dot(to.direction[axis], from.direction[candidate as 0 | 1 | 2]);
    const [best = axis] = [...left].sort((a, b) => Math.abs(cosine(b)) - Math.abs(cosine(a)));
    left.splice(left.indexOf(best), 1);
    return { from: best, flip: cosine(best) < 0 };
  });
  const [i, j, k] = chosen as [(typeof chosen)[0], (typeof chosen)[0], (typeof chosen)[0]];
  return { from: [i.from, j.from, k.from], flip: [i.flip, j.flip, k.flip] };
}
