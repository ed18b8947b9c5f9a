import type { Triple } from './volume.ts';

export type AffineRow = readonly [number, number, number, number];
/** The upper three rows of a 4 × 4 affine matrix; the last row is 0 0 0 1. */
export type Affine = readonly [AffineRow, AffineRow, AffineRow];

export function applyAffine(a: Affine, p: Triple): Triple {
  const row = (r: AffineRow): number => r[0] * p[0] + r[1] * p[1] + r[2] * p[2] + r[3];
  return [row(a[0]), row(a[1]), row(a[2])];
}

/** The matrix whose columns are the images of the three axes, with a translation. */
export function affineFromColumns(x: Triple, y: Triple, z: Triple, translation: Triple): Affine {
  return [
    [x[0], y[0], z[0], translation[0]],
    [x[1], y[1], z[1], translation[1]],
    [x[2], y[2], z[2], translation[2]],
  ];
}

export function affineColumn(a: Affine, column: 0 | 1 | 2 | 3): Triple {
  return [a[0][column], a[1][column], a[2][column]];
}

/** First `inner`, then `outer`. */
export function composeAffine(outer: Affine, inner: Affine): Affine {
  const linear = (column: 0 | 1 | 2): Triple => {
    const c = affineColumn(inner, column);
    const row = (r: AffineRow): number => r[0] * c[0] + r[1] * c[1] + r[2] * c[2];
    return [row(outer[0]), row(outer[1]), row(outer[2])];
  };
  return affineFromColumns(linear(0), linear(1), linear(2), applyAffine(outer, affineColumn(inner, 3)));
}

/** Determinant of the linear part. */
export function affineDeterminant(a: Affine): number {
  return dot(affineColumn(a, 0), cross(affineColumn(a, 1), affineColumn(a, 2)));
}

/** The inverse, or undefined when the linear part is singular or not finite. */
export function invertAffine(a: Affine): Affine | undefined {
  const [x, y, z, t] = [affineColumn(a, 0), affineColumn(a, 1), affineColumn(a, 2), affineColumn(a, 3)];
  const determinant = affineDeterminant(a);
  const inverse = 1 / determinant;
  if (!Number.isFinite(inverse) || !Number.isFinite(determinant)) return undefined;
  const row = (normal: Triple): AffineRow => {
    const r = scale(normal, inverse);
    return [r[0], r[1], r[2], -dot(r, t)];
  };
  return [row(cross(y, z)), row(cross(z, x)), row(cross(x, y))];
}

export function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Triple, b: Triple): Triple {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function scale(a: Triple, factor: number): Triple {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

export function norm(a: Triple): number {
  return Math.hypot(a[0], a[1], a[2]);
}
