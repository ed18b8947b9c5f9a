import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meshVolume, pointNormals } from '../../renderer/workers/surfaces/mesh-measures.ts';
import { OrganSurfaces, type OrganSurface, type PlacedLabels } from '../../renderer/workers/surfaces/organ-surfaces.ts';
import { smoothMesh } from '../../renderer/workers/surfaces/smooth-mesh.ts';
import { surfaceNets, type Mesh } from '../../renderer/workers/surfaces/surface-nets.ts';
import { thinBox, thinGrid, thinVoxels } from '../../renderer/workers/surfaces/thin-labels.ts';

/** A ball of this radius in the middle of n × n × n voxels. */
function ball(n: number, radius: number, value = 1): Uint8Array {
  const voxels = new Uint8Array(n ** 3);
  const middle = (n - 1) / 2;
  for (let k = 0, at = 0; k < n; k++)
    for (let j = 0; j < n; j++)
      for (let i = 0; i < n; i++, at++) if (Math.hypot(i - middle, j - middle, k - middle) <= radius) voxels[at] = value;
  return voxels;
}

/** How often each directed edge occurs. */
function edges({ triangles }: Mesh): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (let at = 0; at < triangles.length; at += 3)
    for (let corner = 0; corner < 3; corner++) {
      const edge = `${triangles[at + corner]} ${triangles[at + ((corner + 1) % 3)]}`;
      found.set(edge, (found.get(edge) ?? 0) + 1);
    }
  return found;
}

/** Each edge belongs to two triangles that run along it in opposite directions. */
function expectClosed(mesh: Mesh): void {
  const found = edges(mesh);
  expect(found.size).toBe(mesh.triangles.length);
  for (const edge of found.keys()) expect(found.get(edge.split(' ').reverse().join(' '))).toBe(1);
}

const STRAIGHT = {
  origin: [0, 0, 0],
  steps: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
} as const;

async function surfacesOf(
  labels: Partial<PlacedLabels> & Pick<PlacedLabels, 'voxels' | 'dims'>,
  values: readonly number[] = [1],
  budget = 1e9,
): Promise<OrganSurface[]> {
  return allOf(new OrganSurfaces({ ...STRAIGHT, ...labels }), values, budget);
}

async function allOf(organs: OrganSurfaces, values: readonly number[], budget = 1e9): Promise<OrganSurface[]> {
  const surfaces: OrganSurface[] = [];
  for await (const surface of organs.surfaces(values, budget)) surfaces.push(surface);
  return surfaces;
}

describe('surface nets', () => {
  it('close a ball, point outward, and hold its volume', () => {
    const mesh = surfaceNets(ball(41, 16), [41, 41, 41]);
    expectClosed(mesh);
    const exact = (4 / 3) * Math.PI * 16 ** 3;
    // The net runs half-way between voxel centres: a little inside the voxels' own boundary at the corners.
    expect(meshVolume(mesh) / exact).toBeGreaterThan(0.97);
    expect(meshVolume(mesh) / exact).toBeLessThan(1.01);
  });

  it('hold one voxel as an octahedron-like body of positive volume', () => {
    const mesh = surfaceNets(ball(3, 0.5), [3, 3, 3]);
    expectClosed(mesh);
    expect(mesh.triangles.length / 3).toBe(12);
    expect(meshVolume(mesh)).toBeGreaterThan(0);
  });

  it('close any mask: every edge is run along as often one way as the other', () => {
    const masks = fc.uint8Array({ minLength: 64, maxLength: 64, max: 1 });
    fc.assert(
      fc.property(masks, (inner) => {
        const mask = new Uint8Array(216);
        inner.forEach((value, at) => (mask[(at % 4) + 1 + 6 * (((at >> 2) % 4) + 1 + 6 * ((at >> 4) + 1))] = value));
        const mesh = surfaceNets(mask, [6, 6, 6]);
        const found = edges(mesh);
        for (const [edge, times] of found) expect(found.get(edge.split(' ').reverse().join(' '))).toBe(times);
        expect(meshVolume(mesh) > 0).toBe(inner.some((value) => value === 1));
      }),
    );
  });
});

