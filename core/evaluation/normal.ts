/**
 * P(Z > z) of a standard normal, for z >= 0, to about 14 digits: the series of the error function near zero, its continued fraction in the
 * tail, where 1 − series would lose the digits (Abramowitz and Stegun, 26.2.11 and 26.2.14).
 */
export function normalUpperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 2.5) {
    let term = z;
    let series = z;
    for (let n = 1; Math.abs(term) > 1e-17 * series; n++) {
      term *= (z * z) / (2 * n + 1);
      series += term;
    }
    return 0.5 - density * series;
  }
  let fraction = z;
  for (let n = 100; n >= 1; n--) fraction = z + n / fraction;
  return density / fraction;
}
