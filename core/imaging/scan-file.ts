import type { Finding, RepairName } from './finding.ts';
import type { Volume } from './volume.ts';

/** Bytes of voxels in one volume that a reader takes unless told otherwise. */
export const DEFAULT_MAX_BYTES = 4 * 1024 ** 3;
/** As above, for a compressed file that grows more than {@link USUAL_COMPRESSION}-fold: few megabytes on disk must not fill the memory. */
export const DEFAULT_MAX_BYTES_SUSPICIOUS = 512 * 1024 ** 2;
/** Real scans shrink 2- to 20-fold, label maps up to a few hundred. */
export const USUAL_COMPRESSION = 200;

export interface ReadOptions {
  /** Which volume of a file that holds several (time points, channels), from 0. Needed when there is more than one. */
  readonly volumeIndex?: number;
  /** Refuse a volume with more bytes of voxels than this; {@link DEFAULT_MAX_BYTES}, or for a suspicious file less, unless given. */
  readonly maxBytes?: number;
  /** What to mend at once, where a finding offers it; nothing unless given. See `repair.ts`. */
  readonly repairs?: readonly RepairName[];
  /** Ends the reading between two pieces of the file. */
  readonly signal?: AbortSignal;
}

/** What the file's header says, for people; JSON-able. */
export interface ScanHeader {
  /** 'NIfTI-1', 'NIfTI-2', 'DICOM', 'NRRD', 'MetaImage'. */
  readonly format: string;
  /** Element type in the file: 'int16', 'float32', 'uint64'. */
  readonly storedType: string;
  /** All axes of the file, with those after the third. */
  readonly shape: readonly number[];
  /** How many volumes the file holds: the product of the axes after the third. */
  readonly volumes: number;
  readonly description: string;
  /** What only this format has (byte order, sform and qform codes). */
  readonly details: Readonly<Record<string, string | number>>;
}

/** A scan or label map read from a file. */
export interface ScanFile {
  readonly volume: Volume;
  readonly findings: readonly Finding[];
  readonly header: ScanHeader;
  /** Where slices are unevenly spaced: the true place of each slice along the normal in millimetres, for `evenSpacing` in `repair.ts`. */
  readonly slicePositions?: readonly number[];
}
