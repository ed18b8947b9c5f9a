import { describe, expect, it } from 'vitest';
import { indexToPoint, pointLPS, type Geometry, type Triple } from '../../renderer/scene/index.ts';
import { uncertainPlaces } from '../../renderer/state/uncertain-places.ts';

const geometry: Geometry = {
  dims: [64, 48, 24],
  spacing: [1, 2, 4],
  origin: pointLPS(-30, 12, 5),
  direction: [
    [0, 1, 0],
    [-1, 0, 0],
    [0, 0, 1],
  ],
};

/** Boxes of 8 x 4 x 2 voxels, which is one region, of some entropy. */
function entropy(boxes: readonly { readonly from: Triple; readonly value: number }[]): Uint8Array {
  const [nx, ny, nz] = geometry.dims;
  const voxels = new Uint8Array(nx * ny * nz);
  for (const { from, value } of boxes)
    for (let k = from[2]; k < from[2] + 2; k++)
      for (let j = from[1]; j < from[1] + 4; j++) for (let i = from[0]; i < from[0] + 8; i++) voxels[i + nx * (j + ny * k)] = value;
  return voxels;
}
const at = ([i, j, k]: Triple): number => i + 64 * (j + 48 * k);

describe('places where a model was unsure', () => {
  const never = new AbortController().signal;

  it('come with the most uncertain first, at their most uncertain voxel, and none beside another', async () => {
    const voxels = entropy([
      { from: [8, 8, 4], value: 100 },
      { from: [40, 20, 10], value: 200 },
      // Beside the largest: the same place.
      { from: [48, 20, 10], value: 180 },
      { from: [24, 40, 20], value: 51 },
      // Too sure to look at.
      { from: [56, 0, 0], value: 10 },
    ]);
    voxels[at([43, 22, 11])] = 255;
    voxels[at([9, 11, 5])] = 101;
    const places = (await uncertainPlaces(geometry, voxels, never)) ?? [];
    expect(places.map(({ mean }) => Math.round(mean * 1000) / 1000)).toEqual([0.788, 0.392, 0.2]);
    expect(places.slice(0, 2).map(({ point }) => point)).toEqual([
      indexToPoint(geometry, [43, 22, 11]),
      indexToPoint(geometry, [9, 11, 5]),
    ]);
  });

  it('are none where the model was sure, and none when nobody waits for them any more', async () => {
    expect(await uncertainPlaces(geometry, entropy([]), never)).toEqual([]);
    const gone = new AbortController();
    gone.abort();
    expect(await uncertainPlaces(geometry, entropy([{ from: [8, 8, 4], value: 100 }]), gone.signal)).toBeUndefined();
  });

  it('never keep the page waiting: other work gets its turn', async () => {
    const large: Geometry = { ...geometry, dims: [400, 400, 200] };
    let turns = 0;
    const other = setInterval(() => turns++);
    await uncertainPlaces(large, new Uint8Array(32_000_000).fill(9), never);
    clearInterval(other);
    expect(turns).toBeGreaterThan(0);
  });
});
