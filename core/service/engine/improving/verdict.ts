import type { ImprovementVerdict, ModelComparison } from '../../api/improvements.ts';

/** Patients: a signed-rank test of fewer pairs cannot come below 0.05 whatever they are. */
const LEAST_PATIENTS = 6;
const LEVEL = 0.05;

/** What a paired comparison on the locked scans says of the new model. */
export function verdictOf(
  compared: Pick<ModelComparison, 'cases' | 'patients' | 'old' | 'difference' | 'pValue'> | undefined,
): ImprovementVerdict {
  if (compared === undefined) return 'first';
  const { cases, patients = cases, old, difference, pValue } = compared;
  // Of no scan there is no score of the old one, either.
  if (cases > 0 && old === null) return 'first';
  if (patients < LEAST_PATIENTS) return 'too-few';
  if (difference === null || pValue === null || pValue >= LEVEL) return 'level';
  return difference > 0 ? 'better' : 'worse';
}
