import fc from 'fast-check';
import { sct, type SegmentDescription } from '../../../../core/imaging/segmentations/codes.ts';
import { applyAxisMap, type AxisMap } from '../../../../core/imaging/orientation.ts';
import { pointLPS, voxelCount, type Geometry, type Triple, type Volume } from '../../../../core/imaging/volume.ts';

const anatomy = sct('123037004', 'Anatomical Structure');

export const threeSegments: readonly SegmentDescription[] = [
  { value: 1, name: 'liver', category: anatomy, type: sct('10200004', 'Liver'), modifiers: [], colour: [150, 80, 40] },
  { value: 2, name: 'left kidney', category: anatomy, type: sct('64033007', 'Kidney'), modifiers: [sct('7771000', 'Left')] },
  { value: 7, name: 'spleen', category: anatomy, type: sct('78961009', 'Spleen'), modifiers: [] },
];

/** Grids of CT and MR series: turned about three axes, pixels not square, slices further apart. */
export const geometries: fc.Arbitrary<Geometry> = fc
  .record({
    dims: fc.tuple(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 2, max: 9 }), fc.integer({ min: 2, max: 6 })),
    spacing: fc.tuple(fc.integer({ min: 40, max: 200 }), fc.integer({ min: 40, max: 200 }), fc.integer({ min: 50, max: 700 })),
    angles: fc.tuple(fc.integer({ min: -180, max: 180 }), fc.integer({ min: -90, max: 90 }), fc.integer({ min: -180, max: 180 })),
    origin: fc.tuple(fc.integer({ min: -300, max: 300 }), fc.integer({ min: -300, max: 300 }), fc.integer({ min: -900, max: 900 })),
  })
  .map(({ dims, spacing, angles, origin }) => ({
    dims,
    spacing: [spacing[0] / 100, spacing[1] / 100, spacing[2] / 100],
    origin: pointLPS(origin[0] + 0.25, origin[1], origin[2]),
    direction: turned(angles.map((degrees) => (degrees * Math.PI) / 180) as unknown as Triple),
  }));

/** All ways of reversing and exchanging axes. */
export const axisMaps: fc.Arbitrary<AxisMap> = fc.record({
  from: fc.constantFrom<Triple[]>([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]),
  flip: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
});

export function turned([a, b, c]: Triple): Geometry['direction'] {
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)];
  return [
    [ca * cb, sa * cb, -sb],
    [ca * sb * sc - sa * cc, sa * sb * sc + ca * cc, cb * sc],
    [ca * sb * cc + sa * sc, sa * sb * cc - ca * sc, cb * cc],
  ];
}

/** Labels 0, 1, 2, 7 strewn by a seed, with at least one labelled voxel. */
export function strewn(geometry: Geometry, seed: number): Volume {
  const values = [0, 0, 0, 1, 2, 7];
  let state = seed;
  const voxels = Uint8Array.from({ length: voxelCount(geometry.dims) }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return values[(state >>> 16) % values.length] ?? 0;
  });
  voxels[0] = 2;
  return { geometry, voxels, slope: 1, intercept: 0 };
}

/** The same labels with axes reversed and exchanged. */
export const seenOtherwise = (labels: Volume, map: AxisMap): Volume => applyAxisMap(labels, map);
