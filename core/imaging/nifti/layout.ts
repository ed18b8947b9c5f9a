import { TesseraError } from '../../base/errors.ts';
import { note, warning, type Finding } from '../finding.ts';
import { voxelCount, type Triple } from '../volume.ts';
import { datatypeOf, type Datatype } from './datatypes.ts';
import { NIFTI1_BYTES, NIFTI2_BYTES, type NiftiHeader } from './header.ts';

/** Where the voxels lie in the file, checked. */
export interface Layout {
  /** All axes, at least three. */
  readonly shape: readonly number[];
  readonly dims: Triple;
  /** Product of the axes after the third. */
  readonly volumes: number;
  readonly datatype: Datatype;
  readonly volumeBytes: number;
  /** Byte of the first voxel, in the file that holds the voxels. */
  readonly offset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly findings: readonly Finding[];
}

/**
 * Checks the header's numbers against each other and says where the voxels lie.
 * @throws TesseraError `bad-file` for dims, offsets or types that cannot be, `unsupported-file` for types that are no real numbers.
 */
export function layoutOf(header: NiftiHeader, path: string): Layout {
  const findings: Finding[] = [];
  const datatype = datatypeOf(header.datatype, path);
  if (header.bitpix !== datatype.bytes * 8) {
    findings.push(warning('bitpix', `The header says ${header.bitpix} bits a voxel for the type ${datatype.name}; the type was believed.`));
  }
  const shape = shapeOf(header, path);
  const dims: Triple = [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1];
  return {
    shape,
    dims,
    volumes: shape.slice(3).reduce((product, n) => product * n, 1),
    datatype,
    volumeBytes: voxelCount(dims) * datatype.bytes,
    offset: offsetOf(header, path, findings),
    ...scalingOf(header, findings),
    findings,
  };
}

function shapeOf({ dim }: NiftiHeader, path: string): number[] {
  const rank = dim[0] ?? 0;
  if (!(rank >= 1 && rank <= 7)) throw bad(path, `claims ${rank} axes (dim[0]); 1 to 7 are possible`);
  const shape = dim.slice(1, 1 + rank);
  if (shape.some((n) => n < 1)) throw bad(path, `claims ${shape.join(' × ')} voxels (dim)`);
  while (shape.length < 3) shape.push(1);
  return shape;
}

function offsetOf(header: NiftiHeader, path: string, findings: Finding[]): number {
  const { voxOffset, singleFile, version } = header;
  if (!Number.isInteger(voxOffset) || voxOffset < 0) throw bad(path, `says that its voxels begin at byte ${voxOffset} (vox_offset)`);
  if (!singleFile) return voxOffset;
  const headerEnd = version === 1 ? NIFTI1_BYTES : NIFTI2_BYTES;
  // Four bytes after the header say whether extensions follow; the voxels cannot begin before them.
  if (voxOffset === 0) {
    findings.push(note('vox-offset', `The header leaves the start of the voxels open (vox_offset 0); ${headerEnd + 4} was taken.`));
    return headerEnd + 4;
  }
  if (voxOffset < headerEnd) throw bad(path, `says that its voxels begin inside the header, at byte ${voxOffset} (vox_offset)`);
  return voxOffset;
}

/** A slope of 0 or NaN means that there is none (nifti1.h; nibabel takes NaN so). */
function scalingOf(header: NiftiHeader, findings: Finding[]): { slope: number; intercept: number } {
  const { slope, intercept } = header;
  if (slope === 0 || Number.isNaN(slope)) return { slope: 1, intercept: 0 };
  if (Number.isFinite(slope) && Number.isFinite(intercept)) return { slope, intercept };
  findings.push(warning('scaling', `The intensity scaling (slope ${slope}, intercept ${intercept}) is not finite; none was applied.`));
  return { slope: 1, intercept: 0 };
}

function bad(path: string, what: string): TesseraError {
  return new TesseraError('bad-file', `has a false header: it ${what}.`, { subject: path, advice: 'Export it again.' });
}
