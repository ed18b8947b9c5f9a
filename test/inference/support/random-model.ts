import { seededRandom } from '../../../core/base/random.ts';
import { preparationSettings } from '../../../core/imaging/index.ts';
import { createParameters } from '../../../core/model/parameters.ts';
import type { Region } from '../../../core/model/regions.ts';
import { modelDocument, type SavedModel } from '../../../core/model/saved-model.ts';
import { unetrSettings, unetrSpecs } from '../../../core/model/unetr.ts';

/** A tiny network with random weights: its labels mean nothing, but depend on every voxel it sees. */
export function randomModel(
  network: Readonly<Record<string, unknown>> = {},
  preparation: Readonly<Record<string, unknown>> = {},
  values: readonly number[] = [0, 3, 7],
  regions?: readonly Region[],
): SavedModel {
  const settings = unetrSettings.parse({
    width: 12,
    depth: 3,
    heads: 2,
    features: 2,
    size: [16, 16, 16],
    patch: [8, 8, 8],
    classes: regions?.length ?? values.length,
    ...network,
  });
  const document = modelDocument.parse({
    schema: 'tessera-model/1',
    network: 'unetr',
    settings,
    preparation: preparationSettings.parse({ foreground: false, ...preparation }),
    labels: values.map((value) => ({ value, name: `structure ${value}` })),
    ...(regions === undefined ? {} : { regions }),
  });
  return { document, parameters: createParameters(unetrSpecs(settings), seededRandom(1)) };
}
