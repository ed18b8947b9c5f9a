import {
  add,
  concat,
  groupMean,
  meanSquaredCorrelation,
  repeatRows,
  scale,
  scope,
  slice,
  softCrossEntropy,
  standardiseColumns,
  type Tensor,
} from '../compute/index.ts';
import { EPSILON, type Guard } from './anti-collapse.ts';
import type { MethodSettings } from './method-settings.ts';
import type { StepNumber } from './pretraining-method.ts';

/** Student outputs of the masked views of all scans, the views of one scan in a row. */
export interface StudentOutputs {
  /** (B·p, K). */
  readonly global: Tensor;
  /** (B·q, K); undefined where a step takes no local views. */
  readonly local: Tensor | undefined;
}

type PairSettings = Pick<MethodSettings, 'pairs' | 'globals' | 'locals' | 'studentTemperature'>;

/**
 * L_C, eq. 5–8 (method 2.6, 4.16): mean over the pairs (i, j) of each scan of CE(a_i, softmax(A(E_j)/τ_s)). Pairs `all`: teacher view i in
 * 1..p with student view j in 1..p+q. Pairs `own`: a global student view with its own complete form alone, i = j, and each local one with
 * every teacher view, p + p·q in all. Cross-entropy is linear in a, so the mean over i is taken first.
 * @param a (B·p, K), the teacher's distributions
 */
export function consistencyLoss(a: Tensor, { global, local }: StudentOutputs, guard: Guard, s: PairSettings): Tensor {
  const logits = scale(guard.student(local === undefined ? global : concat([global, local], 0)), 1 / s.studentTemperature);
  const mean = groupMean(a, s.globals); // (B, K)
  if (s.pairs === 'all') {
    const forGlobal = repeatRows(mean, s.globals);
    return softCrossEntropy(logits, local === undefined ? forGlobal : concat([forGlobal, repeatRows(mean, s.locals)], 0));
  }
  const rows = global.shape[0];
  const ofGlobal = softCrossEntropy(slice(logits, 0, 0, rows), a);
  if (local === undefined) return ofGlobal;
  const ofLocal = softCrossEntropy(slice(logits, 0, rows, local.shape[0]), repeatRows(mean, s.locals));
  // B·p pairs of global views and B·p·q of local ones.
  return scale(add(ofGlobal, scale(ofLocal, s.locals)), 1 / (1 + s.locals));
}

/**
 * L_D (docs/method.md, Against collapse): mean squared correlation between different outputs of the student over the rows of a step. Ours, after the
 * covariance term of VICReg. It is 1 where all outputs are the same function of a view, which standardising each by itself allows.
 */
export function correlationOf({ global, local }: StudentOutputs): Tensor {
  return scope(() => meanSquaredCorrelation(standardiseColumns(local === undefined ? global : concat([global, local], 0), EPSILON)));
}

/** τ_m at a step: linear from its start to its value in the first share of the steps, as DINO's warm-up (method 4.6). */
export function teacherTemperatureAt(
  { step, total }: StepNumber,
  s: Pick<MethodSettings, 'teacherTemperature' | 'teacherTemperatureStart' | 'teacherTemperatureShare'>,
): number {
  const from = s.teacherTemperatureStart ?? s.teacherTemperature;
  const steps = s.teacherTemperatureShare * total;
  return step >= steps ? s.teacherTemperature : from + (s.teacherTemperature - from) * (step / steps);
}