describe('organ surfaces', () => {
  it('keep the volume of a ball when they are smoothed, and become rounder', () => {
    const mesh = surfaceNets(ball(41, 16), [41, 41, 41]);
    const before = { volume: meshVolume(mesh), roundness: spread(mesh) };
    smoothMesh(mesh, 10);
    expectClosed(mesh);
    expect(meshVolume(mesh) / before.volume).toBeGreaterThan(0.98);
    expect(meshVolume(mesh) / before.volume).toBeLessThan(1.02);
    expect(spread(mesh)).toBeLessThan(before.roundness * 0.7);
  });

  it('lie where the grid lies, and point outward on left-handed grids too', async () => {
    for (const sign of [1, -1]) {
      const [surface] = await surfacesOf({
        voxels: ball(21, 8),
        dims: [21, 21, 21],
        origin: [100, -50, 7],
        steps: [
          [0, 2 * sign, 0],
          [1.5, 0, 0],
          [0, 0, -3],
        ],
      });
      if (surface === undefined) throw new Error('no surface');
      expectClosed(surface);
      const exact = (4 / 3) * Math.PI * 8 ** 3 * 9;
      expect(meshVolume(surface) / exact).toBeGreaterThan(0.93);
      expect(meshVolume(surface) / exact).toBeLessThan(1.02);
      expect(middle(surface)).toEqual([expect.closeTo(115, 3), expect.closeTo(-50 + 20 * sign, 3), expect.closeTo(-23, 3)]);
      // Normals of a ball point away from its middle.
      const outward = surface.points.reduce(
        (sum, value, at) => sum + (value - (middle(surface)[at % 3] ?? NaN)) * (surface.normals[at] ?? NaN),
        0,
      );
      expect(outward).toBeGreaterThan(0);
    }
  });

  it('close at the edge of the scan, leave absent segments out, and keep the order asked for', async () => {
    const voxels = new Uint8Array(8 * 8 * 8).fill(2, 0, 64 * 3);
    voxels.fill(5, 64 * 5);
    const surfaces = await surfacesOf({ voxels, dims: [8, 8, 8] }, [5, 4, 2]);
    expect(surfaces.map(({ value }) => value)).toEqual([5, 2]);
    for (const surface of surfaces) expectClosed(surface);
  });

  it('are thinned to the budget and stay closed and true', async () => {
    const dims = [61, 61, 61] as const;
    const [full] = await surfacesOf({ voxels: ball(61, 25), dims });
    const [thin] = await surfacesOf({ voxels: ball(61, 25), dims }, [1], 2000);
    if (full === undefined || thin === undefined) throw new Error('no surface');
    expect(full.triangles.length / 3).toBeGreaterThan(10_000);
    expect(thin.triangles.length / 3).toBeLessThanOrEqual(2000);
    expect(thin.points.length / 3).toBeLessThan(1100);
    expectClosed(thin);
    expect(meshVolume(thin) / meshVolume(full)).toBeGreaterThan(0.97);
    expect(meshVolume(thin) / meshVolume(full)).toBeLessThan(1.03);
  });

  it('follow what is written in the label map, also a segment that grows, one that goes and one that comes', async () => {
    const dims = [12, 10, 9] as const;
    const written = fc.record({
      start: fc.tuple(fc.nat(8), fc.nat(6), fc.nat(5)),
      size: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
      value: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(written, { minLength: 1, maxLength: 6 }), async (boxes) => {
        const organs = new OrganSurfaces({ ...STRAIGHT, voxels: new Uint8Array(12 * 10 * 9), dims });
        const whole = new Uint8Array(12 * 10 * 9);
        for (const { start, size, value } of boxes) {
          for (let k = 0; k < size[2]; k++)
            for (let j = 0; j < size[1]; j++) {
              const row = start[0] + 12 * (start[1] + j + 10 * (start[2] + k));
              whole.fill(value, row, row + size[0]);
            }
          organs.write({ start, size }, new Uint8Array(size[0] * size[1] * size[2]).fill(value));
        }
        const [live, anew] = [await allOf(organs, [1, 2, 3]), await surfacesOf({ voxels: whole, dims }, [1, 2, 3])];
        expect(live.map(({ value }) => value)).toEqual(anew.map(({ value }) => value));
        live.forEach((surface, n) => {
          expect(surface.triangles).toEqual(anew[n]?.triangles);
          expect([...surface.points]).toEqual([...(anew[n]?.points ?? [])].map((at) => expect.closeTo(at, 3) as number));
        });
      }),
    );
  });

  it('have unit normals', () => {
    const normals = pointNormals(surfaceNets(ball(11, 4), [11, 11, 11]));
    for (let at = 0; at < normals.length; at += 3)
      expect(Math.hypot(normals[at] ?? 0, normals[at + 1] ?? 0, normals[at + 2] ?? 0)).toBeCloseTo(1, 5);
  });
});

