import { TesseraError } from '../../base/errors.ts';
import { note, warning, type Finding } from '../finding.ts';
import { DEFAULT_MAX_BYTES, DEFAULT_MAX_BYTES_SUSPICIOUS, USUAL_COMPRESSION, type ReadOptions, type ScanFile } from '../scan-file.ts';
import { countNonFinite } from '../voxel-array.ts';
import { gigabytes, openByteSource, type ByteSource } from './byte-source.ts';
import { swapBytes } from './datatypes.ts';
import { headerFile, imageFile } from './file-names.ts';
import { NIFTI1_BYTES, NIFTI2_BYTES, headerBytes, parseHeader, type NiftiHeader } from './header.ts';
import { layoutOf, type Layout } from './layout.ts';
import { placementOf } from './placement.ts';
import type { Triple } from '../volume.ts';

/**
 * Reads one volume of a NIfTI-1 or NIfTI-2 file: .nii, .nii.gz, or a .hdr/.img pair named by either file, in both byte orders.
 * The stored element type is kept, except 64-bit integers, which become float64. NaN and infinities are kept and reported.
 * Memory is taken for what the file holds, never for what its header claims.
 *
 * Read all the same, with a finding: a name that hides or feigns compression, vox_offset 0 in a single file (352 is meant), bitpix that
 * contradicts the type (the type counts), no sform and no qform, sform and qform apart (the sform counts), shear, units other than mm,
 * a one-voxel axis without spacing, bytes after the last voxel, a scaling that is not finite.
 * @throws TesseraError `not-found`; `bad-file` (no NIfTI, cut short, wrong checksum, contradictory header); `unsupported-file`
 * (colours, complex numbers, Analyze); `bad-geometry`; `too-large` (over `maxBytes`); `bad-setting` (several volumes and no
 * `volumeIndex`, or one that does not exist); `out-of-memory`; `cancelled`.
 */
export async function readNifti(path: string, options: ReadOptions = {}): Promise<ScanFile> {
  const source = await openByteSource(await headerFile(path), options.signal);
  try {
    const header = await readHeader(source, path);
    const layout = layoutOf(header, path);
    const { geometry, source: placement, findings } = placementOf(header, layout.dims, path);
    const volumeIndex = chosenVolume(layout, options.volumeIndex, path);

    const { buffer, rest } = await readVoxels(source, header, layout, volumeIndex, path, options);
    if (!header.littleEndian) swapBytes(buffer, layout.datatype.bytes);
    const voxels = layout.datatype.view(buffer, path);

    return {
      volume: { geometry, voxels, slope: layout.slope, intercept: layout.intercept },
      findings: [...layout.findings, ...findings, ...nameFindings(path, source), ...rest, ...nonFinite(countNonFinite(voxels))],
      header: {
        format: `NIfTI-${header.version}`,
        storedType: layout.datatype.name,
        shape: layout.shape,
        volumes: layout.volumes,
        description: header.description,
        details: {
          byteOrder: header.littleEndian ? 'little' : 'big',
          placement,
          sformCode: header.sformCode,
          qformCode: header.qformCode,
          intentCode: header.intentCode,
          intentName: header.intentName,
        },
      },
    };
  } finally {
    await source.close();
  }
}

/**
 * What {@link readNifti} refuses by the header and the size of the file alone; no voxel is read.
 * @returns voxels along i, j, k
 * @throws TesseraError as `readNifti`
 */
export async function checkNifti(path: string): Promise<Triple> {
  const source = await openByteSource(await headerFile(path));
  try {
    const header = await readHeader(source, path);
    const layout = layoutOf(header, path);
    placementOf(header, layout.dims, path);
    chosenVolume(layout, undefined, path);
    if (!header.singleFile) await (await openByteSource(await imageFile(await headerFile(path)))).close();
    else if (!source.mayHold(layout.offset + layout.volumeBytes))
      throw new TesseraError('bad-file', `is too short for the ${gigabytes(layout.volumeBytes)} of voxels that its header tells of.`, {
        subject: path,
        advice: 'Copy or export it again.',
      });
    return layout.dims;
  } finally {
    await source.close();
  }
}

async function readHeader(source: ByteSource, path: string): Promise<NiftiHeader> {
  const start = new Uint8Array(await source.upTo(NIFTI1_BYTES));
  const length = headerBytes(start, path);
  const more = new Uint8Array(await source.exactly(length - start.length));
  const header = parseHeader(Buffer.concat([start, more]), path);
  if (!header.singleFile) await source.finish();
  return header;
}

function chosenVolume(layout: Layout, index: number | undefined, path: string): number {
  if (index === undefined && layout.volumes === 1) return 0;
  if (index !== undefined && Number.isInteger(index) && index >= 0 && index < layout.volumes) return index;
  const choice = `Choose one with volumeIndex, 0 to ${layout.volumes - 1}.`;
  const message = index === undefined ? `holds ${layout.volumes} volumes (${layout.shape.join(' × ')}).` : `has no volume ${index}.`;
  throw new TesseraError('bad-setting', message, { subject: path, advice: choice });
}

async function readVoxels(
  headerSource: ByteSource,
  header: NiftiHeader,
  layout: Layout,
  volumeIndex: number,
  path: string,
  options: ReadOptions,
): Promise<{ buffer: ArrayBuffer; rest: readonly Finding[] }> {
  const source = header.singleFile ? headerSource : await openByteSource(await imageFile(await headerFile(path)), options.signal);
  try {
    const { volumeBytes, volumes, offset } = layout;
    await source.skip(offset + volumeIndex * volumeBytes - (header.singleFile ? headerLength(header) : 0));
    const maxBytes = options.maxBytes ?? defaultLimit(source, volumeBytes);
    // A false header is told from a large scan: only the latter is worth a larger limit.
    if (volumeBytes > maxBytes && source.mayHold(volumeBytes)) {
      throw new TesseraError('too-large', `holds ${gigabytes(volumeBytes)} of voxels; the limit is ${gigabytes(maxBytes)}.`, {
        subject: path,
        advice: 'Crop or downsample it, or raise the limit (maxBytes).',
      });
    }
    const buffer = await source.exactly(volumeBytes);
    await source.skip((volumes - 1 - volumeIndex) * volumeBytes);
    return { buffer, rest: await source.finish() };
  } finally {
    if (source !== headerSource) await source.close();
  }
}

function defaultLimit({ compressed, size }: ByteSource, volumeBytes: number): number {
  return compressed && volumeBytes > USUAL_COMPRESSION * size ? DEFAULT_MAX_BYTES_SUSPICIOUS : DEFAULT_MAX_BYTES;
}

const headerLength = (header: NiftiHeader): number => (header.version === 1 ? NIFTI1_BYTES : NIFTI2_BYTES);

function nameFindings(path: string, source: ByteSource): Finding[] {
  const named = /\.gz$/i.test(path);
  if (named === source.compressed) return [];
  return [
    note(
      'compression-name',
      named ? 'The name ends in .gz, but the file is not compressed.' : 'The file is gzip-compressed, but its name does not end in .gz.',
    ),
  ];
}

function nonFinite(count: number): Finding[] {
  return count === 0 ? [] : [warning('non-finite-voxels', `${count} voxels are NaN or infinite.`)];
}
