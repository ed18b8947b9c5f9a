import { pointLPS, type Geometry, type Triple } from '../imaging/volume.ts';

export type Plane = 'axial' | 'coronal' | 'sagittal';

/** How the voxel axes 0, 1, 2 (i, j, k) lie in a picture. */
export interface ViewPlane {
  /** Voxel axis that runs along the picture's width, and whether it runs from right to left. */
  readonly across: PictureAxis;
  /** Voxel axis that runs along the picture's height, and whether it runs from bottom to top. */
  readonly down: PictureAxis;
  /** Voxel axis that counts the slices. */
  readonly through: number;
  /** Patient directions at the four edges, by the nearest axis: R, L, A, P, S or I. */
  readonly marks: Marks;
}

export interface PictureAxis {
  readonly axis: number;
  readonly flipped: boolean;
}

export interface Marks {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

/** Patient axes of the picture's width and height: x to the Left, y to Posterior, z to Superior; the sign is that of rightwards and downwards. */
const conventions: Readonly<Record<Plane, { across: Towards; down: Towards; through: number; marks: Marks }>> = {
  axial: { across: [0, 1], down: [1, 1], through: 2, marks: { left: 'R', right: 'L', top: 'A', bottom: 'P' } },
  coronal: { across: [0, 1], down: [2, -1], through: 1, marks: { left: 'R', right: 'L', top: 'S', bottom: 'I' } },
  sagittal: { across: [1, 1], down: [2, -1], through: 0, marks: { left: 'A', right: 'P', top: 'S', bottom: 'I' } },
};
type Towards = readonly [patientAxis: number, sign: 1 | -1];

/**
 * Lays a grid out in radiological convention: the patient's right on the left of axial and coronal pictures, anterior or superior up,
 * anterior on the left of sagittal ones. An oblique grid is shown along its own axes, each taken as the patient axis that it is nearest to.
 */
export function viewPlane(geometry: Geometry, plane: Plane): ViewPlane {
  const { across, down, through, marks } = conventions[plane];
  const voxelAxis = nearestAxes(geometry);
  const place = ([patientAxis, sign]: Towards): PictureAxis => {
    const axis = voxelAxis[patientAxis] ?? 0;
    return { axis, flipped: (geometry.direction[axis]?.[patientAxis] ?? 1) * sign < 0 };
  };
  return { across: place(across), down: place(down), through: voxelAxis[through] ?? 0, marks };
}

/** For each patient axis x, y, z its own voxel axis: of the six ways to pair them, the one with the largest cosines together. */
function nearestAxes({ direction }: Geometry): Triple {
  const pairings: readonly Triple[] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const fit = (pairing: Triple): number =>
    pairing.reduce((sum, axis, patientAxis) => sum + Math.abs(direction[axis]?.[patientAxis] ?? 0), 0);
  return pairings.reduce((best, pairing) => (fit(pairing) > fit(best) + 1e-9 ? pairing : best));
}

/** Geometry of a bare array without a place in a patient, such as a training crop: i is taken as Left, j as Posterior, k as Superior. */
export function bareGeometry(dims: Triple, spacing: Triple = [1, 1, 1]): Geometry {
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
