import type { ImprovementVerdict } from '../../api/improvements.ts';

/** A signed-rank test of fewer pairs cannot come below 0.05 whatever they are. */
const LEAST_CASES = 6;
const LEVEL = 0.05;

/** What a paired comparison on the locked scans says of the new model. */
export function verdictOf(compared: {
  readonly cases: number;
  readonly difference: number | null;
  readonly pValue: number | null;
}): ImprovementVerdict {
  const { cases, difference, pValue } = compared;
  if (cases < LEAST_CASES) return 'too-few';
  if (difference === null || pValue === null || pValue >= LEVEL) return 'level';
  return difference > 0 ? 'better' : 'worse';
}
