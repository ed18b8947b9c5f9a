import { pointLPS, resample, resizedGeometry, type Geometry, type Triple } from '../imaging/index.ts';

/**
 * A table of positions brought to another grid: trilinear, half-voxel centres (align_corners false), as PyTorch's interpolate (method 7.2).
 * @param values (from0·from1·from2, width), rows in row-major order
 * @returns (to0·to1·to2, width)
 */
export function resizePositions(values: Float32Array, from: Triple, to: Triple, width: number): Float32Array {
  // Row-major means that the last axis is the fastest, which is the first axis of a volume.
  const grid: Geometry = {
    dims: [from[2], from[1], from[0]],
    spacing: [1, 1, 1],
    origin: pointLPS(0, 0, 0),
    direction: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
  const target = resizedGeometry(grid, [to[2], to[1], to[0]]);
  const rows = to[0] * to[1] * to[2];
  const out = new Float32Array(rows * width);
  const column = new Float32Array(from[0] * from[1] * from[2]);
  for (let d = 0; d < width; d++) {
    for (let row = 0; row < column.length; row++) column[row] = values[row * width + d] as number;
    const { voxels } = resample({ geometry: grid, voxels: column, slope: 1, intercept: 0 }, target, 'linear', 'replicate');
    for (let row = 0; row < rows; row++) out[row * width + d] = voxels[row] as number;
  }
  return out;
}
