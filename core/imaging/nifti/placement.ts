import { affineColumn, affineFromColumns, applyAffine, cross, norm, scale, type Affine } from '../affine.ts';
import { note, warning, type Finding } from '../finding.ts';
import { geometryFromRAS, isOrthogonal } from '../geometry.ts';
import type { Geometry, Triple } from '../volume.ts';
import type { NiftiHeader } from './header.ts';

export type PlacementSource = 'sform' | 'qform' | 'pixdim';

export interface Placement {
  readonly geometry: Geometry;
  readonly source: PlacementSource;
  readonly findings: readonly Finding[];
}

/** Millimetres in one unit of xyzt_units (nifti1.h: 1 metre, 3 micrometre); every other code is taken for millimetres. */
const MILLIMETRES: Readonly<Record<number, number>> = { 1: 1000, 3: 0.001 };

/**
 * Where the grid of a NIfTI file lies: sform if its code is above 0, else qform if its code is, else spacing alone (nifti1.h,
 * "METHOD 3, 2, 1"; for the last, where the standard says nothing of the patient, x runs to the left and the middle of the grid is 0,
 * as nibabel has it).
 * @throws TesseraError `bad-geometry` when the form in force is singular or not finite, or the spacing is 0.
 */
export function placementOf(header: NiftiHeader, dims: Triple, path: string): Placement {
  const findings: Finding[] = [];
  const source: PlacementSource = header.sformCode > 0 ? 'sform' : header.qformCode > 0 ? 'qform' : 'pixdim';
  let affine = source === 'sform' ? header.sform : source === 'qform' ? qformAffine(header) : pixdimAffine(header, dims);

  const unit = MILLIMETRES[header.spaceUnit];
  if (unit !== undefined) {
    affine = scaleAffine(affine, unit);
    findings.push(note('unit', `Lengths are in ${unit > 1 ? 'metres' : 'micrometres'}; they were turned into millimetres.`));
  }
  const completed = completeThinAxes(affine, dims);
  if (completed !== affine) findings.push(note('spacing-assumed', 'An axis of one voxel has no spacing; 1 mm was assumed.'));

  const geometry = geometryFromRAS(completed, dims, path);
  if (source === 'pixdim') {
    findings.push(
      warning(
        'orientation-unknown',
        'The file says nothing of its position in the patient; left and right are a guess (x towards the left).',
      ),
    );
  }
  if (!isOrthogonal(geometry, 1e-3))
    findings.push(warning('sheared', 'The voxel axes are not at right angles (gantry tilt or a sheared affine).', 'straighten'));
  if (source === 'sform' && header.qformCode > 0) {
    const distance = largestDistance(header.sform, qformAffine(header), dims) * (unit ?? 1);
    if (!(distance < 0.5 * Math.min(...geometry.spacing))) {
      const apart = Number.isFinite(distance) ? `up to ${distance.toFixed(1)} mm apart` : 'not comparable';
      findings.push(
        warning('forms-disagree', `sform and qform place the scan differently (${apart}); the sform was used, as the standard says.`),
      );
    }
  }
  return { geometry, source, findings };
}

/** nifti1.h, "METHOD 2": a rotation by a unit quaternion, the sign of k in pixdim[0]. */
function qformAffine({ quaternion: [b, c, d], qoffset, pixdim }: NiftiHeader): Affine {
  let [x, y, z] = [b, c, d];
  let a = 1 - (b * b + c * c + d * d);
  if (a < 1e-7) {
    const length = Math.hypot(b, c, d);
    [x, y, z] = [b / length, c / length, d / length];
    a = 0;
  } else {
    a = Math.sqrt(a);
  }
  const [i, j, k] = spacingOf(pixdim);
  const qfac = (pixdim[0] ?? 1) < 0 ? -1 : 1;
  return affineFromColumns(
    scale([a * a + x * x - y * y - z * z, 2 * (x * y + a * z), 2 * (x * z - a * y)], i),
    scale([2 * (x * y - a * z), a * a + y * y - x * x - z * z, 2 * (y * z + a * x)], j),
    scale([2 * (x * z + a * y), 2 * (y * z - a * x), a * a + z * z - x * x - y * y], k * qfac),
    qoffset,
  );
}

function pixdimAffine({ pixdim }: NiftiHeader, dims: Triple): Affine {
  const [i, j, k] = spacingOf(pixdim);
  return affineFromColumns([-i, 0, 0], [0, j, 0], [0, 0, k], [((dims[0] - 1) / 2) * i, -((dims[1] - 1) / 2) * j, -((dims[2] - 1) / 2) * k]);
}

function spacingOf(pixdim: readonly number[]): Triple {
  return [Math.abs(pixdim[1] ?? 0), Math.abs(pixdim[2] ?? 0), Math.abs(pixdim[3] ?? 0)];
}

/** A 2-D image often has spacing 0 along its one-voxel axis: it takes 1 mm across the other two, which moves no voxel. */
function completeThinAxes(affine: Affine, dims: Triple): Affine {
  const columns = [affineColumn(affine, 0), affineColumn(affine, 1), affineColumn(affine, 2)] as const;
  const missing = columns.findIndex((column, axis) => dims[axis] === 1 && norm(column) === 0);
  if (missing < 0) return affine;
  const normal = cross(columns[((missing + 1) % 3) as 0 | 1 | 2], columns[((missing + 2) % 3) as 0 | 1 | 2]);
  const length = norm(normal);
  if (!(length > 0)) return affine;
  const [x, y, z] = columns.map((column, axis) => (axis === missing ? scale(normal, 1 / length) : column));
  return x && y && z ? affineFromColumns(x, y, z, affineColumn(affine, 3)) : affine;
}

function scaleAffine(a: Affine, factor: number): Affine {
  const column = (c: 0 | 1 | 2 | 3): Triple => scale(affineColumn(a, c), factor);
  return affineFromColumns(column(0), column(1), column(2), column(3));
}

function largestDistance(a: Affine, b: Affine, dims: Triple): number {
  const corners: Triple[] = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [
    n & 1 ? dims[0] - 1 : 0,
    n & 2 ? dims[1] - 1 : 0,
    n & 4 ? dims[2] - 1 : 0,
  ]);
  const distances = corners.map((corner) => {
    const [p, q] = [applyAffine(a, corner), applyAffine(b, corner)];
    return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
  });
  return Math.max(...distances);
}
