import { isTesseraError, TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import { note, warning, type Finding } from '../finding.ts';
import { readDicomHeader, type DicomHeader } from '../dicom/read-header.ts';
import { resampleLabels } from '../resample.ts';
import { DEFAULT_MAX_BYTES, DEFAULT_MAX_BYTES_SUSPICIOUS, USUAL_COMPRESSION } from '../scan-file.ts';
import { voxelCount, type Geometry } from '../volume.ts';
import type { SegmentDescription } from './codes.ts';
import { framePlacer, ownGrid } from './frame-placement.ts';
import { checkFrameOfReference, type LabelTarget } from './label-target.ts';
import { IndexList, LayerStack, type LabelLayer } from './layers.ts';
import { resampledFinding } from './on-grid.ts';
import { openSegPixels, type SegPixels } from './seg-frames.ts';
import { lookingInto, segHeader, tooLarge, type SegHeader } from './seg-header.ts';

export interface ReadLabelsOptions {
  /** The scan that the labels belong to: they come back on its grid. Without it a segmentation comes on the grid that its frames span. */
  readonly scan?: LabelTarget;
  /** The user's word that labels on another grid or in another frame of reference may be resampled onto the scan. */
  readonly resample?: boolean;
  /** From this share of the maximum on, a voxel of a fractional segment is labelled; 0.5 unless given. */
  readonly threshold?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** Labels read from a DICOM object. */
export interface ReadLabels {
  /** Label maps on one grid; more than one where segments overlap. */
  readonly layers: readonly LabelLayer[];
  /** What the values of the label maps are. */
  readonly segments: readonly SegmentDescription[];
  readonly findings: readonly Finding[];
}

/**
 * Reads a DICOM segmentation: BINARY, FRACTIONAL (cut at a threshold) and LABELMAP, packed in any way we know, frames in any order.
 * @throws TesseraError `grid-mismatch` when it does not lie on the scan's grid and `resample` is not given; `bad-geometry` when no scan is
 * given and its frames are uneven; `bad-file`, `unsupported-file`, `not-found`, `too-large`, `out-of-memory`, `cancelled`
 */
export async function readSegmentation(path: string, options: ReadLabelsOptions = {}): Promise<ReadLabels> {
  const header = readDicomHeader(path);
  if (header === undefined)
    throw new TesseraError('unsupported-file', 'is no DICOM file.', { subject: path, advice: 'Give a DICOM segmentation.' });
  const seg = lookingInto(path, () => segHeader(header));
  const { scan } = options;
  if (scan === undefined) return readOnto(header, seg, { geometry: ownGrid(seg) }, options);
  try {
    const findings = checkFrameOfReference(path, seg.frameOfReference, scan);
    const read = await readOnto(header, seg, scan, options);
    return { ...read, findings: [...findings, ...read.findings] };
  } catch (error) {
    if (options.resample !== true || !isTesseraError(error) || error.code !== 'grid-mismatch') throw error;
    const own = await readOnto(header, seg, { geometry: ownGrid(seg) }, options);
    const layers = own.layers.map((layer) => ({ ...layer, volume: resampleLabels(layer.volume, scan.geometry) }));
    return { ...own, layers, findings: [...own.findings, resampledFinding(difference(error.message))] };
  }
}

/** What a mismatch is, without the sentence around it. */
export const difference = (message: string): string => message.replace(/^.*?: /s, '').replace(/\.$/, '');

async function readOnto(header: DicomHeader, seg: SegHeader, target: LabelTarget, options: ReadLabelsOptions): Promise<ReadLabels> {
  const largest = Math.max(
    ...[...seg.segments.values()].map(({ value }) => value),
    seg.kind === 'LABELMAP' && seg.bitsAllocated === 16 ? 65535 : 0,
  );
  checkSize(target.geometry, header, largest > 255 ? 2 : 1, options.maxBytes);
  const pixels = openSegPixels(header, seg, options.signal);
  try {
    const reader = new SegReader(seg, target, pixels, options);
    const stack = new LayerStack(target.geometry, largest);
    for await (const [value, indices] of seg.kind === 'LABELMAP' ? reader.labelmap() : reader.segments()) stack.add(value, indices);
    const layers = stack.finish();
    return {
      layers,
      segments: [...seg.segments].filter(([number]) => number !== 0 || seg.kind !== 'LABELMAP').map(([, segment]) => segment),
      findings: [...reader.findings(), ...overlapFinding(layers)],
    };
  } finally {
    pixels.close();
  }
}

function checkSize({ dims }: Geometry, { fileBytes, path }: DicomHeader, bytesPerVoxel: number, maxBytes?: number): void {
  const bytes = voxelCount(dims) * bytesPerVoxel;
  // A bit a voxel is eight times smaller to begin with.
  const limit = maxBytes ?? (bytes > 8 * USUAL_COMPRESSION * fileBytes ? DEFAULT_MAX_BYTES_SUSPICIOUS : DEFAULT_MAX_BYTES);
  if (!(bytes <= limit)) throw tooLarge(path);
}

export function overlapFinding(layers: readonly LabelLayer[]): Finding[] {
  if (layers.length < 2) return [];
  return [note('overlapping-segments', `Segments overlap; they are kept apart in ${layers.length} label maps.`)];
}

class SegReader {
  private readonly seg: SegHeader;
  private readonly target: LabelTarget;
  private readonly pixels: SegPixels;
  private readonly options: ReadLabelsOptions;
  private readonly placer: ReturnType<typeof framePlacer>;
  private outside = 0;
  private undescribed = new Set<number>();

  constructor(seg: SegHeader, target: LabelTarget, pixels: SegPixels, options: ReadLabelsOptions) {
    this.seg = seg;
    this.target = target;
    this.pixels = pixels;
    this.options = options;
    this.placer = framePlacer(seg, target);
    // A mismatch shows before anything is decoded.
    for (const { position } of seg.frames) this.placer(position);
  }

  /** The voxels of each segment, under its label value. */
  async *segments(): AsyncGenerator<[number, Uint32Array]> {
    const { seg } = this;
    const limit = seg.kind === 'BINARY' ? 1 : Math.max(1, (this.options.threshold ?? 0.5) * seg.maximumFraction);
    for (const [number, { value }] of seg.segments) {
      const list = new IndexList();
      for (const [index, frame] of seg.frames.entries())
        if (frame.segment === number) await this.collect(index, (voxel, stored) => stored >= limit && list.push(voxel));
      yield [value, list.indices];
    }
  }

  /** The voxels of each value. */
  async *labelmap(): AsyncGenerator<[number, Uint32Array]> {
    const { seg } = this;
    const lists = new Map<number, IndexList>();
    for (const index of seg.frames.keys()) {
      await this.collect(index, (voxel, stored) => {
        if (stored === seg.padding) return;
        const list = lists.get(stored) ?? new IndexList();
        lists.set(stored, list);
        list.push(voxel);
      });
    }
    for (const [stored, list] of [...lists].sort(([a], [b]) => a - b)) {
      const segment = seg.segments.get(stored);
      if (segment === undefined) this.undescribed.add(stored);
      yield [segment?.value ?? stored, list.indices];
    }
  }

  /** Tells the voxel of every pixel of a frame that is not 0. */
  private async collect(index: number, found: (voxel: number, stored: number) => void): Promise<void> {
    if (this.options.signal?.aborted === true) throw isTesseraError(this.options.signal.reason) ? this.options.signal.reason : cancelled();
    const frame = this.seg.frames[index];
    if (frame === undefined) return;
    const { start, column, row } = this.placer(frame.position);
    const [nx, ny, nz] = this.target.geometry.dims;
    const { columns } = this.seg;
    await this.pixels.forEach(index, (pixel, stored) => {
      const c = pixel % columns;
      const r = (pixel - c) / columns;
      const i = start[0] + c * column[0] + r * row[0];
      const j = start[1] + c * column[1] + r * row[1];
      const k = start[2] + c * column[2] + r * row[2];
      if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) this.outside++;
      else found(i + nx * (j + ny * k), stored);
    });
  }

  findings(): Finding[] {
    const { seg, outside, undescribed } = this;
    const findings: Finding[] = [];
    if (seg.kind === 'FRACTIONAL')
      findings.push(
        note('fractional', `It holds fractions; voxels from ${(100 * (this.options.threshold ?? 0.5)).toFixed(0)} % on were labelled.`),
      );
    if (outside > 0) findings.push(warning('labels-outside', `${outside} labelled pixels lie outside of the scan and were left out.`));
    if (undescribed.size > 0)
      findings.push(warning('undescribed-values', `The values ${[...undescribed].slice(0, 10).join(', ')} occur but are not described.`));
    return findings;
  }
}
