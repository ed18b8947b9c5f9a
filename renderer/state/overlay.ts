import type { Host } from '../api/host.ts';
import type { FeaturesRequest, SimilarRequest } from '../api/types.ts';
import type { Geometry } from '../../core/imaging/volume.ts';
import { VolumeImage, type SecondVolume } from '../scene/index.ts';
import { geometryOf } from './scan-loader.ts';

// What a network sees or is unsure of, as second volumes for the slice views.

/** First three principal components of the patch features as red, green and blue. */
export async function featureOverlay(host: Host, request: FeaturesRequest, signal: AbortSignal): Promise<SecondVolume> {
  const { id, geometry } = await host.features(request, { signal });
  const patches = geometry.dims[0] * geometry.dims[1] * geometry.dims[2];
  const colours = new Uint8Array(await host.featureColours(id, patches, { signal }));
  const volume = new VolumeImage({ geometry: geometryOf(geometry), slope: 1, intercept: 0, range: [0, 255], components: 3 });
  volume.setVoxels(colours);
  return { volume, mode: 'blend', window: { centre: 127.5, width: 255 }, colours: 'grey', opacity: 0.6 };
}

/** How alike each patch is to the one at a point: the upper half of the range glows. */
export async function similarityOverlay(host: Host, request: SimilarRequest, signal: AbortSignal): Promise<SecondVolume> {
  const { id, geometry, range } = await host.similar(request, { signal });
  const patches = geometry.dims[0] * geometry.dims[1] * geometry.dims[2];
  const cosines = new Float32Array(await host.similarity(id, patches, { signal }));
  const volume = new VolumeImage({ geometry: geometryOf(geometry), slope: 1, intercept: 0, range });
  volume.setVoxels(cosines);
  const low = (range[0] + range[1]) / 2;
  const window = { centre: (low + range[1]) / 2, width: Math.max(range[1] - low, 1e-6) };
  return { volume, mode: 'blend', window, colours: 'hot', opacity: 0.75, fadeLow: true };
}

/** Where the model that drew a layer was unsure: its entropy, glowing from the middle of the range upwards. */
export async function entropyOverlay(
  host: Host,
  scan: string,
  layer: string,
  geometry: Geometry,
  signal: AbortSignal,
): Promise<SecondVolume> {
  const voxels = geometry.dims[0] * geometry.dims[1] * geometry.dims[2];
  const entropy = new Uint8Array(await host.entropy(scan, layer, voxels, { signal }));
  const volume = new VolumeImage({ geometry, slope: 1 / 255, intercept: 0, range: [0, 255] });
  volume.setVoxels(entropy);
  return { volume, mode: 'blend', window: { centre: 0.5, width: 1 }, colours: 'hot', opacity: 0.8, fadeLow: true };
}
