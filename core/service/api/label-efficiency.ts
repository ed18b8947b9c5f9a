import * as z from 'zod';
import { count, id } from './common.ts';

const number = z.number();
const point = z.object({ labels: number, models: count, dice: number, low: number.nullable(), high: number.nullable() });

/** Mean Dice on the same scans against the number of scans with labels that a model learned from. */
export const labelCurve = z.object({
  network: z.string(),
  /** The pre-trained model that all began with; null for fresh weights. */
  from: z.object({ id, name: z.string() }).nullable(),
  /** Whether the encoder was left as it was. */
  frozen: z.boolean(),
  models: z.array(z.object({ id, name: z.string(), labels: count })),
  /** Scans with a Dice by every model, and their patients. */
  cases: count,
  patients: count,
  points: z.array(point),
  /** Why nothing is forecast: fewer than three numbers of labels, or patients. */
  cannot: z.enum(['sizes', 'patients']).exactOptional(),
  /** 1 − Dice = a + b · labels^−c. */
  law: z.object({ a: number, b: number, c: number }).exactOptional(),
  curve: z.array(z.object({ labels: number, dice: number, low: number, high: number })),
  forecasts: z.array(
    z.object({
      /** Further scans with labels, and how many that makes. */
      more: count,
      labels: count,
      dice: number,
      /** Of Dice, with its 95 % interval. */
      gain: number,
      low: number,
      high: number,
      /** Beyond twice the most labels that were tried. */
      far: z.boolean(),
    }),
  ),
});
export type LabelCurve = z.infer<typeof labelCurve>;

export const labelCurves = z.object({
  curves: z.array(labelCurve),
  /** `seen`: it learned from some of the scans; `unknown`: nobody knows what from. */
  leftOut: z.array(z.object({ id, name: z.string(), reason: z.enum(['seen', 'unknown']) })),
});
export type LabelCurves = z.infer<typeof labelCurves>;
