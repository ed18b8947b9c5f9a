import { join } from 'node:path';
import { featureColours } from '../../../inference/feature-maps.ts';
import { featuresResult, type FeaturesResult } from '../../api/inspect.ts';
import type { EngineHandler } from '../context.ts';
import { cached, writeRaw, type CacheKind } from './cache.ts';
import { encodeScan } from './encode-scan.ts';
import { geometryDocument, tripleDocument } from './geometry-document.ts';

const featuresKind: CacheKind<Omit<FeaturesResult, 'id'>> = {
  name: 'features',
  document: featuresResult.omit({ id: true }),
  maxBytes: 2e8,
};

/** What the encoder says of each patch of a scan, as colours. */
export const features: EngineHandler<'features'> = async (input, context) => {
  const { key, load } = await encodeScan(input, context);
  const { id, document } = await cached(context.workspace, featuresKind, { colours: 1, of: key }, async (folder) => {
    const encoded = await load();
    const { rgb, explained } = featureColours(encoded);
    await writeRaw(join(folder, 'features.raw'), [rgb]);
    return { geometry: geometryDocument(encoded.geometry), explained: tripleDocument(explained) };
  });
  return { id, ...document };
};
