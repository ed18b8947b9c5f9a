import { TesseraError } from '../../base/errors.ts';
import { affineFromColumns, applyAffine, dot, scale, type Affine } from '../affine.ts';
import { normalOf } from '../dicom/image.ts';
import { DEFAULT_GRID_TOLERANCE, geometryFromLPS, inverseAffineLPS } from '../geometry.ts';
import type { Geometry, Triple } from '../volume.ts';
import { gridMismatch, type LabelTarget } from './label-target.ts';
import type { SegHeader } from './seg-header.ts';

/** Where the pixels of a frame go: voxel of pixel (0, 0), and the voxel axis and direction in which columns and rows grow. */
export interface FramePlace {
  readonly start: Triple;
  readonly column: Triple;
  readonly row: Triple;
}

/**
 * Finds the voxels of each frame in the scan: frames may have reversed or exchanged axes, cover a part of the scan, or leave slices out,
 * but each pixel must lie on a voxel centre. Unevenly spaced scans are matched slice by slice.
 * @throws TesseraError `grid-mismatch` from the function returned
 */
export function framePlacer(seg: SegHeader, target: LabelTarget): (position: Triple) => FramePlace {
  const inverse = inverseAffineLPS(target.geometry);
  const column = unitStep(inverse, scale(seg.axes[0], seg.pixelSpacing[0]), seg.columns);
  const row = unitStep(inverse, scale(seg.axes[1], seg.pixelSpacing[1]), seg.rows);
  if (column === undefined || row === undefined)
    throw gridMismatch(seg.path, 'its pixels have another size or direction than voxels', target);
  const byslice = column[2] === 0 && row[2] === 0 ? sliceFinder(target, inverse) : undefined;
  return (position) => {
    const exact = byslice?.(position) ?? applyAffine(inverse, position);
    const start = exact.map(Math.round) as unknown as Triple;
    if (exact.some((value, axis) => !(Math.abs(value - (start[axis] ?? NaN)) <= DEFAULT_GRID_TOLERANCE)))
      throw gridMismatch(seg.path, 'its pixels lie between voxels', target);
    return { start, column, row };
  };
}

/** A step of one pixel in voxels, when that is one voxel along one axis over the whole frame. */
function unitStep(inverse: Affine, step: Triple, count: number): Triple | undefined {
  const [i, j, k] = [0, 1, 2].map((axis) => inverse[axis as 0 | 1 | 2]).map((r) => r[0] * step[0] + r[1] * step[1] + r[2] * step[2]);
  const exact: Triple = [i ?? 0, j ?? 0, k ?? 0];
  const whole: Triple = [Math.round(exact[0]) + 0, Math.round(exact[1]) + 0, Math.round(exact[2]) + 0];
  const drift = Math.max(...exact.map((value, axis) => Math.abs(value - (whole[axis] ?? NaN)))) * (count - 1);
  return drift <= DEFAULT_GRID_TOLERANCE && Math.abs(whole[0]) + Math.abs(whole[1]) + Math.abs(whole[2]) === 1 ? whole : undefined;
}

/** The voxel position of a point by the true places of the slices; undefined where the scan has none, or is even. */
function sliceFinder({ slices, geometry }: LabelTarget, inverse: Affine): ((position: Triple) => Triple | undefined) | undefined {
  if (slices === undefined) return undefined;
  const normal = normalOf([geometry.direction[0], geometry.direction[1]]);
  const heights = slices.map(({ position }) => dot(position, normal));
  const gaps = heights.slice(1).map((height, k) => Math.abs(height - (heights[k] ?? NaN)));
  const tolerance = DEFAULT_GRID_TOLERANCE * Math.min(...gaps, geometry.spacing[2]);
  return (position) => {
    const height = dot(position, normal);
    const k = heights.findIndex((own) => Math.abs(own - height) <= tolerance);
    const slice = slices[k];
    if (slice === undefined) return undefined;
    const beside: Triple = [position[0] - slice.position[0], position[1] - slice.position[1], position[2] - slice.position[2]];
    const inPlane = [0, 1].map((axis) => inverse[axis as 0 | 1]).map((r) => r[0] * beside[0] + r[1] * beside[1] + r[2] * beside[2]);
    return [inPlane[0] ?? NaN, inPlane[1] ?? NaN, k];
  };
}

/** Positions nearer to each other are one place, in millimetres. */
const SAME_PLACE = 0.01;
/** A frame may lie this share of the spacing beside its place in an even stack. */
const UNEVEN = 0.05;

/**
 * The grid that a segmentation spans by itself, slices that were left out as empty included.
 * @throws TesseraError `bad-geometry` when its frames are unevenly spaced, so that only the scan can tell the grid
 */
export function ownGrid(seg: SegHeader): Geometry {
  const normal = normalOf(seg.axes);
  const sorted = seg.frames.map(({ position }) => ({ position, height: dot(position, normal) })).sort((a, b) => a.height - b.height);
  const places = sorted.filter(({ height }, i) => i === 0 || height - (sorted[i - 1]?.height ?? 0) > SAME_PLACE);
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a segmentation without frames');
  const gaps = places.slice(1).map(({ height }, i) => height - (places[i]?.height ?? NaN));
  const step = stepOf(
    gaps,
    [seg.sliceSpacing, seg.sliceThickness].filter((s) => s !== undefined),
  );
  if (step === undefined)
    throw new TesseraError('bad-geometry', 'has unevenly spaced frames, which make no grid by themselves.', {
      subject: seg.path,
      advice: 'Give the scan that it belongs to (--scan).',
    });
  const steps = Math.round((last.height - first.height) / step);
  // The line through the first and last frame leans where the gantry was tilted.
  const along: Triple =
    steps === 0
      ? scale(normal, step)
      : ([0, 1, 2].map((c) => ((last.position[c] ?? 0) - (first.position[c] ?? 0)) / steps) as unknown as Triple);
  const affine = affineFromColumns(scale(seg.axes[0], seg.pixelSpacing[0]), scale(seg.axes[1], seg.pixelSpacing[1]), along, first.position);
  return geometryFromLPS(affine, [seg.columns, seg.rows, steps + 1], seg.path);
}

/** The distance that all gaps are multiples of: as the header says, else the smallest gap. */
function stepOf(gaps: readonly number[], stated: readonly number[]): number | undefined {
  if (gaps.length === 0) return stated[0] ?? 1;
  const fits = (step: number): boolean =>
    gaps.every((gap) => Math.round(gap / step) >= 1 && Math.abs(gap - Math.round(gap / step) * step) <= UNEVEN * step);
  const usual = Math.min(...gaps);
  return [...stated, usual].find(fits);
}
