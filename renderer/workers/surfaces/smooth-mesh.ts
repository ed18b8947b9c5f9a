import type { Mesh } from './surface-nets.ts';

/** One step shrinks, the next swells a little more: noise goes, volume stays (Taubin 1995, λ | μ). */
const SHRINK = 0.5;
const SWELL = -0.53;

/** Smooths a mesh in place. @param passes pairs of steps */
export function smoothMesh({ points, triangles }: Mesh, passes: number): void {
  const { starts, neighbours } = adjacency(points.length / 3, triangles);
  let from: Float32Array = points;
  let to: Float32Array = new Float32Array(points.length);
  for (let step = 0; step < 2 * passes; step++) {
    moveToNeighbours(from, to, starts, neighbours, step % 2 === 0 ? SHRINK : SWELL);
    [from, to] = [to, from];
  }
  if (from !== points) points.set(from);
}

function moveToNeighbours(from: Float32Array, to: Float32Array, starts: Uint32Array, neighbours: Uint32Array, factor: number): void {
  for (let point = 0; point < starts.length - 1; point++) {
    const [first, end] = [starts[point] as number, starts[point + 1] as number];
    const share = end > first ? 1 / (end - first) : 0;
    let [x, y, z] = [0, 0, 0];
    for (let at = first; at < end; at++) {
      const neighbour = 3 * (neighbours[at] as number);
      x += from[neighbour] as number;
      y += from[neighbour + 1] as number;
      z += from[neighbour + 2] as number;
    }
    const at = 3 * point;
    const pull = share === 0 ? 0 : factor;
    to[at] = (from[at] as number) + pull * (x * share - (from[at] as number));
    to[at + 1] = (from[at + 1] as number) + pull * (y * share - (from[at + 1] as number));
    to[at + 2] = (from[at + 2] as number) + pull * (z * share - (from[at + 2] as number));
  }
}

/** For each point the points it shares an edge with; in a closed mesh the two triangles of an edge name each neighbour twice, which weighs all alike. */
function adjacency(count: number, triangles: Uint32Array): { readonly starts: Uint32Array; readonly neighbours: Uint32Array } {
  const starts = new Uint32Array(count + 1);
  for (const point of triangles) starts[point + 1] = (starts[point + 1] as number) + 2;
  for (let point = 0; point < count; point++) starts[point + 1] = (starts[point + 1] as number) + (starts[point] as number);
  const next = starts.slice(0, count);
  const neighbours = new Uint32Array(triangles.length * 2);
  for (let at = 0; at < triangles.length; at += 3) {
    for (let corner = 0; corner < 3; corner++) {
      const point = triangles[at + corner] as number;
      const place = next[point] as number;
      neighbours[place] = triangles[at + ((corner + 1) % 3)] as number;
      neighbours[place + 1] = triangles[at + ((corner + 2) % 3)] as number;
      next[point] = place + 2;
    }
  }
  return { starts, neighbours };
}
