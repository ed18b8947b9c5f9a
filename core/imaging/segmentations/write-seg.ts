import { deflateRawSync } from 'node:zlib';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import { readFileMeta } from '../dicom/file-meta.ts';
import { EXPLICIT_LITTLE } from '../dicom/transfer-syntax.ts';
import type { SegmentDescription } from './codes.ts';
import { derivedModules, referencedSeries, type DerivedOptions } from './derived-object.ts';
import { dicomNow, encodeDicom, shortText, type DicomAttributes, type PixelBytes } from './encode.ts';
import { layersOf, type GridLabels } from './on-grid.ts';
import {
  backgroundItem,
  dimensionModule,
  frameGroups,
  LABELMAP_STORAGE,
  segmentItem,
  SEGMENTATION_STORAGE,
  sharedGroups,
  type SegFrame,
} from './seg-attributes.ts';
import { BitWriter, encodeRle } from './seg-pixels.ts';
import type { SourceSeries } from './source-series.ts';

const RLE = '1.2.840.10008.1.2.5';
const DEFLATED = '1.2.840.10008.1.2.1.99';

export interface SegOptions extends DerivedOptions {
  /** One bit a voxel for each segment (read everywhere), or one frame with the values themselves (new, read by few). 'binary' unless given. */
  readonly kind?: 'binary' | 'labelmap';
  /** 'deflate' packs the whole file; 'rle' packs frames, of label maps only. Both shrink a file 10- to 100-fold and are read by fewer programs. */
  readonly compression?: 'none' | 'deflate' | 'rle';
}

/** What other objects refer to. */
export interface WrittenSeg {
  readonly bytes: Uint8Array;
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly seriesUid: string;
  /** Label value → number of its segment. */
  readonly segmentNumbers: ReadonlyMap<number, number>;
}

/** More frames than a decimal index can count sensibly; no scan has as many. */
const MOST_FRAMES = 2 ** 24;

/**
 * A DICOM segmentation of a label map on its scan's grid. Each frame has the plane of the source slice it was drawn on and points at it,
 * so tilted and unevenly spaced stacks are exact. Empty frames are left out.
 * @param labels several label maps where segments overlap, each value in one of them
 * @param segments descriptions of the values; one without a description is an error, one that does not occur becomes a segment without frames
 * @throws TesseraError `bad-labels` when nothing is labelled or a value has no description; `bad-setting` for RLE of single bits
 */
export async function encodeSegmentation(
  labels: GridLabels | readonly GridLabels[],
  source: SourceSeries,
  segments: readonly SegmentDescription[],
  options: SegOptions = {},
): Promise<WrittenSeg> {
  const { kind = 'binary', compression = 'none' } = options;
  const layers = layersOf(labels);
  const [first] = layers;
  if (first === undefined) throw new RangeError('no label map');
  if (kind === 'labelmap' && layers.length > 1)
    throw new TesseraError('bad-setting', 'cannot hold segments that overlap.', {
      subject: 'a DICOM label map',
      advice: 'Write a binary segmentation.',
    });
  if (kind === 'binary' && compression === 'rle')
    throw new TesseraError('bad-setting', 'packs label maps only; hardly a program reads run lengths of single bits.', {
      subject: 'compression rle',
      advice: 'Use deflate, or write a label map.',
    });
  const described = describedSegments(layers, segments);
  const binary = kind === 'binary';
  const numbers = new Map(described.map(({ value }, i) => [value, binary ? i + 1 : value]));
  const frames = binary ? binaryFrames(layers, described, numbers) : labelmapFrames(first);
  if (frames.length === 0 || frames.length > MOST_FRAMES)
    throw new TesseraError('bad-labels', frames.length === 0 ? 'holds no voxel with a label.' : 'would need too many frames.', {
      subject: 'the label map',
      advice: 'A DICOM segmentation needs at least one voxel.',
    });
  const sopClass = binary ? SEGMENTATION_STORAGE : LABELMAP_STORAGE;
  const derived = derivedModules(source, sopClass, 'SEG', 'Tessera segmentation', options);
  const attributes = {
    ...derived.attributes,
    ...imageModules(layers, binary, frames.length, options),
    ...spaceModules(source),
    SegmentSequence: [
      ...(binary ? [] : [backgroundItem(options)]),
      ...described.map((one) => segmentItem(one, numbers.get(one.value) ?? 0, options)),
    ],
    ReferencedSeriesSequence: referencedSeries(source),
    ...dimensionModule(binary),
    SharedFunctionalGroupsSequence: [sharedGroups(source)],
    PerFrameFunctionalGroupsSequence: frameGroups(frames, source, binary),
  };
  const pixels = binary ? packedBits(layers, described, frames) : labelPixels(first, frames, compression === 'rle');
  const bytes = await encodeDicom(attributes, pixels, { none: EXPLICIT_LITTLE, deflate: DEFLATED, rle: RLE }[compression]);
  return {
    bytes: compression === 'deflate' ? deflated(bytes) : bytes,
    sopClass,
    sopInstance: derived.sopInstance,
    seriesUid: derived.seriesUid,
    segmentNumbers: numbers,
  };
}

