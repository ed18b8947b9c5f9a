import { distancesToNearest } from '../../core/evaluation/distance-transform.ts';
import { connectedComponents, type Geometry, type Triple } from '../../core/imaging/index.ts';
import { linear, voxelOf } from '../../core/inference/prompts/marks.ts';

export interface Click {
  /** Linear index of a voxel. */
  readonly voxel: number;
  readonly positive: boolean;
}

/**
 * Where a person would click next: in the largest piece (over faces) of what is wrong, where it is thickest. With nothing drawn yet this is the
 * innermost voxel of the structure. Of several such voxels the first.
 * @returns undefined where nothing is wrong
 */
export function nextClick(truth: Uint8Array, drawn: Uint8Array, { dims, spacing }: Geometry): Click | undefined {
  const low = [...dims];
  const high = [-1, -1, -1];
  for (let v = 0; v < truth.length; v++) {
    if (truth[v] === drawn[v]) continue;
    voxelOf(v, dims).forEach((n, axis) => {
      low[axis] = Math.min(low[axis] ?? n, n);
      high[axis] = Math.max(high[axis] ?? n, n);
    });
  }
  if ((high[0] ?? -1) < 0) return undefined;
  // One voxel more on each side: what is wrong ends there.
  const along = (axis: 0 | 1 | 2): number => (high[axis] ?? 0) - (low[axis] ?? 0) + 3;
  const box: Triple = [along(0), along(1), along(2)];
  const voxelIn = (at: number): number => {
    const [i, j, k] = voxelOf(at, box);
    return linear([i + (low[0] ?? 0) - 1, j + (low[1] ?? 0) - 1, k + (low[2] ?? 0) - 1], dims);
  };
  const wrong = new Uint8Array(box[0] * box[1] * box[2]);
  for (let v = 0; v < truth.length; v++) {
    if (truth[v] === drawn[v]) continue;
    const [i, j, k] = voxelOf(v, dims);
    wrong[linear([i - (low[0] ?? 0) + 1, j - (low[1] ?? 0) + 1, k - (low[2] ?? 0) + 1], box)] = truth[v] === 1 ? 1 : 2;
  }
  const pieces = connectedComponents(wrong, box, 6);
  const largest = pieces.voxels.reduce((best, n, piece) => (n > (pieces.voxels[best] ?? 0) ? piece : best), 0);
  const piece = new Uint8Array(wrong.length);
  pieces.eachRun((which, begin, end) => {
    if (which === largest) piece.fill(1, begin, end);
  });
  const depths = distancesToNearest(
    piece.map((inside) => 1 - inside),
    piece,
    box,
    spacing,
  );
  let [place, depth, n] = [0, -1, 0];
  for (let v = 0; v < piece.length; v++) {
    if (piece[v] === 0) continue;
    const here = depths[n++] ?? 0;
    if (here > depth * (1 + 1e-6)) [place, depth] = [v, here];
  }
  const voxel = voxelIn(place);
  return { voxel, positive: truth[voxel] === 1 };
}

/** Dice of two masks. */
export function diceOf(a: Uint8Array, b: Uint8Array): number {
  let [both, sum] = [0, 0];
  for (let v = 0; v < a.length; v++) {
    const [x, y] = [a[v] as number, b[v] as number];
    both += x & y;
    sum += x + y;
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}
