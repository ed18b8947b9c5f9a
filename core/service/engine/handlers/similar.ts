import { join } from 'node:path';
import { pointLPS, pointToIndex, type Geometry, type Triple } from '../../../imaging/index.ts';
import { similarity } from '../../../inference/feature-maps.ts';
import { similarResult, type SimilarResult } from '../../api/inspect.ts';
import type { EngineHandler } from '../context.ts';
import { cached, writeRaw, type CacheKind } from './cache.ts';
import { encodeScan } from './encode-scan.ts';
import { geometryDocument } from './geometry-document.ts';

const similarKind: CacheKind<Omit<SimilarResult, 'id'>> = { name: 'similar', document: similarResult.omit({ id: true }), maxBytes: 2e8 };

/** Where else in a scan it looks to the encoder like at a point. */
export const similar: EngineHandler<'similar'> = async ({ point, ...input }, context) => {
  const { key, load } = await encodeScan(input, context);
  const encoded = await load();
  const patch = patchAt(encoded.geometry, point);
  const { id, document } = await cached(context.workspace, similarKind, { similar: 1, of: key, patch }, async (folder) => {
    const cosines = similarity(encoded, patch);
    await writeRaw(join(folder, 'similar.raw'), [cosines]);
    const range: [number, number] = [
      cosines.reduce((a, b) => Math.min(a, b), Infinity),
      cosines.reduce((a, b) => Math.max(a, b), -Infinity),
    ];
    return { geometry: geometryDocument(encoded.geometry), range };
  });
  return { id, ...document };
};

/** The patch at a place, or the nearest one to a place beyond them. */
function patchAt(geometry: Geometry, [x, y, z]: Triple): Triple {
  const index = pointToIndex(geometry, pointLPS(x, y, z));
  const along = (axis: 0 | 1 | 2): number => Math.min(geometry.dims[axis] - 1, Math.max(0, Math.round(index[axis])));
  return [along(0), along(1), along(2)];
}
