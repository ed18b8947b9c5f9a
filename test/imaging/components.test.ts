import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanUp, connectedComponents, connectivities, voxelVolume, type Connectivity, type Triple } from '../../core/imaging/index.ts';
import { straight } from './support/volumes.ts';

/** Component of each voxel by flood fill, numbered from 0 in the order of first voxels; −1 where the label is 0. */
function floodFill(labels: Uint8Array, [nx, ny, nz]: Triple, connectivity: Connectivity): Int32Array {
  const most = { 6: 1, 18: 2, 26: 3 }[connectivity];
  const steps = [-1, 0, 1].flatMap((x) => [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((z) => [x, y, z] as const)));
  const neighbours = steps.filter((s) => s.filter((c) => c !== 0).length <= most);
  const component = new Int32Array(labels.length).fill(-1);
  let count = 0;
  labels.forEach((label, start) => {
    if (label === 0 || component[start] !== -1) return;
    const open = [start];
    component[start] = count;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
      for (const [x, y, z] of neighbours) {
        const [p, q, r] = [i + x, j + y, k + z];
        if (p < 0 || q < 0 || r < 0 || p >= nx || q >= ny || r >= nz) continue;
        const next = p + nx * (q + ny * r);
        if (labels[next] !== label || component[next] !== -1) continue;
        component[next] = count;
        open.push(next);
      }
    }
    count++;
  });
  return component;
}

function componentMap(labels: Uint8Array, dims: Triple, connectivity: Connectivity): Int32Array {
  const map = new Int32Array(labels.length).fill(-1);
  connectedComponents(labels, dims, connectivity).eachRun((component, begin, end) => map.fill(component, begin, end));
  return map;
}

const side = fc.integer({ min: 1, max: 7 });
const labelMap = fc
  .tuple(side, side, side, fc.integer({ min: 1, max: 3 }))
  .chain(([x, y, z, labels]) =>
    fc.tuple(fc.constant<Triple>([x, y, z]), fc.uint8Array({ minLength: x * y * z, maxLength: x * y * z, max: labels })),
  );

describe('connected components', () => {
  it.each(connectivities)('are those of a flood fill, %i neighbours', (connectivity) => {
    fc.assert(
      fc.property(labelMap, ([dims, labels]) => {
        const expected = floodFill(labels, dims, connectivity);
        expect(componentMap(labels, dims, connectivity)).toEqual(expected);
        const { label, voxels } = connectedComponents(labels, dims, connectivity);
        label.forEach((value, c) => {
          const members = [...expected.keys()].filter((v) => expected[v] === c);
          expect(members).toHaveLength(voxels[c] ?? NaN);
          expect(members.every((v) => labels[v] === value)).toBe(true);
        });
        expect(label).toHaveLength(Math.max(-1, ...expected) + 1);
      }),
      { numRuns: 300 },
    );
  });

  it('tell shared faces, edges and corners apart', () => {
    const two = (x: number, y: number, z: number): Uint8Array => {
      const labels = new Uint8Array(27);
      labels[13] = 1;
      labels[13 + x + 3 * y + 9 * z] = 1;
      return labels;
    };
    const counts = ([x, y, z]: Triple): number[] => connectivities.map((c) => connectedComponents(two(x, y, z), [3, 3, 3], c).label.length);
    expect(counts([1, 0, 0])).toEqual([1, 1, 1]);
    expect(counts([0, -1, 1])).toEqual([2, 1, 1]);
    expect(counts([-1, 1, 0])).toEqual([2, 1, 1]);
    expect(counts([1, 1, -1])).toEqual([2, 2, 1]);
    expect(counts([-1, 1, 1])).toEqual([2, 2, 1]);
  });

  it('do not run over the end of a line into the next', () => {
    const labels = Uint8Array.of(0, 0, 1, 1, 0, 0);
    expect(connectedComponents(labels, [3, 2, 1], 26).label).toHaveLength(2);
    expect(connectedComponents(labels, [6, 1, 1], 6).label).toHaveLength(1);
  });

  it('take labels above 255, and a map without any', () => {
    expect([...connectedComponents(Uint16Array.of(300, 300, 0, 7), [4, 1, 1], 6).label]).toEqual([300, 7]);
    expect(connectedComponents(new Uint8Array(8), [2, 2, 2], 6).voxels).toHaveLength(0);
  });
});

describe('clean-up of a label map', () => {
  const geometry = straight([8, 1, 1], [10, 10, 10]);
  it.each([
    [{ keepLargest: 'all' as const }, [1, 1, 0, 0, 2, 2, 0, 0]],
    [{ keepLargest: [2] }, [1, 1, 0, 1, 2, 2, 0, 0]],
    [{ removeSmallerThanMl: 2 }, [1, 1, 0, 0, 2, 2, 0, 0]],
    [{ removeSmallerThanMl: 2.1 }, [0, 0, 0, 0, 0, 0, 0, 0]],
    [{ removeSmallerThanMl: 1 }, [1, 1, 0, 1, 2, 2, 0, 2]],
    [{}, [1, 1, 0, 1, 2, 2, 0, 2]],
  ])('%o', (options, expected) => {
    // 1 ml a voxel.
    const labels = Uint8Array.of(1, 1, 0, 1, 2, 2, 0, 2);
    cleanUp(labels, geometry, options);
    expect([...labels]).toEqual(expected);
  });

  it('says what it removed', () => {
    const removed = cleanUp(Uint8Array.of(1, 1, 0, 1, 2, 2, 2, 2), geometry, { keepLargest: 'all' });
    expect(removed).toEqual([{ label: 1, components: 1, ml: 1 }]);
  });

  it('leaves one component of each label, and removes no voxel of it', () => {
    fc.assert(
      fc.property(labelMap, fc.constantFrom(...connectivities), ([dims, labels], connectivity) => {
        const before = connectedComponents(labels, dims, connectivity);
        const cleaned = labels.slice();
        const own = straight(dims, [1, 2, 5]);
        const removed = cleanUp(cleaned, own, { keepLargest: 'all', connectivity });
        const after = connectedComponents(cleaned, dims, connectivity);
        expect([...after.label].sort()).toEqual([...new Set(before.label)].sort());
        after.label.forEach((value, c) => {
          const sizes = [...before.voxels].filter((_, b) => before.label[b] === value);
          expect(after.voxels[c]).toBe(Math.max(...sizes));
        });
        const gone = labels.filter((label, v) => label !== cleaned[v]).length;
        expect(removed.reduce((sum, { ml }) => sum + ml, 0)).toBeCloseTo((gone * voxelVolume(own)) / 1000, 9);
      }),
      { numRuns: 200 },
    );
  });
});
