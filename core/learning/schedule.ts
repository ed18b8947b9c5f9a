/**
 * Learning rate at a step (method 6.2): linear warm-up, then half a cosine down to `floor`.
 * @param step 0-based; the first step already moves
 */
export function learningRateAt(step: number, total: number, warmup: number, base: number, floor = 0): number {
  if (step < warmup) return (base * (step + 1)) / warmup;
  const progress = total <= warmup ? 1 : (step - warmup) / (total - warmup);
  return floor + 0.5 * (base - floor) * (1 + Math.cos(Math.PI * Math.min(1, progress)));
}

/** EMA factor μ_t = μ_T − (μ_T − μ_0)(cos(π t/T) + 1)/2 (method 2.4); as published μ_T = 1. */
export function emaFactorAt(step: number, total: number, start: number, end = 1): number {
  return end - ((end - start) * (Math.cos((Math.PI * step) / total) + 1)) / 2;
}
