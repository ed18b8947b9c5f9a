import { TesseraError } from '../base/errors.ts';
import { affineColumn, composeAffine, type Affine } from './affine.ts';
import {
  applyAlongAxis,
  areaWeights,
  isIdentity,
  linearWeights,
  nearestIndices,
  type AxisPositions,
  type AxisWeights,
  type Border,
} from './axis-weights.ts';
import { affineLPS, indexToPoint, inverseAffineLPS } from './geometry.ts';
import { applyAxisMap } from './orientation.ts';
import { gatherLinear, gatherNearest } from './resample-oblique.ts';
import { physicalValues } from './values.ts';
import { indexIJK, type Geometry, type Triple, type Volume } from './volume.ts';
import { emptyLike } from './voxel-array.ts';

/**
 * - `linear`: trilinear between voxel centres.
 * - `nearest`: the nearest voxel; the stored type and all values are kept (label maps).
 * - `area`: the mean over what each output voxel covers along axes that shrink, linear along the others.
 */
export type Interpolation = 'linear' | 'nearest' | 'area';

/** Above this deviation in voxels over the whole grid, axes do not count as parallel. */
const PARALLEL_TOLERANCE = 1e-3;

/**
 * A volume on another grid, by position in the patient: the value at each voxel centre of `target`. Parallel grids (also with
 * permuted or reversed axes) are done axis by axis; others by a general affine.
 * @param border what lies outside the volume, a constant being in physical units.
 * @returns float32 physical values (slope 1, intercept 0; NaN and infinities taken as 0), but for `nearest` the stored type, slope and intercept.
 * @throws TesseraError `bad-geometry` when the volume's grid cannot be inverted.
 */
export function resample(volume: Volume, target: Geometry, kind: Interpolation, border: Border = 'replicate'): Volume {
  const aligned = withParallelAxes(volume, target);
  const toSource = composeAffine(inverseAffineLPS(aligned.geometry), affineLPS(target));
  if (isDiagonal(toSource, target.dims)) {
    return kind === 'nearest' ? separableNearest(aligned, target, toSource, border) : separable(aligned, target, toSource, kind, border);
  }
  if (kind === 'nearest') {
    return { ...aligned, geometry: target, voxels: gatherNearest(aligned, target.dims, toSource, storedConstant(aligned, border)) };
  }
  const source = kind === 'area' ? shrunkTowards(aligned, toSource) : aligned;
  const fromTarget = composeAffine(inverseAffineLPS(source.geometry), affineLPS(target));
  const values = gatherLinear(physicalValues(source).values, source.geometry.dims, target.dims, fromTarget, border);
  return { geometry: target, voxels: values, slope: 1, intercept: 0 };
}

/** A label map on another grid: {@link resample} by the nearest voxel, with background (0) outside. No label value is invented. */
export function resampleLabels(labels: Volume, target: Geometry): Volume {
  return resample(labels, target, 'nearest', { constant: 0 });
}

/**
 * The grid with another spacing whose first voxel lies where the first voxel of `geometry` lies, with
 * round((n − 1) · old / new) + 1 voxels an axis (method 9.3; MONAI's Spacing, which differs only where the fraction is exactly ½).
 */
export function respacedGeometry(geometry: Geometry, spacing: Triple): Geometry {
  if (!spacing.every((s) => Number.isFinite(s) && s > 0)) {
    throw new TesseraError('bad-setting', `${spacing.join(' × ')} is no spacing.`, {
      subject: 'spacing',
      advice: 'Give three numbers of millimetres above 0.',
    });
  }
  const size = (axis: 0 | 1 | 2): number => {
    const intervals = ((geometry.dims[axis] - 1) * geometry.spacing[axis]) / spacing[axis];
    // Spacings stored as float32 miss a half by 1e-7; the size must not depend on that.
    return Math.round(Number(intervals.toFixed(5))) + 1;
  };
  return { ...geometry, spacing, dims: [size(0), size(1), size(2)] };
}

/** A volume with another spacing in mm: {@link respacedGeometry}, edge voxels continued. */
export function respace(volume: Volume, spacing: Triple, kind: Interpolation): Volume {
  return resample(volume, respacedGeometry(volume.geometry, spacing), kind, 'replicate');
}

/** The grid of `dims` voxels that covers the same box, outer faces on outer faces (half-voxel centres, align_corners = false). */
export function resizedGeometry(geometry: Geometry, dims: Triple): Geometry {
  const ratio = (axis: 0 | 1 | 2): number => geometry.dims[axis] / dims[axis];
  const ratios: Triple = [ratio(0), ratio(1), ratio(2)];
  const { spacing: s } = geometry;
  const first = indexIJK((ratios[0] - 1) / 2, (ratios[1] - 1) / 2, (ratios[2] - 1) / 2);
  return {
    ...geometry,
    dims,
    spacing: [s[0] * ratios[0], s[1] * ratios[1], s[2] * ratios[2]],
    origin: indexToPoint(geometry, first),
  };
}

