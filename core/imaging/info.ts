import { warning, type Finding } from './finding.ts';
import { affineRAS, orientationCode, voxelVolume } from './geometry.ts';
import type { LabelCount } from './labels.ts';
import { readScan, type ReadScanOptions } from './read-scan.ts';
import type { ScanHeader } from './scan-file.ts';
import type { Triple, Volume } from './volume.ts';

/** What `tessera info` says of a scan; JSON-able. */
export interface ScanInfo {
  readonly path: string;
  readonly header: ScanHeader;
  readonly dims: Triple;
  /** Millimetres. */
  readonly spacing: Triple;
  /** Centre of the first voxel in LPS millimetres. */
  readonly origin: Triple;
  readonly orientation: string;
  /** The upper three rows of the affine from voxels to RAS millimetres, as other tools print it. */
  readonly affineRAS: readonly (readonly number[])[];
  /** mm³. */
  readonly voxelVolume: number;
  /** Physical values, NaN and infinities left out; null when no voxel is finite. */
  readonly intensity: { readonly minimum: number; readonly maximum: number; readonly mean: number } | null;
  readonly nonFinite: number;
  /** Where the values are few and whole numbers from 0, as in a label map: how often each occurs. */
  readonly labels?: readonly LabelCount[];
  readonly findings: readonly Finding[];
}

/** More different values than this, and the file is taken for a scan. */
const MOST_LABELS = 256;

/**
 * Reads a scan (in a worker) and describes it; of a file with several volumes the first, unless `volumeIndex` is given.
 * @throws TesseraError as `readScan`.
 */
export async function scanInfo(path: string, options: ReadScanOptions = {}): Promise<ScanInfo> {
  const { volume, findings, header } = await readScan(path, { volumeIndex: 0, ...options });
  const { geometry } = volume;
  const { nonFinite, intensity, labels } = statistics(volume);
  const several =
    header.volumes > 1 && options.volumeIndex === undefined
      ? [warning('several-volumes', `The file holds ${header.volumes} volumes; this describes the first.`)]
      : [];
  return {
    path,
    header,
    dims: geometry.dims,
    spacing: geometry.spacing,
    origin: geometry.origin,
    orientation: orientationCode(geometry),
    affineRAS: affineRAS(geometry),
    voxelVolume: voxelVolume(geometry),
    intensity,
    nonFinite,
    ...(labels === undefined ? {} : { labels }),
    findings: [...findings, ...several],
  };
}

function statistics(volume: Volume): Pick<ScanInfo, 'intensity' | 'nonFinite' | 'labels'> {
  const { voxels, slope, intercept } = volume;
  const counts = new Map<number, number>();
  let [minimum, maximum, sum, nonFinite] = [Infinity, -Infinity, 0, 0];
  let mayBeLabels = true;
  for (let i = 0; i < voxels.length; i++) {
    const value = (voxels[i] as number) * slope + intercept;
    if (!Number.isFinite(value)) {
      nonFinite++;
      continue;
    }
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    sum += value;
    if (mayBeLabels) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
      mayBeLabels = Number.isInteger(value) && value >= 0 && counts.size <= MOST_LABELS;
    }
  }
  const finite = voxels.length - nonFinite;
  const labels = [...counts].map(([value, n]) => ({ value, voxels: n })).sort((a, b) => a.value - b.value);
  return {
    nonFinite,
    intensity: finite === 0 ? null : { minimum, maximum, mean: sum / finite },
    ...(mayBeLabels && nonFinite === 0 ? { labels } : {}),
  };
}
