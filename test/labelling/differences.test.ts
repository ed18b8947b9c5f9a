import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptProposed, differences, stillDiffers, type Proposed } from '../../core/labelling/index.ts';
import { drawn } from './support/small-maps.ts';
import { applied } from './support/tool-properties.ts';
import { scenes } from './support/laws.ts';

describe('differences between a layer and a proposal', () => {
  const mine = drawn('11..3 11..3 ....2', '1.... ..... .....');
  const theirs = drawn('.77.. 877.. .....', '..... ..... 77...');
  const grid = { dims: mine.dims, spacing: [1, 1, 2] as const };
  const proposed: Proposed = { labels: theirs.labels, values: new Map([[7, 1], [8, 2]]) }; // prettier-ignore

  it('are islands of one kind, the largest first, each with a place on it', () => {
    const { islands, count, voxels } = differences(mine.labels, grid, proposed);
    expect([count, voxels]).toEqual([5, 8]);
    expect(islands.map(({ kind, mine: here, theirs: there, voxels: n, centre }) => [kind, here, there, n, centre])).toEqual([
      // The segment 3, which the proposal does not know, is none of them.
      ['mine', 1, 0, 2, [0, 0, 0]],
      ['theirs', 0, 1, 2, [2, 0, 0]],
      ['theirs', 0, 1, 2, [1, 2, 1]],
      ['both', 1, 2, 1, [0, 1, 0]],
      ['mine', 2, 0, 1, [4, 2, 0]],
    ]);
    expect(islands[0]?.runs).toEqual(Uint32Array.of(0, 1, 15, 1));
    expect(differences(mine.labels, grid, proposed, { most: 2 })).toMatchObject({ islands: { length: 2 }, count: 5, voxels: 8 });
  });

  it('of a ring have their place on the ring', () => {
    const ring = drawn('..... ..... ..... ..... .....');
    const around = drawn('11111 1...1 1...1 1...1 11111');
    const all = { labels: around.labels, values: new Map([[1, 1]]) };
    const [island] = differences(ring.labels, { dims: ring.dims, spacing: [1, 1, 1] }, all).islands;
    expect(around.labels[(island?.centre[0] ?? 0) + 5 * (island?.centre[1] ?? 0)]).toBe(1);
  });

  it('know how unsure the model was', () => {
    const entropy = new Uint8Array(mine.labels.length);
    entropy.set([255, 0], 25);
    const found = differences(mine.labels, grid, proposed, { entropy }).islands;
    expect(found.map((island) => island.entropy)).toEqual([0, 0, 0.5, 0, 0]);
  });

  it('are none between layers that say the same', () => {
    const same = { labels: theirs.labels, values: new Map([[7, 7], [8, 8]]) }; // prettier-ignore
    expect(differences(theirs.labels, grid, same)).toEqual({ islands: [], count: 0, voxels: 0 });
  });

  it('hold every voxel that accepting everything would change, once; what was accepted differs no longer', () => {
    const cases = scenes.chain((scene) =>
      fc.record({
        scene: fc.constant(scene),
        other: fc.uint8Array({ min: 0, max: 4, minLength: scene.labels.length, maxLength: scene.labels.length }),
        values: fc.subarray([1, 2, 3, 4], { minLength: 1 }).map((values) => new Map(values.map((value) => [value, value]))),
      }),
    );
    fc.assert(
      fc.property(cases, ({ scene, other, values }) => {
        const all = { labels: other, values };
        const { islands, voxels } = differences(scene.labels, scene.grid, all);
        const wholly = { over: 'everything', locked: new Set<number>(), replace: true } as const;
        let labels = scene.labels;
        let changed = 0;
        for (const { runs, kind, mine: here, theirs: there, centre } of islands) {
          const at = centre[0] + scene.grid.dims[0] * (centre[1] + scene.grid.dims[1] * centre[2]);
          expect([labels[at], values.get(other[at] as number) ?? 0]).toEqual([here, there]);
          expect(kind).toBe(there === 0 ? 'mine' : here === 0 ? 'theirs' : 'both');
          expect(stillDiffers(labels, all, runs)).toBe(true);
          labels = applied(labels, acceptProposed(labels, scene.grid, all, wholly, runs));
          expect(stillDiffers(labels, all, runs)).toBe(false);
        }
        for (const [v, before] of scene.labels.entries()) if (labels[v] !== before) changed++;
        expect(changed).toBe(voxels);
        expect(differences(labels, scene.grid, all).count).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