describe('thin label maps', () => {
  const voxels = Uint8Array.from({ length: 6 * 4 * 2 }, (_, at) => at);
  const at = (i: number, j: number, k: number): number => i + 6 * (j + 4 * k);

  it('take the middle voxel of each block, on as many axes as are fine', () => {
    const grid = thinGrid([6, 4, 2], [1, 1.5, 5], 3);
    expect(grid).toEqual({ factors: [3, 2, 1], dims: [2, 2, 2] });
    const thin = thinVoxels(voxels, [6, 4, 2], grid, { start: [0, 0, 0], size: grid.dims });
    expect([...thin]).toEqual([at(1, 1, 0), at(4, 1, 0), at(1, 3, 0), at(4, 3, 0), at(1, 1, 1), at(4, 1, 1), at(1, 3, 1), at(4, 3, 1)]);
  });

  it('name the voxels that what is written in a box may change, and give just those', () => {
    const grid = thinGrid([6, 4, 2], [1, 1.5, 5], 3);
    const box = thinBox({ start: [2, 1, 1], size: [1, 2, 1] }, grid);
    expect(box).toEqual({ start: [0, 0, 1], size: [1, 2, 1] });
    expect([...thinVoxels(voxels, [6, 4, 2], grid, box)]).toEqual([at(1, 1, 1), at(1, 3, 1)]);
  });

  it('end with the middle of a block that is cut off', () => {
    const grid = thinGrid([4, 1, 1], [1, 3, 3], 3);
    expect(grid.dims).toEqual([2, 1, 1]);
    expect([...thinVoxels(Uint8Array.of(7, 8, 9, 10), [4, 1, 1], grid, { start: [0, 0, 0], size: grid.dims })]).toEqual([8, 10]);
  });
});

function middle({ points }: Mesh): readonly number[] {
  return [0, 1, 2].map((axis) => {
    let sum = 0;
    for (let at = axis; at < points.length; at += 3) sum += points[at] ?? NaN;
    return (3 * sum) / points.length;
  });
}

/** Standard deviation of the points' distances from their middle. */
function spread(mesh: Mesh): number {
  const centre = middle(mesh);
  const radii = Array.from({ length: mesh.points.length / 3 }, (_, point) =>
    Math.hypot(...[0, 1, 2].map((axis) => (mesh.points[3 * point + axis] ?? NaN) - (centre[axis] ?? NaN))),
  );
  const mean = radii.reduce((a, b) => a + b, 0) / radii.length;
  return Math.sqrt(radii.reduce((sum, radius) => sum + (radius - mean) ** 2, 0) / radii.length);
}
