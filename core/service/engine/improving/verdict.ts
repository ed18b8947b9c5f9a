import type { ImprovementVerdict, ModelComparison } from '../../api/improvements.ts';

/** Patients: a signed-rank test of fewer pairs cannot come below 0.05 whatever they are. */
const LEAST_PATIENTS = 6;
const LEVEL = 0.05;

/**
 * What a paired comparison on the locked scans says of the new model.
 * @param old the model that was in use when it began; null where there was none
 * @param compared undefined where there was nothing to test on
 */
export function verdictOf(
  old: string | null,
  compared: Pick<ModelComparison, 'cases' | 'patients' | 'old' | 'difference' | 'pValue'> | undefined,
): ImprovementVerdict {
  if (old === null) return 'first';
  // Never held against the old one, so nobody knows that it is no worse.
  if (compared === undefined || compared.old === null) return 'too-few';
  const { cases, patients = cases, difference, pValue } = compared;
  if (patients < LEAST_PATIENTS) return 'too-few';
  if (difference === null || pValue === null || pValue >= LEVEL) return 'level';
  return difference > 0 ? 'better' : 'worse';
}