/** The volume with its axes exchanged so that its i, j, k run along those of `target`, where such an order exists. */
function withParallelAxes(volume: Volume, target: Geometry): Volume {
  const m = composeAffine(inverseAffineLPS(volume.geometry), affineLPS(target));
  const largest = (column: Triple): number =>
    column.reduce((best, v, axis) => (Math.abs(v) > Math.abs(column[best] ?? 0) ? axis : best), 0);
  const from: Triple = [largest(affineColumn(m, 0)), largest(affineColumn(m, 1)), largest(affineColumn(m, 2))];
  if (new Set(from).size !== 3) return volume;
  return applyAxisMap(volume, { from, flip: [false, false, false] });
}

function isDiagonal(m: Affine, dims: Triple): boolean {
  const deviation = m.map((row, r) => dims.reduce((sum, n, c) => sum + (r === c ? 0 : Math.abs(row[c as 0 | 1 | 2]) * (n - 1)), 0));
  return Math.max(...deviation) < PARALLEL_TOLERANCE;
}

function positionsAlong(m: Affine, target: Geometry, axis: 0 | 1 | 2): AxisPositions {
  return { size: target.dims[axis], offset: m[axis][3], scale: m[axis][axis] };
}

function separable(volume: Volume, target: Geometry, m: Affine, kind: 'linear' | 'area', border: Border): Volume {
  const weightsOf = kind === 'area' ? areaWeights : linearWeights;
  const passes: { axis: 0 | 1 | 2; weights: AxisWeights }[] = ([0, 1, 2] as const).map((axis) => ({
    axis,
    weights: weightsOf(positionsAlong(m, target, axis), volume.geometry.dims[axis], border),
  }));
  // The axis that shrinks most goes first, so that the later passes have less to do.
  passes.sort((a, b) => a.weights.size / volume.geometry.dims[a.axis] - b.weights.size / volume.geometry.dims[b.axis]);

  const dims: number[] = [...volume.geometry.dims];
  const constant = border === 'replicate' ? 0 : border.constant;
  let { values } = physicalValues(volume);
  for (const { axis, weights } of passes) {
    if (isIdentity(weights, dims[axis] as number)) continue;
    values = applyAlongAxis(values, dims, axis, weights, constant);
    dims[axis] = weights.size;
  }
  return { geometry: target, voxels: values, slope: 1, intercept: 0 };
}

function separableNearest(volume: Volume, target: Geometry, m: Affine, border: Border): Volume {
  const indices = (axis: 0 | 1 | 2): Int32Array => nearestIndices(positionsAlong(m, target, axis), volume.geometry.dims[axis], border);
  const [columns, rows, slices] = [indices(0), indices(1), indices(2)];
  const [nx, ny] = volume.geometry.dims;
  const constant = storedConstant(volume, border) ?? 0;
  const voxels = emptyLike(volume.voxels, columns.length * rows.length * slices.length);
  let at = 0;
  for (const k of slices) {
    for (const j of rows) {
      const start = k < 0 || j < 0 ? -1 : nx * (j + ny * k);
      for (let i = 0; i < columns.length; i++) {
        const column = columns[i] as number;
        voxels[at++] = start < 0 || column < 0 ? constant : (volume.voxels[start + column] as number);
      }
    }
  }
  return { ...volume, geometry: target, voxels };
}

/** The stored number whose physical value is the border's constant. */
function storedConstant({ slope, intercept }: Volume, border: Border): number | undefined {
  return border === 'replicate' ? undefined : (border.constant - intercept) / slope;
}

/** Before an oblique cut the source is averaged along its own axes to about the target's sampling distance, which stands in for a box filter. */
function shrunkTowards(volume: Volume, toSource: Affine): Volume {
  const { dims } = volume.geometry;
  const steps = [affineColumn(toSource, 0), affineColumn(toSource, 1), affineColumn(toSource, 2)];
  const size = (axis: 0 | 1 | 2): number => {
    const step = Math.hypot(...steps.map((column) => column[axis]));
    return step <= 1 ? dims[axis] : Math.max(1, Math.round(dims[axis] / step));
  };
  const coarse = resizedGeometry(volume.geometry, [size(0), size(1), size(2)]);
  return coarse.dims.every((n, axis) => n === dims[axis]) ? volume : resample(volume, coarse, 'area');
}
