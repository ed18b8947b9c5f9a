import { csvText } from '../base/csv.ts';
import type { Evaluation } from './document.ts';

/** One row for each case and segment, comma-separated with a header (RFC 4180); a field is empty where a score is not defined. */
export function evaluationToCsv({ cases, toleranceMm }: Evaluation): string {
  const header = [
    'case',
    'label',
    'segment',
    'outcome',
    'dice',
    'hd95_mm',
    `surface_dice_${toleranceMm}mm`,
    'mean_surface_distance_mm',
    'reference_ml',
    'prediction_ml',
  ];
  const rows = cases.flatMap((c) =>
    c.segments.map((s) => [
      c.case,
      s.label,
      s.name,
      s.outcome,
      s.dice,
      s.hd95,
      s.surfaceDice,
      s.meanSurfaceDistance,
      s.referenceMl,
      s.predictionMl,
    ]),
  );
  return csvText([header, ...rows]);
}
