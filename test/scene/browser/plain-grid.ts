import type { Triple } from '../../../core/imaging/volume.ts';

/** A geometry as JSON. */
export interface PlainGeometry {
  readonly dims: Triple;
  readonly spacing: Triple;
  readonly origin: Triple;
  readonly direction: readonly [Triple, Triple, Triple];
}

/** A grid along the patient's axes (LPS) from the origin on. */
export const plainGrid = (dims: Triple, spacing: Triple = [1, 1, 1]): PlainGeometry => ({
  dims,
  spacing,
  origin: [0, 0, 0],
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
});
