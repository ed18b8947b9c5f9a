import { MeshoptSimplifier } from 'meshoptimizer/simplifier';
import type { Mesh } from './surface-nets.ts';

/** How far a thinned surface may leave the full one, as a share of its size: beyond it the budget is exceeded rather than the shape lost. */
const LARGEST_ERROR = 0.02;

/** A mesh of about this share of the triangles, by edge collapse (meshoptimizer); points that are left over are gone. */
export async function thinMesh({ points, triangles }: Mesh, share: number): Promise<Mesh> {
  await MeshoptSimplifier.ready;
  const wanted = Math.max(12, Math.floor((triangles.length * share) / 3) * 3);
  const [kept] = MeshoptSimplifier.simplify(triangles, points, 3, wanted, LARGEST_ERROR);
  const [places, count] = MeshoptSimplifier.compactMesh(kept);
  const compact = new Float32Array(count * 3);
  places.forEach((to, from) => {
    if (to !== 0xffffffff) compact.set(points.subarray(3 * from, 3 * from + 3), 3 * to);
  });
  return { points: compact, triangles: kept };
}
