import type { Random } from '../base/random.ts';
import { keep, tensorFromOwned, type Tensor } from '../compute/index.ts';
import { createParameters } from './parameters.ts';
import { sinCosPositions } from './positions.ts';
import { fromTorch } from './torch-layout.ts';
import { gridOf, unetrSpecs, type UnetrSettings } from './unetr.ts';

const POSITIONS = 'vit.patch_embedding.position_embeddings';

/**
 * All weights of a UNETR: those given in PyTorch layout, the rest fresh, positions from the fixed table where they are not given.
 * The caller disposes them.
 */
export function createModelParameters(
  settings: UnetrSettings,
  given: ReadonlyMap<string, Float32Array>,
  random: Random,
): Map<string, Tensor> {
  const specs = unetrSpecs(settings);
  const fresh = specs.filter(({ name }) => !given.has(name) && name !== POSITIONS);
  const parameters = createParameters(fresh, random);
  for (const spec of specs) {
    const values = given.get(spec.name) ?? (spec.name === POSITIONS ? sinCosPositions(settings.width, gridOf(settings)) : undefined);
    if (values !== undefined) parameters.set(spec.name, keep(tensorFromOwned(fromTorch(values, spec), spec.shape)));
  }
  return parameters;
}
