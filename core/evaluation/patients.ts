import type { CaseEvaluation } from './document.ts';

/** Whose a case is: that of its patient, where one is told, else its own. */
export function patientOf({ case: name, patient }: Pick<CaseEvaluation, 'case' | 'patient'>): string {
  return patient === undefined ? `case ${name}` : `patient ${patient}`;
}

/**
 * One value for each patient, in the order in which they come: the mean over those of the patient's cases where it is defined, NaN where none
 * is. Scans of one patient are much alike; counted one by one they would make intervals too narrow and p-values too small.
 * @param values one for each case
 */
export function patientMeans(cases: readonly Pick<CaseEvaluation, 'case' | 'patient'>[], values: readonly number[]): number[] {
  const found = new Map<string, number[]>();
  for (const [at, one] of cases.entries()) {
    const own = found.get(patientOf(one)) ?? [];
    found.set(patientOf(one), own);
    const value = values[at] ?? NaN;
    if (Number.isFinite(value)) own.push(value);
  }
  return [...found.values()].map((own) => own.reduce((total, value) => total + value, 0) / own.length);
}

/** Cases that count: those that the model has not learned from. */
export function unseenCases(cases: readonly CaseEvaluation[]): CaseEvaluation[] {
  return cases.filter(({ seen }) => seen !== true);
}
