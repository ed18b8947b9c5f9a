import { createHash } from 'node:crypto';
import { TesseraError } from '../../base/errors.ts';
import { note, warning, type Finding } from '../finding.ts';
import { gigabytes } from '../nifti/byte-source.ts';
import {
  DEFAULT_MAX_BYTES,
  DEFAULT_MAX_BYTES_SUSPICIOUS,
  USUAL_COMPRESSION,
  type ReadOptions,
  type ScanFile,
  type ScanHeader,
} from '../scan-file.ts';
import { filesOf } from '../list-files.ts';
import { sliceSpacingOf } from '../spacing-along.ts';
import { arrange, type Arrangement } from './arrange.ts';
import { chooseStack } from './choose-stack.ts';
import { checkPixels } from './frame-bytes.ts';
import type { DicomFrame } from './image.ts';
import { indexDicomFiles } from './index-files.ts';
import { mayBeDicom } from './may-be-dicom.ts';
import { settlePadding } from './padding.ts';
import { placementOf } from './placement.ts';
import { seriesPathOf } from './series-path.ts';
import type { DicomStack } from './stacks.ts';
import { storedTypeOf } from './stored-values.ts';
import { transferSyntaxOf } from './transfer-syntax.ts';
import { readVoxels, voxelBytes } from './voxels.ts';

/**
 * Reads one volume of a DICOM series: a folder (and its subfolders) that holds one, `folder#key` for one of several, `folder#key@2` for one
 * volume of a series that holds several, or a single file.
 * Our own header scan sorts and checks the slices; a library only decodes compressed pixels, in a process of its own. The stored type is
 * kept (int16 stays int16) unless slices have slopes of their own (then float32). The geometry comes from the first and last position, so
 * gantry tilt is exact; what is wrong with the stack is in the findings, with the repair that mends it.
 * @throws TesseraError `no-data`, `not-found`; `bad-setting` (several series, or several volumes and no `volumeIndex`); `bad-file`,
 * `unsupported-file` naming the file; `bad-geometry`; `too-large`; `out-of-memory`; `cancelled`
 */
export async function readDicom(path: string, options: ReadOptions = {}): Promise<ScanFile> {
  const { stack, findings } = await findStack(path, options.signal);
  return readStack(stack, path, options, findings);
}

/** The files that {@link readDicom} would read. @throws TesseraError as it, for what headers tell. */
export async function dicomFilesOf(path: string): Promise<string[]> {
  const { stack } = await findStack(path);
  const frames = seriesPathOf(path)?.volume === undefined ? stack.frames : arrangementOf(stack, path).volumes.flat();
  return [...new Set(frames.map(({ image }) => image.path))];
}

async function findStack(path: string, signal?: AbortSignal): Promise<ReturnType<typeof chooseStack>> {
  const series = seriesPathOf(path);
  const files = series === undefined ? [path] : (await filesOf(series.folder)).filter(mayBeDicom);
  const index = await indexDicomFiles(files, signal);
  if (series === undefined && index.files === 0)
    throw new TesseraError('unsupported-file', 'is of no format that can be read.', {
      subject: path,
      advice: 'Give DICOM, NIfTI, NRRD or MetaImage files.',
    });
  // Who names a single file wants its picture, localizer or not.
  if (series === undefined) return chooseStack(index, path, undefined, ['volume', 'unplaced', 'scout']);
  return chooseStack(index, series.folder, series.key);
}

/** Reads one volume of a stack; see {@link readDicom}. */
export async function readStack(stack: DicomStack, path: string, options: ReadOptions, before: readonly Finding[]): Promise<ScanFile> {
  const arrangement = arrangementOf(stack, path);
  const slices = chosenVolume(arrangement, options.volumeIndex, path);
  checkSize(slices, path, options.maxBytes);
  const { geometry, findings } = placementOf(slices, arrangement.positions, path);
  const { voxels, slope, intercept, scaled } = await readVoxels(slices, options.signal);
  const scaling = usableScaling(slope, intercept);
  const padding = scaled ? [] : settlePadding(voxels, slices);
  return {
    volume: { geometry, voxels, slope: scaling.slope, intercept: scaling.intercept },
    findings: [...before, ...arrangement.findings, ...findings, ...pixelFindings(slices, scaled), ...scaling.findings, ...padding],
    header: headerOf(stack, arrangement, slices, scaled),
    ...(sliceSpacingOf(arrangement.positions).even ? {} : { slicePositions: arrangement.positions }),
  };
}

