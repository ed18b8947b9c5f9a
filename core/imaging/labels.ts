import { TesseraError } from '../base/errors.ts';
import { note, warning, type Finding } from './finding.ts';
import { DEFAULT_GRID_TOLERANCE, gridDifference } from './geometry.ts';
import type { Geometry, Volume } from './volume.ts';

export interface LabelCount {
  readonly value: number;
  readonly voxels: number;
}

/** A label map known to be sound. */
export interface CheckedLabels {
  /** i fastest; 16 bits only where a value is above 255. */
  readonly labels: Uint8Array | Uint16Array;
  /** Every value that occurs, background (0) included, in rising order. */
  readonly counts: readonly LabelCount[];
  readonly findings: readonly Finding[];
}

export interface CheckLabelsOptions {
  /** The label file, for messages. */
  readonly labelName?: string;
  readonly scanName?: string;
  /** See `gridDifference`. */
  readonly gridTolerance?: number;
}

/** A float this near to a whole number is that number: some tools write 0.9999999 for 1. */
const WHOLE_TOLERANCE = 1e-3;
const LARGEST_LABEL = 65535;
/** More values than any published label set has (TotalSegmentator: 117, AAL: 116, FreeSurfer's aparc+aseg: under 256 in one map). */
const MANY_VALUES = 255;

/**
 * Checks that a label map lies on its scan's grid and holds whole numbers from 0, and returns them as integers.
 * @param scan the scan's geometry, or undefined to check the values alone.
 * @throws TesseraError `grid-mismatch` naming both files and the difference; `bad-labels` for fractions, negative or too large numbers.
 */
export function checkLabels(label: Volume, scan: Geometry | undefined, options: CheckLabelsOptions = {}): CheckedLabels {
  const { labelName = 'the label map', scanName = 'its scan', gridTolerance = DEFAULT_GRID_TOLERANCE } = options;
  const difference = scan === undefined ? undefined : gridDifference(scan, label.geometry, gridTolerance);
  if (difference !== undefined) {
    throw new TesseraError('grid-mismatch', `does not lie on the grid of ${scanName}: ${difference}.`, {
      subject: labelName,
      advice: 'Check that the two belong together, or resample the label map onto the scan with nearest-neighbour interpolation.',
    });
  }
  const histogram = new Uint32Array(LARGEST_LABEL + 1);
  const { voxels, slope, intercept } = label;
  const wide = new Uint16Array(voxels.length);
  let rounded = 0;
  for (let i = 0; i < wide.length; i++) {
    const value = (voxels[i] as number) * slope + intercept;
    const whole = Math.round(value);
    if (!(Math.abs(value - whole) <= WHOLE_TOLERANCE && whole >= 0 && whole <= LARGEST_LABEL)) throw badLabel(value, labelName);
    if (whole !== value) rounded++;
    wide[i] = whole;
    histogram[whole] = (histogram[whole] as number) + 1;
  }
  const counts: LabelCount[] = [];
  histogram.forEach((n, value) => n > 0 && counts.push({ value, voxels: n }));
  const largest = counts.at(-1)?.value ?? 0;
  return { labels: largest > 255 ? wide : Uint8Array.from(wide), counts, findings: findingsOf(counts, rounded) };
}

function findingsOf(counts: readonly LabelCount[], rounded: number): Finding[] {
  const findings: Finding[] = [];
  if (counts.every(({ value }) => value === 0))
    findings.push(warning('empty-labels', 'Nothing is labelled: every voxel is background (0).'));
  if (counts.length > MANY_VALUES) {
    findings.push(warning('many-labels', `It holds ${counts.length} different values; check that it is a label map and not a scan.`));
  }
  if (rounded > 0)
    findings.push(note('rounded-labels', `${rounded} values were a rounding error away from a whole number and were rounded.`));
  return findings;
}

function badLabel(value: number, labelName: string): TesseraError {
  const what = !Number.isFinite(value)
    ? 'a value that is not finite'
    : value < 0
      ? `the negative value ${value}`
      : value > LARGEST_LABEL
        ? `the value ${value}, above ${LARGEST_LABEL}`
        : `the fraction ${value}`;
  return new TesseraError('bad-labels', `holds ${what}; a label map has whole numbers from 0.`, {
    subject: labelName,
    advice: 'Check that this is the label map and that it was not interpolated; export it again as whole numbers.',
  });
}
