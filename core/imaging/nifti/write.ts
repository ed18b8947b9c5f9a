import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import { affineDeterminant, affineFromColumns, scale, type Affine } from '../affine.ts';
import { affineRAS, isOrthogonal } from '../geometry.ts';
import { voxelCount, type Triple, type Volume } from '../volume.ts';
import { datatypeOfVoxels } from './datatypes.ts';
import { NIFTI1_BYTES } from './header.ts';

export interface WriteNiftiOptions {
  /** Free text of up to 79 Latin-1 characters. */
  readonly description?: string;
  /** What the numbers mean, up to 15 characters. */
  readonly intentName?: string;
  /** 1002 for a label map (NIFTI_INTENT_LABEL). */
  readonly intentCode?: number;
}

export const INTENT_LABEL = 1002;

const VOXEL_OFFSET = NIFTI1_BYTES + 4;
const LARGEST_DIM = 32767;
const SCANNER_ANATOMY = 1;
const MILLIMETRES = 2;

/**
 * Writes a volume as NIfTI-1, .nii or .nii.gz by the path's ending, whole or not at all. The stored type, slope and intercept are kept;
 * the position goes into the sform, and into the qform too where a rotation can express it (axes at right angles).
 * @throws TesseraError `usage` for another ending, `too-large` for more than 32767 voxels along an axis, `write-failed`.
 */
export async function writeNifti(path: string, volume: Volume, options: WriteNiftiOptions = {}): Promise<void> {
  const { dims } = volume.geometry;
  if (volume.voxels.length !== voxelCount(dims)) throw new RangeError(`${volume.voxels.length} voxels for a grid of ${dims.join(' × ')}`);
  if (!/\.nii(\.gz)?$/i.test(path)) {
    throw new TesseraError('usage', 'cannot be written as NIfTI under this name.', {
      subject: path,
      advice: 'End the name in .nii or .nii.gz.',
    });
  }
  if (dims.some((n) => n > LARGEST_DIM)) {
    throw new TesseraError('too-large', `has ${dims.join(' × ')} voxels; NIfTI-1 takes ${LARGEST_DIM} along an axis.`, {
      subject: path,
      advice: 'Crop or downsample it.',
    });
  }
  const header = buildHeader(volume, options);
  const voxels = new Uint8Array(volume.voxels.buffer, volume.voxels.byteOffset, volume.voxels.byteLength);
  await writeFileAtomic(path, /\.gz$/i.test(path) ? gzip([header, voxels], volume.voxels.BYTES_PER_ELEMENT) : [header, voxels]);
}

const PIECE = 4 * 1024 ** 2;

function gzip(parts: readonly Uint8Array[], elementBytes: number): AsyncIterable<Uint8Array> {
  // Label maps shrink much further at level 6; noisy scans gain a few percent for 2.6 times the time.
  const stream = createGzip({ level: elementBytes === 1 ? 6 : 1, chunkSize: 1024 ** 2 });
  Readable.from(slices(parts)).pipe(stream);
  return stream;
}

function* slices(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) for (let at = 0; at < part.length; at += PIECE) yield part.subarray(at, at + PIECE);
}

function buildHeader(volume: Volume, options: WriteNiftiOptions): Uint8Array {
  const { geometry } = volume;
  const datatype = datatypeOfVoxels(volume.voxels);
  const bytes = new Uint8Array(VOXEL_OFFSET);
  const view = new DataView(bytes.buffer);
  const int16 = (at: number, ...values: number[]): void => values.forEach((v, i) => view.setInt16(at + 2 * i, v, true));
  const float = (at: number, ...values: number[]): void => values.forEach((v, i) => view.setFloat32(at + 4 * i, v, true));
  const text = (at: number, length: number, value: string): void => {
    Buffer.from(bytes.buffer).write(value.slice(0, length - 1), at, 'latin1');
  };

  const affine = affineRAS(geometry);
  const rotation = isOrthogonal(geometry) ? quaternionOf(affine, geometry.spacing) : undefined;

  view.setInt32(0, NIFTI1_BYTES, true);
  int16(40, 3, ...geometry.dims, 1, 1, 1, 1);
  int16(68, options.intentCode ?? 0, datatype.code, datatype.bytes * 8);
  float(76, rotation?.qfac ?? 1, ...geometry.spacing, 1, 1, 1, 1);
  float(108, VOXEL_OFFSET, volume.slope, volume.intercept);
  view.setUint8(123, MILLIMETRES);
  text(148, 80, options.description ?? '');
  int16(252, rotation === undefined ? 0 : SCANNER_ANATOMY, SCANNER_ANATOMY);
  if (rotation !== undefined) float(256, ...rotation.quaternion, affine[0][3], affine[1][3], affine[2][3]);
  float(280, ...affine.flat());
  text(328, 16, options.intentName ?? '');
  text(344, 4, 'n+1');
  return bytes;
}

/** The unit quaternion (b, c, d; a ≥ 0) of the affine's rotation, and qfac −1 for a left-handed grid (nifti_io, nifti_mat44_to_quatern). */
function quaternionOf(affine: Affine, spacing: Triple): { quaternion: Triple; qfac: 1 | -1 } {
  const qfac = affineDeterminant(affine) < 0 ? -1 : 1;
  const column = (c: 0 | 1 | 2): Triple => scale([affine[0][c], affine[1][c], affine[2][c]], (c === 2 ? qfac : 1) / spacing[c]);
  const [[r00, r01, r02], [r10, r11, r12], [r20, r21, r22]] = affineFromColumns(column(0), column(1), column(2), [0, 0, 0]);
  const trace = 1 + r00 + r11 + r22;
  const quaternion = (): Triple => {
    if (trace > 0.5) {
      const s = 2 * Math.sqrt(trace);
      return [(r21 - r12) / s, (r02 - r20) / s, (r10 - r01) / s];
    }
    // Near half a turn a is small, so the largest of b, c, d is found first.
    if (r00 >= r11 && r00 >= r22) {
      const s = 2 * Math.sqrt(1 + r00 - r11 - r22);
      return withPositiveA([s / 4, (r01 + r10) / s, (r02 + r20) / s], r21 - r12);
    }
    if (r11 >= r22) {
      const s = 2 * Math.sqrt(1 - r00 + r11 - r22);
      return withPositiveA([(r01 + r10) / s, s / 4, (r12 + r21) / s], r02 - r20);
    }
    const s = 2 * Math.sqrt(1 - r00 - r11 + r22);
    return withPositiveA([(r02 + r20) / s, (r12 + r21) / s, s / 4], r10 - r01);
  };
  return { quaternion: quaternion(), qfac };
}

/** q and −q are one rotation; NIfTI stores the one whose a is not negative. */
function withPositiveA(q: Triple, signOfA: number): Triple {
  return signOfA < 0 ? scale(q, -1) : q;
}
