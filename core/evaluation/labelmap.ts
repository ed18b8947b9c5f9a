import { TesseraError } from '../base/errors.ts';
import { voxelCount, type Triple } from '../imaging/volume.ts';

/** The voxels of a label map: one whole number a voxel, 0 is background, i fastest. */
export type LabelVoxels = Uint8Array | Uint16Array;

/** A structure to score: its number in the label map and its name. */
export interface Segment {
  readonly label: number;
  readonly name: string;
}

/**
 * Checks that a label map fills a grid.
 * @throws TesseraError `grid-mismatch` naming the map.
 */
export function requireGrid(voxels: LabelVoxels, dims: Triple, subject: string): void {
  if (voxels.length === voxelCount(dims)) return;
  throw new TesseraError(
    'grid-mismatch',
    `has ${voxels.length} voxels, but the reference grid has ${dims.join(' × ')} = ${voxelCount(dims)}.`,
    {
      subject,
      advice: 'Resample the prediction onto the grid of the reference (nearest neighbour) before it is scored.',
    },
  );
}