/** The pictures of a stack in order; where the path names one volume, that alone. */
function arrangementOf(stack: DicomStack, path: string): Arrangement {
  const whole = arrange(stack.frames);
  const named = seriesPathOf(path)?.volume;
  return named === undefined ? whole : { ...whole, volumes: [chosenVolume(whole, named, path)] };
}

function chosenVolume({ volumes }: Arrangement, index: number | undefined, path: string): readonly DicomFrame[] {
  const chosen = index === undefined && volumes.length === 1 ? volumes[0] : index === undefined ? undefined : volumes[index];
  if (chosen !== undefined) return chosen;
  const message =
    index === undefined ? `holds ${volumes.length} volumes (time points, echoes or kinds of picture).` : `has no volume ${index}.`;
  throw new TesseraError('bad-setting', message, { subject: path, advice: `Choose one with volumeIndex, 0 to ${volumes.length - 1}.` });
}

function checkSize(slices: readonly DicomFrame[], path: string, maxBytes?: number): void {
  for (const { image } of slices) checkPixels(image);
  const bytes = voxelBytes(slices);
  const onDisk = [...new Set(slices.map(({ image }) => image))].reduce((sum, image) => sum + image.fileBytes, 0);
  const limit = maxBytes ?? (bytes > USUAL_COMPRESSION * onDisk ? DEFAULT_MAX_BYTES_SUSPICIOUS : DEFAULT_MAX_BYTES);
  if (bytes <= limit) return;
  throw new TesseraError('too-large', `holds ${gigabytes(bytes)} of voxels; the limit is ${gigabytes(limit)}.`, {
    subject: path,
    advice: 'Crop or downsample it, or raise the limit (maxBytes).',
  });
}

function usableScaling(slope: number, intercept: number): { slope: number; intercept: number; findings: Finding[] } {
  if (slope !== 0) return { slope, intercept, findings: [] };
  return { slope: 1, intercept, findings: [warning('scaling', 'The header gives a slope of 0; 1 was taken.')] };
}

function pixelFindings(slices: readonly DicomFrame[], scaled: boolean): Finding[] {
  const findings: Finding[] = [];
  const images = [...new Set(slices.map(({ image }) => image))];
  if (scaled)
    findings.push(note('scaling-varies', 'Slices have slopes and intercepts of their own; the voxels were turned into physical values.'));
  if (images.some(({ pixels }) => transferSyntaxOf(pixels.transferSyntax)?.lossy === true))
    findings.push(warning('lossy', 'The pictures were compressed with loss: values differ from what the scanner made.'));
  if (images.some(({ pixels }) => pixels.photometric === 'MONOCHROME1'))
    findings.push(note('inverted-grey', 'The pictures are meant to be shown inverted (MONOCHROME1); the stored values were kept.'));
  return findings;
}

function headerOf(stack: DicomStack, arrangement: Arrangement, slices: readonly DicomFrame[], scaled: boolean): ScanHeader {
  const images = [...new Set(slices.map(({ image }) => image))];
  const [first] = slices;
  const volumes = arrangement.volumes.length;
  const syntaxes = new Set(images.map(({ pixels }) => transferSyntaxOf(pixels.transferSyntax)?.name ?? ''));
  return {
    format: 'DICOM',
    storedType: scaled ? 'float32' : storedTypeOf(images.map(({ pixels }) => pixels)),
    shape: [first?.columns ?? 0, first?.rows ?? 0, slices.length, ...(volumes > 1 ? [volumes] : [])],
    volumes,
    description: stack.description,
    details: {
      modality: stack.modality,
      series: stack.key,
      ...(stack.seriesNumber === undefined ? {} : { seriesNumber: stack.seriesNumber }),
      files: images.length,
      // A hash is enough to know it again.
      ...(first === undefined || first.image.frameOfReference === '' ? {} : { frameOfReference: sha256(first.image.frameOfReference) }),
      transferSyntax: [...syntaxes].join(', '),
    },
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
