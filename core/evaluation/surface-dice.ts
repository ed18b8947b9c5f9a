import { voxelCount, type Triple } from '../imaging/volume.ts';
import type { Box } from './dice.ts';
import { distancesToNearest } from './distance-transform.ts';
import type { LabelVoxels } from './labelmap.ts';
import { surfaceAreas } from './surface-area.ts';

interface Grid {
  readonly dims: Triple;
  readonly spacing: Triple;
}

/**
 * Surface Dice at a tolerance in mm (Nikolov et al., 2018 and 2021): the share of the area of both surfaces that lies within the tolerance
 * of the other surface. Surface elements sit at the corners between voxels, with the area of {@link surfaceAreas}; distances are between
 * elements. Outside of the grid counts as outside of the mask. Along an axis of a single voxel nothing is outside, so that a 2-D image
 * has an outline whose lengths count.
 * @param box must hold every voxel of the label in both maps
 * @returns NaN when the reference is empty; 0 when only the prediction is empty
 */
export function surfaceDice(
  reference: LabelVoxels,
  prediction: LabelVoxels,
  label: number,
  grid: Grid,
  box: Box,
  tolerance: number,
): number {
  const first = surfaceElements(reference, label, grid.dims, box);
  const second = surfaceElements(prediction, label, grid.dims, box);
  const areas = surfaceAreas(grid.spacing);
  const [there, back] = [overlap(first, second, areas, grid.spacing, tolerance), overlap(second, first, areas, grid.spacing, tolerance)];
  if (there.area === 0) return NaN;
  if (back.area === 0) return 0;
  return (there.near + back.near) / (there.area + back.area);
}

/** For each corner between voxels of a box which of its eight voxels are inside (bit x + 2y + 4z): at 0 and 255 there is no surface. */
interface Elements {
  readonly codes: Uint8Array;
  readonly dims: Triple;
}

function surfaceElements(voxels: LabelVoxels, label: number, dims: Triple, { first, last }: Box): Elements {
  const flat = dims.map((n) => n === 1);
  const corners = (axis: 0 | 1 | 2): number => last[axis] - first[axis] + (flat[axis] === true ? 1 : 2);
  const size: Triple = [corners(0), corners(1), corners(2)];
  // Corner n lies between voxels n − 1 and n: each voxel is voxel 1 of the corner of its own number and voxel 0 of the next.
  const bitsAt = new Map<number, number>();
  for (let bit = 0; bit < 8; bit++) {
    const [x = 0, y = 0, z = 0] = [0, 1, 2].map((axis) => (flat[axis] === true ? 0 : 1 - ((bit >> axis) & 1)));
    const step = x + size[0] * (y + size[1] * z);
    bitsAt.set(step, (bitsAt.get(step) ?? 0) | (1 << bit));
  }
  const [steps, bits] = [Int32Array.from(bitsAt.keys()), Uint8Array.from(bitsAt.values())];

  const codes = new Uint8Array(voxelCount(size));
  for (let k = first[2]; k <= last[2]; k++)
    for (let j = first[1]; j <= last[1]; j++) {
      const row = dims[0] * (j + dims[1] * k);
      const toRow = size[0] * (j - first[1] + size[1] * (k - first[2])) - first[0];
      for (let i = first[0]; i <= last[0]; i++) {
        if (voxels[row + i] !== label) continue;
        for (let s = 0; s < steps.length; s++) {
          const at = toRow + i + (steps[s] as number);
          codes[at] = (codes[at] as number) | (bits[s] as number);
        }
      }
    }
  return { codes, dims: size };
}

/** Area of one surface, and that of its elements that lie near the other. */
function overlap(of: Elements, other: Elements, areas: Float64Array, spacing: Triple, tolerance: number): { area: number; near: number } {
  const distances = distancesToNearest(surfaceMask(other), surfaceMask(of), of.dims, spacing);
  // A distance that equals the tolerance counts, also after rounding to float32.
  const limit = tolerance * (1 + 1e-6);
  let [area, near, found] = [0, 0, 0];
  for (const code of of.codes) {
    if (code === 0 || code === 255) continue;
    const element = areas[code] as number;
    area += element;
    if ((distances[found++] as number) <= limit) near += element;
  }
  return { area, near };
}

function surfaceMask({ codes }: Elements): Uint8Array {
  const mask = new Uint8Array(codes.length);
  for (let v = 0; v < codes.length; v++) mask[v] = codes[v] === 0 || codes[v] === 255 ? 0 : 1;
  return mask;
}
