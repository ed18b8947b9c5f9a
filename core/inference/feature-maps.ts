import { percentiles, toFirstFastest, type Triple } from '../imaging/index.ts';
import { meanOf, principalComponents, project } from './principal-components.ts';
import type { ScanFeatures } from './scan-features.ts';

export interface FeatureColours {
  /** Red, green and blue of each patch, i fastest: its place along the first three principal components. */
  readonly rgb: Uint8Array;
  /** Share of the variance that each component explains. */
  readonly explained: readonly [number, number, number];
}

/** Percentiles of a component that become 0 and 255: a few odd patches must not take the colours from the others. */
const DARKEST = 2;
const BRIGHTEST = 98;

/** The patches of a scan in the colours of their principal components, each scaled by itself. */
export function featureColours({ features, width, geometry }: ScanFeatures): FeatureColours {
  const components = principalComponents(features, width, 3);
  const scores = project(features, components);
  const patches = features.length / width;
  const shown = components.components.length;
  const rgb = new Uint8Array(3 * patches);
  for (let c = 0; c < shown; c++) {
    const along = Float32Array.from({ length: patches }, (_, p) => scores[shown * p + c] as number);
    const [low = 0, high = 0] = percentiles(along, [DARKEST, BRIGHTEST]);
    const scale = high > low ? 255 / (high - low) : 0;
    const bytes = Uint8Array.from(along, (score) => Math.round(Math.min(255, Math.max(0, (score - low) * scale))));
    toFirstFastest(bytes, geometry.dims, new Uint8Array(patches)).forEach((byte, p) => (rgb[3 * p + c] = byte));
  }
  const [first = 0, second = 0, third = 0] = components.explained;
  return { rgb, explained: [first, second, third] };
}

/**
 * How alike each patch is to one of them: the cosine of their features less the mean over the scan, which all patches share and which would
 * make all of them alike.
 * @param patch its place on the grid of patches
 * @returns one a patch, i fastest
 */
export function similarity({ features, width, geometry }: ScanFeatures, [a, b, c]: Triple): Float32Array {
  const { dims } = geometry;
  const mean = meanOf(features, width);
  const centred = (patch: number): Float64Array => mean.map((m, f) => (features[patch * width + f] as number) - m);
  const wanted = centred((a * dims[1] + b) * dims[2] + c);
  const length = Math.hypot(...wanted);
  const cosines = Float32Array.from({ length: features.length / width }, (_, p) => {
    const one = centred(p);
    const [dot, own] = one.reduce<[number, number]>(([d, n], x, f) => [d + x * (wanted[f] as number), n + x * x], [0, 0]);
    return length > 0 && own > 0 ? dot / (length * Math.sqrt(own)) : 0;
  });
  return toFirstFastest(cosines, dims, new Float32Array(cosines.length));
}
