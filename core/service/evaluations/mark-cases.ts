import type { CaseEvaluation } from '../../evaluation/index.ts';

/** Cases, named by their scans, with whose they are and whether a model has seen their labels: what means and tests count. */
export function markCases(
  cases: readonly CaseEvaluation[],
  patientOf: (scan: string) => string,
  seen: ReadonlySet<string>,
): CaseEvaluation[] {
  return cases.map((one) => ({ ...one, patient: patientOf(one.case), ...(seen.has(one.case) ? { seen: true } : {}) }));
}
