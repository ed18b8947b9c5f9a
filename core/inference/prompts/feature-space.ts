import type { Geometry } from '../../imaging/index.ts';
import { principalComponents, project } from '../principal-components.ts';
import type { ScanFeatures } from '../scan-features.ts';

/** What an encoder says of each place of a scan, in few numbers whose distances mean as much in one scan as in another. */
export interface FeatureSpace {
  readonly geometry: Geometry;
  readonly width: number;
  /** (n0, n1, n2, width), row-major. Two places of the scan lie 1 apart in the mean of squares. */
  readonly codes: Float32Array;
}

const COMPONENTS = 24;
/** Patches that the components are taken from at most. */
const MOST_ROWS = 8000;
/** Power of a component's deviation that it is divided by: 0 as it is, 1 all alike. */
const WHITENING = 0.5;

/** Principal components of the features of a scan, the strong ones held back a little. */
export function featureSpace(
  { features, width, geometry }: ScanFeatures,
  options = { components: COMPONENTS, whitening: WHITENING },
): FeatureSpace {
  const rows = features.length / width;
  const step = Math.max(1, Math.ceil(rows / MOST_ROWS));
  const chosen = new Float32Array(Math.ceil(rows / step) * width);
  for (let r = 0, to = 0; r < rows; r += step, to += width) chosen.set(features.subarray(r * width, (r + 1) * width), to);
  const found = principalComponents(chosen, width, options.components);
  const codes = project(features, found);
  const count = found.components.length;
  const deviation = Array.from({ length: count }, (_, c) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += (codes[r * count + c] as number) ** 2;
    return Math.sqrt(sum / rows);
  });
  const factor = deviation.map((d) => (d > 1e-9 ? d ** -options.whitening : 0));
  for (let r = 0; r < rows; r++) {
    let squares = 0;
    for (let c = 0, at = r * count; c < count; c++, at++) {
      codes[at] = (codes[at] as number) * (factor[c] as number);
      squares += (codes[at] as number) ** 2;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(2 * squares) : 0;
    for (let c = 0, at = r * count; c < count; c++, at++) codes[at] = (codes[at] as number) * scale;
  }
  return { geometry, width: count, codes };
}
