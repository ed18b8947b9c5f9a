import { applyAffine, cross, dot, norm, scale } from './affine.ts';
import { note, type Finding, type RepairName } from './finding.ts';
import { affineLPS, pointToIndex } from './geometry.ts';
import { resample } from './resample.ts';
import type { ScanFile } from './scan-file.ts';
import { sliceSpacingOf } from './spacing-along.ts';
import { physicalValues } from './values.ts';
import { pointLPS, voxelCount, type Triple, type Volume } from './volume.ts';

/**
 * A volume whose slices are unevenly spaced, interpolated (linear) to even distances between the same first and last slice. In-plane
 * pixels stay where they are; a tilt stays.
 * @param positions of the slices along the normal in millimetres, ascending
 * @param spacing millimetres between slices; the usual distance of the series unless given
 * @returns physical values (float32, slope 1, intercept 0)
 */
export function evenSpacing(volume: Volume, positions: readonly number[], spacing?: number): Volume {
  const { geometry } = volume;
  const [nx, ny, nz] = geometry.dims;
  const first = positions[0] ?? 0;
  const length = (positions.at(-1) ?? 0) - first;
  if (positions.length !== nz || nz < 2 || !(length > 0)) return volume;
  const wanted = spacing ?? sliceSpacingOf(positions).usual;
  const steps = Math.max(1, Math.round(length / wanted));
  const { values } = physicalValues(volume);
  const plane = nx * ny;
  const voxels = new Float32Array(plane * (steps + 1));
  for (let k = 0, low = 0; k <= steps; k++) {
    const at = first + (length * k) / steps;
    while (low < nz - 2 && (positions[low + 1] as number) <= at) low++;
    const [below, above] = [positions[low] as number, positions[low + 1] as number];
    const share = Math.min(1, Math.max(0, (at - below) / (above - below)));
    const [from, to] = [low * plane, (low + 1) * plane];
    for (let i = 0; i < plane; i++) {
      voxels[k * plane + i] = (1 - share) * (values[from + i] as number) + share * (values[to + i] as number);
    }
  }
  // The third axis keeps its direction; only its steps change.
  const step = (geometry.spacing[2] * (nz - 1)) / steps;
  return {
    geometry: { ...geometry, dims: [nx, ny, steps + 1], spacing: [geometry.spacing[0], geometry.spacing[1], step] },
    voxels,
    slope: 1,
    intercept: 0,
  };
}

/**
 * A leaning stack (gantry tilt, sheared affine) on a grid with right angles that holds all of it: the in-plane axes stay, the third becomes
 * their normal, the distance of slices along it stays. Interpolated (linear); what no slice covers gets `outside`.
 * @param outside physical value; the smallest value of the volume unless given
 * @returns physical values (float32, slope 1, intercept 0)
 */
export function straighten(volume: Volume, outside?: number): Volume {
  const { geometry } = volume;
  const [i, j, k] = geometry.direction;
  // Along j too, for an affine may be sheared within the plane.
  const planar = subtract(j, scale(i, dot(i, j)));
  const up = scale(planar, 1 / norm(planar));
  const upright = cross(i, up);
  const normal = dot(upright, k) < 0 ? scale(upright, -1) : upright;
  const spacing: Triple = [geometry.spacing[0], geometry.spacing[1] * dot(up, j), geometry.spacing[2] * dot(normal, k)];
  const frame = { dims: geometry.dims, spacing, origin: geometry.origin, direction: [i, up, normal] as const };
  const corners = cornersOf(volume).map((corner) => pointToIndex(frame, pointLPS(...corner)));
  const bound = (axis: 0 | 1 | 2): [number, number] => {
    const along = corners.map((corner) => corner[axis]);
    return [Math.floor(Math.min(...along) + 1e-6), Math.ceil(Math.max(...along) - 1e-6)];
  };
  const [bi, bj, bk] = [bound(0), bound(1), bound(2)];
  const dims: Triple = [bi[1] - bi[0] + 1, bj[1] - bj[0] + 1, bk[1] - bk[0] + 1];
  const origin = applyAffine(affineLPS(frame), [bi[0], bj[0], bk[0]]);
  const target = { ...frame, dims, origin: pointLPS(...origin) };
  return resample(volume, target, 'linear', { constant: outside ?? smallest(volume) });
}

/** Applies the repairs that the findings name, or those given, and records each in the findings. */
export function repaired(scan: ScanFile, repairs: readonly RepairName[] = offeredRepairs(scan)): ScanFile {
  let { volume } = scan;
  const done: Finding[] = [];
  // Even distances first: straightening needs a regular grid.
  if (repairs.includes('even-spacing') && scan.slicePositions !== undefined) {
    const before = volume.geometry.dims[2];
    volume = evenSpacing(volume, scan.slicePositions);
    const { dims, spacing } = volume.geometry;
    done.push(
      note('repaired-even-spacing', `Resampled from ${before} uneven slices to ${dims[2]} slices ${spacing[2].toFixed(3)} mm apart.`),
    );
  }
  if (repairs.includes('straighten')) {
    volume = straighten(volume);
    done.push(
      note('repaired-straighten', `Resampled from leaning slices to a straight grid of ${volume.geometry.dims.join(' × ')} voxels.`),
    );
  }
  if (done.length === 0) return scan;
  const { slicePositions, ...rest } = scan;
  const uneven = repairs.includes('even-spacing') || slicePositions === undefined ? {} : { slicePositions };
  const left = scan.findings.filter(({ repair }) => repair === undefined || !repairs.includes(repair));
  return { ...rest, ...uneven, volume, findings: [...left, ...done] };
}

/** The repairs that a scan's findings offer. */
export function offeredRepairs({ findings }: ScanFile): RepairName[] {
  return [...new Set(findings.flatMap(({ repair }) => (repair === undefined ? [] : [repair])))];
}

function cornersOf({ geometry }: Volume): Triple[] {
  const affine = affineLPS(geometry);
  const [ni, nj, nk] = geometry.dims;
  return [0, 1, 2, 3, 4, 5, 6, 7].map((c) => applyAffine(affine, [c & 1 ? ni - 1 : 0, c & 2 ? nj - 1 : 0, c & 4 ? nk - 1 : 0]));
}

function smallest({ voxels, slope, intercept, geometry }: Volume): number {
  let least = Infinity;
  for (let i = 0; i < voxelCount(geometry.dims); i++) {
    const value = (voxels[i] as number) * slope + intercept;
    if (value < least) least = value;
  }
  return Number.isFinite(least) ? least : 0;
}

const subtract = (a: Triple, b: Triple): Triple => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
