import { TesseraError } from '../base/errors.ts';
import { voxelVolume } from '../imaging/geometry.ts';
import type { Geometry } from '../imaging/volume.ts';
import { dice, measureOverlaps, type Overlap } from './dice.ts';
import type { CaseEvaluation, Outcome, SegmentScores } from './document.ts';
import type { LabelVoxels, Segment } from './labelmap.ts';
import { orNull } from './metrics.ts';
import { surfaceDice } from './surface-dice.ts';
import { hausdorff95, meanSurfaceDistance, surfaceDistances } from './surface.ts';

/** Surface Dice tolerance in mm where none is given. */
export const defaultTolerance = 1;

export interface CaseToEvaluate {
  /** Name that pairs this case with the same case of another evaluation. */
  readonly case: string;
  /** Label map of the reference, on the grid of `geometry`, i fastest. */
  readonly reference: LabelVoxels;
  /** Label map of the prediction on that same grid. */
  readonly prediction: LabelVoxels;
  readonly geometry: Geometry;
  readonly segments: readonly Segment[];
  /** Surface Dice tolerance in mm, default 1. */
  readonly tolerance?: number;
}

/**
 * Scores one prediction, segment by segment, on the reference's own grid, in millimetres and millilitres.
 * @throws TesseraError `grid-mismatch` when a map does not fill the grid; `bad-setting` for labels that are not 1..65535 or repeat, or a
 * tolerance below 0.
 */
export function evaluateCase({
  case: name,
  reference,
  prediction,
  geometry,
  segments,
  tolerance = defaultTolerance,
}: CaseToEvaluate): CaseEvaluation {
  requireSegments(segments);
  if (!(tolerance >= 0)) throw new TesseraError('bad-setting', `must be 0 mm or more, not ${tolerance}.`, { subject: 'tolerance' });
  const overlaps = measureOverlaps(
    reference,
    prediction,
    geometry.dims,
    segments.map(({ label }) => label),
  );
  const ml = voxelVolume(geometry) / 1000;
  const scores = segments.map(({ label, name: segment }, index): SegmentScores => {
    const overlap = overlaps[index] as Overlap;
    const outcome = outcomeOf(overlap);
    const box = outcome === 'found' ? overlap.box : undefined;
    const surfaces = box === undefined ? undefined : surfaceDistances(reference, prediction, label, geometry, box);
    return {
      label,
      name: segment,
      outcome,
      dice: orNull(dice(overlap)),
      hd95: surfaces === undefined ? null : orNull(hausdorff95(surfaces)),
      surfaceDice:
        box === undefined ? (outcome === 'missed' ? 0 : null) : surfaceDice(reference, prediction, label, geometry, box, tolerance),
      meanSurfaceDistance: surfaces === undefined ? null : orNull(meanSurfaceDistance(surfaces)),
      referenceMl: overlap.referenceVoxels * ml,
      predictionMl: overlap.predictionVoxels * ml,
    };
  });
  return { case: name, segments: scores };
}

function outcomeOf({ referenceVoxels, predictionVoxels }: Overlap): Outcome {
  if (referenceVoxels > 0) return predictionVoxels > 0 ? 'found' : 'missed';
  return predictionVoxels > 0 ? 'spurious' : 'absent';
}

function requireSegments(segments: readonly Segment[]): void {
  const seen = new Set<number>();
  for (const { label, name } of segments) {
    if (!Number.isInteger(label) || label < 1 || label > 65535 || seen.has(label)) {
      throw new TesseraError(
        'bad-setting',
        `label ${label} of "${name}" ${seen.has(label) ? 'is used twice' : 'is not a whole number from 1 to 65535'}.`,
        {
          subject: 'segments',
          advice: 'Background (0) is not scored; give each segment a label of its own.',
        },
      );
    }
    seen.add(label);
  }
}
