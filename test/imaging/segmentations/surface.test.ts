import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enclosedVolume, surfaceOf, type Surface } from '../../../core/imaging/segmentations/surface.ts';
import { writeObj, writeStl } from '../../../core/imaging/segmentations/write-surface.ts';
import { applyAxisMap } from '../../../core/imaging/orientation.ts';
import { indexToPoint, voxelVolume } from '../../../core/imaging/geometry.ts';
import { indexIJK, pointLPS, type Geometry, type Triple } from '../../../core/imaging/volume.ts';
import { axisMaps, turned } from './support/made-labels.ts';
import { temporaryFolder } from './support/made-series.ts';

const geometry: Geometry = {
  dims: [40, 40, 24],
  spacing: [1, 1, 2],
  origin: pointLPS(-30, 12.5, -700),
  direction: turned([0.4, 0.2, -0.7]),
};
const CENTRE: Triple = [20, 19, 12];
const RADIUS = 14;

/** A ball of 14 mm about voxel (20, 19, 12). */
const ball = Uint8Array.from({ length: 40 * 40 * 24 }, (_, at) => {
  const [i, j, k] = [at % 40, Math.floor(at / 40) % 40, Math.floor(at / 1600)];
  return Math.hypot(i - CENTRE[0], j - CENTRE[1], 2 * (k - CENTRE[2])) <= RADIUS ? 3 : 0;
});

/** Edges that two triangles do not walk in opposite directions. */
function openEdges({ triangles }: Surface): number {
  const edges = new Map<string, number>();
  for (let t = 0; t < triangles.length; t += 3)
    for (let e = 0; e < 3; e++) {
      const [a, b] = [triangles[t + e] ?? -1, triangles[t + ((e + 1) % 3)] ?? -1];
      const [name, way] = a < b ? [`${a} ${b}`, 1] : [`${b} ${a}`, -1];
      edges.set(name, (edges.get(name) ?? 0) + way);
    }
  return [...edges.values()].filter((n) => n !== 0).length;
}

describe('the surface of a ball of 14 mm on an oblique grid of 1 × 1 × 2 mm', () => {
  const surface = surfaceOf(ball, geometry, 3);

  it('is closed, faces outwards, and encloses the volume of the voxels to 3 %', () => {
    expect(openEdges(surface)).toBe(0);
    const voxels = ball.filter((value) => value === 3).length * voxelVolume(geometry);
    expect(enclosedVolume(surface) / voxels).toBeGreaterThan(0.97);
    expect(enclosedVolume(surface) / voxels).toBeLessThan(1.0);
  });

  it('lies in the patient: every vertex within a voxel of the sphere about the centre in LPS millimetres', () => {
    const centre = indexToPoint(geometry, indexIJK(...CENTRE));
    for (let i = 0; i < surface.vertices.length; i += 3) {
      const distance = Math.hypot(...[0, 1, 2].map((c) => (surface.vertices[i + c] ?? NaN) - (centre[c] ?? NaN)));
      expect(Math.abs(distance - RADIUS)).toBeLessThan(1.5);
    }
  });

  it('smoothed is closed too, and no vertex has moved by more than a voxel', () => {
    const smooth = surfaceOf(ball, geometry, 3, 10);
    expect(smooth.triangles).toEqual(surface.triangles);
    for (let i = 0; i < smooth.vertices.length; i += 3) {
      const moved = Math.hypot(...[0, 1, 2].map((c) => (smooth.vertices[i + c] ?? NaN) - (surface.vertices[i + c] ?? NaN)));
      expect(moved).toBeLessThan(Math.hypot(1, 1, 2));
    }
    expect(enclosedVolume(smooth) / enclosedVolume(surface)).toBeGreaterThan(0.95);
  });

  it('is the same whichever way the axes of the voxels point', () => {
    fc.assert(
      fc.property(axisMaps, (map) => {
        const labels = applyAxisMap({ geometry, voxels: ball, slope: 1, intercept: 0 }, map);
        const other = surfaceOf(labels.voxels, labels.geometry, 3);
        expect(openEdges(other)).toBe(0);
        expect(enclosedVolume(other)).toBeCloseTo(enclosedVolume(surface), 0);
      }),
      { numRuns: 6, seed: 2 },
    );
  });
});

describe('surfaces of any voxels', () => {
  it('are closed, at the border of the scan and where voxels touch at edges and corners too', () => {
    const cube: Geometry = { ...geometry, dims: [4, 3, 4] };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 48, maxLength: 48 }), (values) => {
        const surface = surfaceOf(values, cube, 1);
        expect(openEdges(surface)).toBe(0);
        expect(surface.triangles.length > 0).toBe(values.includes(1));
      }),
      { numRuns: 100, seed: 8 },
    );
  });
});

describe('surface files', () => {
  const one: Geometry = { dims: [1, 1, 1], spacing: [2, 2, 2], origin: pointLPS(10, -20, 30), direction: geometry.direction };
  const surface = surfaceOf([1], one, 1);

  it('STL: as many triangles as it says, corners and outward normals in millimetres', async () => {
    const path = join(temporaryFolder(), 'a.stl');
    await writeStl(path, surface, 'Ärztin');
    const bytes = readFileSync(path);
    expect(bytes.toString('latin1', 0, 80)).toContain('SPACE=LPS');
    expect(bytes.readUInt32LE(80)).toBe(12);
    expect(bytes.length).toBe(84 + 12 * 50);
    for (let t = 0; t < 12; t++) {
      const floats = Array.from({ length: 12 }, (_, i) => bytes.readFloatLE(84 + 50 * t + 4 * i));
      const toCorner = [0, 1, 2].map((c) => (floats[3 + c] ?? NaN) - ([10, -20, 30][c] ?? NaN));
      expect(toCorner.reduce((sum, v, c) => sum + v * (floats[c] ?? NaN), 0)).toBeGreaterThan(0);
    }
  });

  it('OBJ: an object for each segment, whose faces name its own vertices', async () => {
    const path = join(temporaryFolder(), 'a.obj');
    await writeObj(path, [
      { name: 'left kidney', surface },
      { name: 'liver', surface },
    ]);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.filter((line) => line.startsWith('o '))).toEqual(['o left_kidney', 'o liver']);
    const faces = lines.filter((line) => line.startsWith('f ')).map((line) => line.split(' ').slice(1).map(Number));
    expect(lines.filter((line) => line.startsWith('v '))).toHaveLength(16);
    expect(Math.max(...faces.slice(0, 12).flat())).toBe(8);
    expect([Math.min(...faces.slice(12).flat()), Math.max(...faces.slice(12).flat())]).toEqual([9, 16]);
  });
});
