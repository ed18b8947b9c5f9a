/** Features of some patches (rows × width, row-major) and the class of each. */
export interface LabelledFeatures {
  readonly features: Float32Array;
  readonly labels: Uint8Array;
  readonly width: number;
}

/** Sums over rows that the regression needs; those of several sets add up. */
export interface RegressionSums {
  readonly rows: number;
  /** Σ x, (d). */
  readonly x: Float64Array;
  /** Σ x xᵀ, (d, d), the lower triangle. */
  readonly xx: Float64Array;
  /** Rows of each class, (K). */
  readonly perClass: Float64Array;
  /** Σ x over the rows of each class, (K, d). */
  readonly xPerClass: Float64Array;
}

/** Empty sums of the ridge regression (method, Probes). */
export function regressionSums({ features, labels, width: d }: LabelledFeatures, classes: number): RegressionSums {
  const sums = emptySums(d, classes);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    const x = features.subarray(row * d, (row + 1) * d);
    sums.perClass[label] = (sums.perClass[label] as number) + 1;
    for (let i = 0; i < d; i++) {
      const value = x[i] as number;
      sums.x[i] = (sums.x[i] as number) + value;
      sums.xPerClass[label * d + i] = (sums.xPerClass[label * d + i] as number) + value;
      for (let j = 0, at = i * d; j <= i; j++, at++) sums.xx[at] = (sums.xx[at] as number) + value * (x[j] as number);
    }
  }
  return { ...sums, rows: labels.length };
}

/** Adds the sums of one scan to those of others (method, Probes). */
export function addSums(all: readonly RegressionSums[], width: number, classes: number): RegressionSums {
  const sums = emptySums(width, classes);
  for (const part of all)
    for (const name of ['x', 'xx', 'perClass', 'xPerClass'] as const) {
      const [to, from] = [sums[name], part[name]];
      for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + (from[i] as number);
    }
  return { ...sums, rows: all.reduce((rows, part) => rows + part.rows, 0) };
}

function emptySums(d: number, classes: number): RegressionSums {
  return {
    rows: 0,
    x: new Float64Array(d),
    xx: new Float64Array(d * d),
    perClass: new Float64Array(classes),
    xPerClass: new Float64Array(classes * d),
  };
}

/** Scores of the classes: weights (K, d) · x + bias (K). */
export interface LinearProbe {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly width: number;
}

/** Ridge on features of unit spread: enough to keep dead or repeated features harmless, little enough not to matter otherwise. */
const RIDGE = 1e-3;
/** A feature that varies less than this does not vary. */
const LEAST_DEVIATION = 1e-8;
/** How much the share of a class counts; 1 would be Bayes' rule, which hardly ever answers with a class of few patches. */
const PRIOR_POWER = 0.5;

/**
 * Linear discriminant analysis in double precision (method, Probes): score_k(x) = w_k·x − ½ w_k·μ_k + ½ ln π_k with w_k = (S + ρ D)⁻¹ μ_k, S the
 * covariance within the classes, D its diagonal, ρ = 1e-3, μ_k the mean and π_k the share of class k. The highest score is the answer.
 */
export function fitLinearProbe({ rows, xx, perClass, xPerClass }: RegressionSums): LinearProbe {
  const classes = perClass.length;
  const d = xPerClass.length / classes;
  const present = [...perClass.keys()].filter((k) => (perClass[k] as number) > 0);
  const mean = (k: number, i: number): number => (xPerClass[k * d + i] as number) / (perClass[k] as number);
  const within = (i: number, j: number): number =>
    ((xx[i * d + j] as number) - present.reduce((sum, k) => sum + (perClass[k] as number) * mean(k, i) * mean(k, j), 0)) / rows;
  const scale = Float64Array.from({ length: d }, (_, i) => {
    const deviation = Math.sqrt(Math.max(0, within(i, i)));
    return deviation > LEAST_DEVIATION ? 1 / deviation : 0;
  });
  const system = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) system[i * d + j] = within(i, j) * (scale[i] as number) * (scale[j] as number);
    system[i * d + i] = (system[i * d + i] as number) + RIDGE;
  }
  factorise(system, d);
  const weights = new Float64Array(classes * d);
  const bias = new Float64Array(classes).fill(-Infinity);
  for (const k of present) {
    const solved = scale.map((s, i) => mean(k, i) * s);
    substitute(system, solved, d);
    let offset = PRIOR_POWER * Math.log((perClass[k] as number) / rows);
    for (let i = 0; i < d; i++) {
      const weight = (solved[i] as number) * (scale[i] as number);
      weights[k * d + i] = weight;
      offset -= 0.5 * weight * mean(k, i);
    }
    bias[k] = offset;
  }
  return { weights, bias, width: d };
}

/** The class of each row (method, Probes). @param features (rows, d) */
export function predictLinear({ weights, bias, width: d }: LinearProbe, features: Float32Array): Uint8Array {
  return Uint8Array.from({ length: features.length / d }, (_, row) => {
    let best = 0;
    let highest = -Infinity;
    for (let k = 0; k < bias.length; k++) {
      let score = bias[k] as number;
      for (let i = 0; i < d; i++) score += (weights[k * d + i] as number) * (features[row * d + i] as number);
      if (score > highest) [best, highest] = [k, score];
    }
    return best;
  });
}

/** Cholesky: the lower triangle of a positive definite matrix becomes L with L Lᵀ = A. */
function factorise(a: Float64Array, d: number): void {
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * d + j] as number;
      for (let k = 0; k < j; k++) sum -= (a[i * d + k] as number) * (a[j * d + k] as number);
      a[i * d + j] = i === j ? Math.sqrt(sum) : sum / (a[j * d + j] as number);
    }
}

/** Solves L Lᵀ x = b in place. */
function substitute(l: Float64Array, b: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (l[i * d + k] as number) * (b[k] as number);
    b[i] = sum / (l[i * d + i] as number);
  }
  for (let i = d - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let k = i + 1; k < d; k++) sum -= (l[k * d + i] as number) * (b[k] as number);
    b[i] = sum / (l[i * d + i] as number);
  }
}
