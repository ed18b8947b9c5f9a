import { applyAffine, dot } from '../affine.ts';
import { normalOf } from '../dicom/image.ts';
import { note, warning, type Finding } from '../finding.ts';
import { DEFAULT_GRID_TOLERANCE, inverseAffineLPS } from '../geometry.ts';
import type { Triple } from '../volume.ts';
import type { PlanePoint, Polygon } from './contours.ts';
import { gridMismatch, type LabelTarget } from './label-target.ts';

/** The contours of one structure, slice by slice of the scan, in pixels. */
export interface PlacedContours {
  readonly slices: ReadonlyMap<number, readonly Polygon[]>;
  readonly findings: readonly Finding[];
}

export type SlicePlacer = (contours: readonly (readonly Triple[])[], name: string) => PlacedContours;

/** Contours whose planes are nearer than this, in millimetres, are in one plane. */
const SAME_PLANE = 0.01;

/**
 * Sorts contours into the slices of a scan. Contours on slices (within 0.3 of their distance) go there. Where a structure has contours
 * between slices, each slice takes the nearest plane of contours, when that is no further than half the usual distance of such planes.
 */
export function slicePlacer(subject: string, scan: LabelTarget): SlicePlacer {
  const { geometry } = scan;
  const inverse = inverseAffineLPS(geometry);
  const normal = normalOf([geometry.direction[0], geometry.direction[1]]);
  const positions = Array.from({ length: geometry.dims[2] }, (_, k) => scan.slices?.[k]?.position ?? onGrid(scan, k));
  const heights = positions.map((position) => dot(position, normal));
  const gap =
    heights.length > 1 ? median(heights.slice(1).map((height, k) => Math.abs(height - (heights[k] ?? NaN)))) : geometry.spacing[2];

  const nearest = (height: number): number =>
    heights.reduce((best, own, k) => (Math.abs(own - height) < Math.abs((heights[best] ?? NaN) - height) ? k : best), 0);
  const inPixels = (contour: readonly Triple[], k: number): Polygon => {
    const own = positions[k] ?? geometry.origin;
    return contour.map((point): PlanePoint => {
      const beside: Triple = [point[0] - own[0], point[1] - own[1], point[2] - own[2]];
      // Straight onto the slice, also where the stack leans.
      const above = dot(beside, normal);
      const flat: Triple = [beside[0] - above * normal[0], beside[1] - above * normal[1], beside[2] - above * normal[2]];
      const linear = applyAffine([zeroShift(inverse[0]), zeroShift(inverse[1]), zeroShift(inverse[2])], flat);
      return [linear[0], linear[1]];
    });
  };

  return (contours, name) => {
    const slices = new Map<number, Polygon[]>();
    const put = (contour: readonly Triple[], k: number): void => {
      const list = slices.get(k) ?? [];
      slices.set(k, list);
      list.push(inPixels(contour, k));
    };
    const planes = contours.map((contour) => ({ contour, height: heightOf(contour, normal, gap, subject, scan) }));
    const offSlice = planes.filter(({ height }) => Math.abs((heights[nearest(height)] ?? NaN) - height) > DEFAULT_GRID_TOLERANCE * gap);
    const [low, high] = [Math.min(...heights) - gap / 2, Math.max(...heights) + gap / 2];
    const outside = planes.filter(({ height }) => height < low || height > high).length;
    const between = offSlice.length > outside;
    const levels = distinct(planes.map(({ height }) => height));
    const findings: Finding[] = [];
    if (outside > 0) findings.push(warning('contours-outside', `${name}: contours above or below the scan were left out (${outside}).`));
    if (!between) {
      for (const { contour, height } of planes) if (height >= low && height <= high) put(contour, nearest(height));
      const usual = levels.length > 2 ? median(levels.slice(1).map((height, i) => height - (levels[i] ?? NaN))) : gap;
      if (usual > 1.5 * gap)
        findings.push(
          warning(
            'contours-skip-slices',
            `${name}: contours are ${usual.toFixed(1)} mm apart, slices ${gap.toFixed(1)} mm; slices between stay empty.`,
          ),
        );
      return { slices, findings };
    }
    const usual = levels.length > 1 ? median(levels.slice(1).map((height, i) => height - (levels[i] ?? NaN))) : gap;
    const reach = Math.max(usual, gap) / 2 + SAME_PLANE;
    heights.forEach((own, k) => {
      const level = levels.reduce((best, height) => (Math.abs(height - own) < Math.abs(best - own) ? height : best), Infinity);
      if (Math.abs(level - own) > reach) return;
      for (const { contour, height } of planes) if (Math.abs(height - level) < SAME_PLANE) put(contour, k);
    });
    findings.push(
      note('contours-between-slices', `${name}: contours lie between slices (${usual.toFixed(2)} mm apart); each slice took the nearest.`),
    );
    return { slices, findings };
  };
}

const zeroShift = (row: readonly [number, number, number, number]): readonly [number, number, number, number] => [
  row[0],
  row[1],
  row[2],
  0,
];

function onGrid({ geometry: { origin, direction, spacing } }: LabelTarget, k: number): Triple {
  const along = k * spacing[2];
  return [origin[0] + along * direction[2][0], origin[1] + along * direction[2][1], origin[2] + along * direction[2][2]];
}

/** Where a contour lies along the normal of the slices. @throws TesseraError `grid-mismatch` when it crosses them */
function heightOf(contour: readonly Triple[], normal: Triple, gap: number, subject: string, scan: LabelTarget): number {
  let [low, high] = [Infinity, -Infinity];
  for (const point of contour) {
    const height = dot(point, normal);
    low = Math.min(low, height);
    high = Math.max(high, height);
  }
  if (high - low > DEFAULT_GRID_TOLERANCE * gap)
    throw gridMismatch(subject, 'its contours are drawn in other planes than the slices', scan);
  return (low + high) / 2;
}

function distinct(heights: readonly number[]): number[] {
  const sorted = [...heights].sort((a, b) => a - b);
  return sorted.filter((height, i) => i === 0 || height - (sorted[i - 1] ?? 0) >= SAME_PLANE);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
