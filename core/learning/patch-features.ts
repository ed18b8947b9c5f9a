import { dispose, integers, scope, slice, tensorFromOwned, untracked, values } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import type { MethodSettings } from '../model/method-settings.ts';
import type { Parameters } from '../model/parameters.ts';
import { positionReference, PositionTables } from '../model/position-tables.ts';
import { encode } from '../model/vit.ts';

/**
 * What the encoder says of each patch of one view when all are visible: Z^p of method 2.2, without the class token.
 * @param patches (N, C·P³) in row-major order of the grid
 * @returns (N, d)
 */
export async function patchFeatures(patches: Float32Array, grid: Triple, student: Parameters, s: MethodSettings): Promise<Float32Array> {
  const n = grid[0] * grid[1] * grid[2];
  const tables = new PositionTables(positionReference(s));
  const features = scope(() =>
    untracked(() => {
      const places = integers(
        Int32Array.from({ length: n }, (_, i) => i),
        [1, n],
      );
      const given = tensorFromOwned(patches, [1, n, patches.length / n]);
      return slice(encode(given, places, tables.of(grid, s.encoder.width), student, s.encoder), 1, 1, n);
    }),
  );
  try {
    return await values(features);
  } finally {
    dispose(features);
    tables.dispose();
  }
}
