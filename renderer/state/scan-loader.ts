import type { Geometry } from '../../core/imaging/volume.ts';
import type { Host } from '../api/host.ts';
import type { GeometryDocument, ScanDetails } from '../api/types.ts';
import { voxelsOf } from '../api/voxels.ts';
import { VolumeImage } from '../scene/index.ts';

/** No browser holds more in one array. */
const MOST_BYTES = 2_000_000_000;

/** The same grid, with points and indices told apart by the types. */
export function geometryOf(document: GeometryDocument): Geometry {
  return document as unknown as Geometry;
}

export function emptyVolume(details: ScanDetails): VolumeImage {
  return new VolumeImage({
    geometry: geometryOf(details.geometry),
    slope: details.slope,
    intercept: details.intercept,
    range: details.range,
  });
}

export interface LoadSteps {
  /** The coarse level is there: something can be shown. */
  readonly coarse: () => void;
  /** 0 to 1, of the finest level that is read. */
  readonly progress: (fraction: number) => void;
}

/**
 * Fills a volume: the coarsest level first, then the finest that a browser can hold (for all but giant scans the full grid).
 * @returns whether that was the full grid
 */
export async function fillVolume(
  host: Pick<Host, 'voxels'>,
  details: ScanDetails,
  volume: VolumeImage,
  signal: AbortSignal,
  steps: LoadSteps,
): Promise<boolean> {
  const levels = [...details.levels].sort((a, b) => a.level - b.level);
  const finest = levels.find(({ bytes }) => bytes <= MOST_BYTES);
  const coarsest = levels[levels.length - 1];
  if (finest === undefined || coarsest === undefined) throw new RangeError('This scan has no level that fits into memory.');
  if (coarsest !== finest) {
    const bytes = await host.voxels(details.id, coarsest.level, coarsest.bytes, { signal });
    volume.setLevel(coarsest.dims, coarsest.spacing, voxelsOf(details.storedType, bytes));
    steps.coarse();
  }
  const progress = (received: number): void => steps.progress(received / finest.bytes);
  const voxels = voxelsOf(details.storedType, await host.voxels(details.id, finest.level, finest.bytes, { signal, progress }));
  if (finest.level === 0) volume.setVoxels(voxels);
  else volume.setLevel(finest.dims, finest.spacing, voxels);
  return finest.level === 0;
}
