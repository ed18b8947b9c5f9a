import type { Geometry, Triple } from '../../../imaging/index.ts';
import type { GeometryDocument } from '../../api/common.ts';

/** Three numbers as the API's documents have them. */
export const tripleDocument = ([a, b, c]: Triple): [number, number, number] => [a, b, c];

export function geometryDocument({ dims, spacing, origin, direction: [i, j, k] }: Geometry): GeometryDocument {
  return {
    dims: tripleDocument(dims),
    spacing: tripleDocument(spacing),
    origin: tripleDocument(origin),
    direction: [tripleDocument(i), tripleDocument(j), tripleDocument(k)],
  };
}
