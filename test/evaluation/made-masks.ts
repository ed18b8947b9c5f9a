import { pointLPS, voxelCount, type Geometry, type Triple } from '../../core/imaging/volume.ts';

export interface Shape {
  readonly ellipsoids?: readonly { readonly centre: readonly number[]; readonly radii: readonly number[] }[];
  readonly boxes?: readonly { readonly first: readonly number[]; readonly last: readonly number[] }[];
  /** (a·i² + b·j² + c·k·i) mod n = 0. */
  readonly rule?: readonly number[];
}

/** Fills a label map where `inside` holds, i fastest. */
export function fill(dims: Triple, inside: (i: number, j: number, k: number) => boolean, label = 1): Uint8Array {
  const voxels = new Uint8Array(voxelCount(dims));
  for (let k = 0, v = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++) for (let i = 0; i < dims[0]; i++, v++) if (inside(i, j, k)) voxels[v] = label;
  return voxels;
}

/** The masks of fixtures/make_reference.py. */
export function fillShape(dims: Triple, { ellipsoids = [], boxes = [], rule }: Shape): Uint8Array {
  return fill(dims, (...at) => {
    const inEllipsoid = ellipsoids.some(
      ({ centre, radii }) => at.reduce((sum, x, a) => sum + ((x - (centre[a] ?? 0)) / (radii[a] ?? 1)) ** 2, 0) <= 1,
    );
    const [i, j, k] = at;
    const [a = 0, b = 0, c = 0, n = 1] = rule ?? [];
    if (rule !== undefined && (a * i * i + b * j * j + c * k * i) % n === 0) return true;
    return inEllipsoid || boxes.some(({ first, last }) => at.every((x, a) => x >= (first[a] ?? 0) && x <= (last[a] ?? 0)));
  });
}

export function plainGeometry(dims: Triple, spacing: Triple = [1, 1, 1]): Geometry {
  return {
    dims,
    spacing,
    origin: pointLPS(0, 0, 0),
    direction: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
}