/** As {@link encodeSegmentation}, into a file. */
export async function writeSegmentation(path: string, ...args: Parameters<typeof encodeSegmentation>): Promise<WrittenSeg> {
  const written = await encodeSegmentation(...args);
  await writeFileAtomic(path, written.bytes);
  return written;
}

function describedSegments(layers: readonly GridLabels[], segments: readonly SegmentDescription[]): readonly SegmentDescription[] {
  const described = [...segments].filter(({ value }) => value !== 0).sort((a, b) => a.value - b.value);
  const missing = layers.flatMap(({ values }) => values).filter((value) => !described.some((segment) => segment.value === value));
  if (missing.length === 0) return described;
  throw new TesseraError('bad-labels', `holds values without a name or code: ${missing.slice(0, 10).join(', ')}.`, {
    subject: 'the label map',
    advice: 'Name them in labels.json, or choose the preset that they belong to.',
  });
}

/** The slices of each value, in the layer that has it. */
function binaryFrames(
  layers: readonly GridLabels[],
  described: readonly SegmentDescription[],
  numbers: ReadonlyMap<number, number>,
): SegFrame[] {
  const present = layers.map(({ labels, geometry }) => {
    const sliceVoxels = geometry.dims[0] * geometry.dims[1];
    return Array.from({ length: geometry.dims[2] }, (_, k) => new Set(labels.subarray(k * sliceVoxels, (k + 1) * sliceVoxels)));
  });
  return described.flatMap(({ value }) =>
    present.flatMap((slices, layer) =>
      slices.flatMap((values, k) => (values.has(value) ? [{ k, layer, segment: numbers.get(value) ?? 0 }] : [])),
    ),
  );
}

function labelmapFrames({ labels, geometry }: GridLabels): SegFrame[] {
  const sliceVoxels = geometry.dims[0] * geometry.dims[1];
  return Array.from({ length: geometry.dims[2] }, (_, k) => ({ k })).filter(({ k }) =>
    labels.subarray(k * sliceVoxels, (k + 1) * sliceVoxels).some((value) => value !== 0),
  );
}

function packedBits(layers: readonly GridLabels[], described: readonly SegmentDescription[], frames: readonly SegFrame[]): PixelBytes {
  const [columns = 0, rows = 0] = layers[0]?.geometry.dims ?? [];
  const sliceVoxels = columns * rows;
  const writer = new BitWriter(sliceVoxels * frames.length);
  for (const { k, layer = 0, segment = 0 } of frames) {
    const slice = layers[layer]?.labels.subarray(k * sliceVoxels, (k + 1) * sliceVoxels) ?? new Uint8Array(0);
    writer.append(slice, described[segment - 1]?.value ?? 0);
  }
  return { vr: 'OB', native: writer.bytes };
}

function labelPixels({ labels, geometry }: GridLabels, frames: readonly SegFrame[], rle: boolean): PixelBytes {
  const [columns, rows] = geometry.dims;
  const bytesPerPixel = labels.BYTES_PER_ELEMENT === 1 ? 1 : 2;
  const vr = bytesPerPixel === 1 ? 'OB' : 'OW';
  const slices = frames.map(({ k }) => {
    const slice = labels.subarray(k * columns * rows, (k + 1) * columns * rows);
    return new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength);
  });
  return rle
    ? { vr: 'OB', frames: slices.map((slice) => encodeRle(slice, columns, bytesPerPixel)) }
    : { vr, native: Buffer.concat(slices) };
}

function imageModules(layers: readonly GridLabels[], binary: boolean, frames: number, options: SegOptions): DicomAttributes {
  const { date, time } = dicomNow(options.now);
  const [columns = 0, rows = 0] = layers[0]?.geometry.dims ?? [];
  const bits = binary ? 1 : 8 * (layers[0]?.labels.BYTES_PER_ELEMENT ?? 1);
  return {
    ContentDate: date,
    ContentTime: time,
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'SEGMENTATION',
    ContentDescription: shortText(options.seriesDescription ?? 'Tessera segmentation', 64),
    ContentCreatorName: '',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: String(frames),
    Rows: rows,
    Columns: columns,
    BitsAllocated: bits,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
    LossyImageCompression: '00',
    SegmentationType: binary ? 'BINARY' : 'LABELMAP',
    SegmentsOverlap: layers.length > 1 ? 'YES' : 'NO',
    ...(binary ? {} : { PixelPaddingValue: 0 }),
  };
}

function spaceModules({ frameOfReference }: SourceSeries): DicomAttributes {
  return { FrameOfReferenceUID: frameOfReference, PositionReferenceIndicator: '' };
}

/** dcmjs writes plain bytes under the deflated syntax; everything after the file meta information is packed here (PS3.5 A.5). */
function deflated(file: Uint8Array): Uint8Array {
  const start = readFileMeta(file)?.dataSetStart ?? 0;
  const packed = deflateRawSync(file.subarray(start));
  return Buffer.concat([file.subarray(0, start), packed, new Uint8Array(packed.length % 2)]);
}
