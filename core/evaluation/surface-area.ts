import type { Triple } from '../imaging/volume.ts';

/**
 * Areas in mm² of the surface that marching cubes puts between eight neighbouring voxels, for each of the 256 ways in which they lie inside
 * or outside of a mask (Nikolov et al., 2021, "surfels"). Bit x + 2y + 4z of a code says whether voxel (x, y, z) of the eight is inside.
 *
 * The surface runs through the middles of the edges between inside and outside. The smaller group is cut off, the inside of two equal ones;
 * voxels of it that share no edge are cut off one by one. Where four of five or six points of a polygon lie in no plane, it is made of the
 * triangles with the largest area; with that rule the areas are those of the table that DeepMind published, for every spacing.
 */
export function surfaceAreas([a, b, c]: Triple): Float64Array {
  // Area of a voxel's face across each axis; an area vector of a unit cell is scaled by them.
  const face: Triple = [b * c, a * c, a * b];
  return Float64Array.from({ length: 256 }, (_, code) => {
    const inside = cornersOf(code);
    const smaller = inside.length <= 4 ? inside : cornersOf(255 - code);
    return connectedGroups(smaller).reduce((sum, group) => sum + areaAround(group, face), 0);
  });
}

function cornersOf(code: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((corner) => (code & (1 << corner)) !== 0);
}

/** The axis along which two corners of the cell are neighbours: 0, 1, 2, or undefined. */
function axisBetween(p: number, q: number): 0 | 1 | 2 | undefined {
  const difference = p ^ q;
  return difference === 1 ? 0 : difference === 2 ? 1 : difference === 4 ? 2 : undefined;
}

function connectedGroups(corners: readonly number[]): number[][] {
  const left = new Set(corners);
  const groups: number[][] = [];
  for (const first of corners) {
    if (!left.delete(first)) continue;
    const group = [first];
    for (const p of group) for (const q of left) if (axisBetween(p, q) !== undefined && left.delete(q)) group.push(q);
    groups.push(group);
  }
  return groups;
}

/** Area of the surface that cuts one to four connected corners off the others. */
function areaAround(group: readonly number[], face: Triple): number {
  const slanted = Math.hypot(...face);
  const across = (p: number, q: number): number => Math.hypot(face[p as 0], face[q as 0]) / 2;
  const degrees = group.map((p) => group.filter((q) => axisBetween(p, q) !== undefined));
  const axes = group.flatMap((p, n) => group.slice(n + 1).map((q) => axisBetween(p, q))).filter((axis) => axis !== undefined);
  const others = (axis: number): number[] => [0, 1, 2].filter((other) => other !== axis);
  const [first = 0] = axes;
  const missing = [0, 1, 2].find((axis) => !axes.includes(axis as 0)) ?? 0;
  switch (group.length) {
    case 1:
      return slanted / 8;
    case 2: {
      const [p = 0, q = 0] = others(first);
      return across(p, q);
    }
    case 3:
      // An L in the plane across `missing`: a triangle in that plane and a slanted trapezoid.
      return (face[missing as 0] + 0.75 * slanted) / 2;
    default: {
      if (axes.length === 4) return face[missing as 0];
      if (degrees.some((neighbours) => neighbours.length === 3)) return 0.75 * slanted;
      // A path that turns twice: slanted in the middle, and beside it two triangles that contain the direction of one end and the middle.
      const middle = middleAxis(group, degrees);
      const [p = 0, q = 0] = others(middle);
      return slanted / 2 + (across(p, middle) + across(middle, q)) / 2;
    }
  }
}

/** The axis of the edge between the two inner corners of a path of four. */
function middleAxis(group: readonly number[], neighbours: readonly (readonly number[])[]): number {
  const [p = 0, q = 0] = group.filter((_, n) => neighbours[n]?.length === 2);
  return axisBetween(p, q) ?? 0;
}
