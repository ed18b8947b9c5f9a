import type { Mesh } from './surface-nets.ts';

/** Unit normals of the points: of the triangles around each, weighed by their area. */
export function pointNormals({ points, triangles }: Mesh): Float32Array {
  const normals = new Float32Array(points.length);
  for (let at = 0; at < triangles.length; at += 3) {
    const [a, b, c] = [3 * (triangles[at] as number), 3 * (triangles[at + 1] as number), 3 * (triangles[at + 2] as number)];
    const ux = (points[b] as number) - (points[a] as number);
    const uy = (points[b + 1] as number) - (points[a + 1] as number);
    const uz = (points[b + 2] as number) - (points[a + 2] as number);
    const vx = (points[c] as number) - (points[a] as number);
    const vy = (points[c + 1] as number) - (points[a + 1] as number);
    const vz = (points[c + 2] as number) - (points[a + 2] as number);
    for (const point of [a, b, c]) {
      normals[point] = (normals[point] as number) + uy * vz - uz * vy;
      normals[point + 1] = (normals[point + 1] as number) + uz * vx - ux * vz;
      normals[point + 2] = (normals[point + 2] as number) + ux * vy - uy * vx;
    }
  }
  for (let at = 0; at < normals.length; at += 3) {
    const size = Math.hypot(normals[at] as number, normals[at + 1] as number, normals[at + 2] as number);
    if (size > 0) for (let axis = 0; axis < 3; axis++) normals[at + axis] = (normals[at + axis] as number) / size;
  }
  return normals;
}

/** The volume inside a closed mesh (divergence theorem); negative when it points inward. */
export function meshVolume({ points, triangles }: Mesh): number {
  let sum = 0;
  for (let at = 0; at < triangles.length; at += 3) {
    const [a, b, c] = [3 * (triangles[at] as number), 3 * (triangles[at + 1] as number), 3 * (triangles[at + 2] as number)];
    const [ax, ay, az] = [points[a] as number, points[a + 1] as number, points[a + 2] as number];
    const [bx, by, bz] = [points[b] as number, points[b + 1] as number, points[b + 2] as number];
    const [cx, cy, cz] = [points[c] as number, points[c + 1] as number, points[c + 2] as number];
    sum += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  }
  return sum / 6;
}
