import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../../core/imaging/volume.ts';
import { deltaBetween, GrowFromSeeds, type Grid, type PaintRules, type ScanValues } from '../../core/labelling/index.ts';
import { countOf, drawing, drawn, made } from './support/small-maps.ts';
import { applied, describeTool } from './support/tool-properties.ts';

const rules: Omit<PaintRules, 'value'> = { over: 'everything', locked: new Set() };
const unit = [1, 1, 1] as const;
const scanOf = (voxels: ArrayLike<number>): ScanValues => ({ voxels: Int16Array.from(voxels), slope: 1, intercept: 0 });

describe('seeds', () => {
  // A bright block in a dark scan with a little noise.
  const dims: Triple = [16, 14, 9];
  const grid: Grid = { dims, spacing: [0.8, 0.8, 2] };
  const block = made(dims, (i, j, k) => (i > 3 && i < 11 && j > 2 && j < 10 && k > 1 && k < 7 ? 1 : 0));
  const scan = scanOf(Array.from(block, (value, v) => 100 * value + ((v * 31) % 13)));
  const at = (i: number, j: number, k: number): number => i + dims[0] * (j + dims[1] * k);
  const seeds = new Uint8Array(block.length);
  seeds[at(6, 6, 4)] = 1;
  for (const corner of [at(0, 0, 0), at(15, 13, 8)]) seeds[corner] = 9;

  it('fill what looks like them, up to the border', () => {
    const growth = new GrowFromSeeds(scan, grid, undefined, { background: 9 });
    expect(applied(new Uint8Array(block.length), growth.seeds(seeds))).toEqual(block);
    expect(growth.preview).toEqual(block);
    const expected = seeds.map((value, v) => (value === 9 ? 0 : (block[v] ?? 0)));
    expect(applied(seeds, growth.accept(seeds, rules))).toEqual(expected);
  });

  it('give the same in a large box, which is grown in cells first and voxel by voxel around borders', () => {
    const far: Triple = [64, 48, 20];
    const organ = made(far, (i, j, k) => (Math.hypot((i - 30) / 18, (j - 22) / 13, (k - 9) / 6) <= 1 ? 1 : 0));
    const noisy = scanOf(Array.from(organ, (value, v) => 100 * value + ((v * 31) % 7)));
    const strokes = organ.map((value, v) =>
      value === 1 && v % 64 > 26 && v % 64 < 34 && (v >> 6) % 48 === 22 ? 1 : v % 64 === 2 || v % 64 === 61 ? 9 : 0,
    );
    const growth = new GrowFromSeeds(noisy, { dims: far, spacing: [0.8, 0.8, 2] }, undefined, { background: 9, mostCells: 4000 });
    growth.seeds(strokes);
    const wrong = [...growth.preview].filter((value, v) => value !== organ[v] && (strokes[v] ?? 0) === 0).length;
    expect(wrong).toBeLessThan(countOf(organ, 1) / 200);
  });

  it('stay in the box that was given', () => {
    const box = { start: [2, 0, 0], size: [5, 14, 9] } as const;
    const inside = seeds.slice();
    inside[at(2, 0, 0)] = 9;
    const growth = new GrowFromSeeds(scan, grid, box, { background: 9 });
    growth.seeds(inside);
    expect(growth.preview).toEqual(block.map((value, v) => (v % 16 < 7 ? value : 0)));
  });

  it('beyond the box of the first ones begin anew, and the preview follows', () => {
    const long: Grid = { dims: [60, 3, 3], spacing: unit };
    const flat = scanOf(new Uint8Array(540));
    const first = new Uint8Array(540);
    [first[1], first[5]] = [1, 2];
    const growth = new GrowFromSeeds(flat, long);
    const preview = applied(new Uint8Array(540), growth.seeds(first));
    const more = first.slice();
    more[50] = 3;
    expect(applied(preview, growth.update(deltaBetween(first, more)))).toEqual(growth.preview);
    expect(countOf(growth.preview, 3)).toBeGreaterThan(200);
  });

  it('of locked segments are walls, and what is painted follows the rules', () => {
    const { labels, dims: size } = drawn('1..2...3');
    const row: Grid = { dims: size, spacing: unit };
    const growth = new GrowFromSeeds(scanOf(new Uint8Array(8)), row, { start: [0, 0, 0], size }, { walls: new Set([2]) });
    const grown = applied(new Uint8Array(8), growth.seeds(labels));
    expect(drawing(grown, size)).toEqual(['111.3333']);
    expect(drawing(applied(labels, growth.accept(labels, { ...rules, locked: new Set([2]) })), size)).toEqual(['11123333']);
    const other = drawn('1.42.4.3').labels;
    expect(drawing(applied(other, growth.accept(other, { ...rules, over: 'background', locked: new Set([2]) })), size)).toEqual([
      '11423433',
    ]);
    expect(() => growth.accept(labels, { ...rules, locked: new Set([0]) })).toThrow('allLocked');
  });

  it('of one kind, or none, say what is missing', () => {
    const growth = new GrowFromSeeds(scan, grid);
    expect(() => growth.preview).toThrow('noSeeds');
    expect(() => growth.seeds(new Uint8Array(block.length))).toThrow('fewSeeds');
    expect(() => growth.seeds(seeds.map((value) => (value === 9 ? 0 : value)))).toThrow('fewSeeds');
    expect(() => growth.seeds(new Uint8Array(3))).toThrow('has 3 voxels');
    expect(() => new GrowFromSeeds(scanOf([1, 2]), grid)).toThrow('scan has 2 voxels');
  });
});

describe('properties', () => {
  const small = fc.integer({ min: 1, max: 5 });
  const spacing = fc.constantFrom<Triple>([1, 1, 1], [0.7, 0.7, 2], [3, 1, 1]);
  const scene = fc.tuple(small, small, small, spacing).chain(([nx, ny, nz, mm]) => {
    const length = nx * ny * nz + 1;
    const map = fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 3), { minLength: length, maxLength: length });
    const values = fc.array(fc.nat(40), { minLength: length, maxLength: length });
    return fc.record({
      dims: fc.constant<Triple>([nx, ny, nz + 1]),
      mm: fc.constant(mm),
      values,
      maps: fc.array(map, { minLength: 2, maxLength: 4 }),
    });
  });
  const fitted = (map: readonly number[], dims: Triple): Uint8Array => {
    const seeds = Uint8Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, v) => map[v % map.length] ?? 0);
    [seeds[0], seeds[seeds.length - 1]] = [1, 2];
    return seeds;
  };

  it('changing seeds gives what the new seeds give from the beginning, also with a wall and in cells', () => {
    fc.assert(
      fc.property(scene, fc.boolean(), fc.constantFrom(1000, 12, 3), ({ dims, mm, values, maps }, walled, mostCells) => {
        const grid: Grid = { dims, spacing: mm };
        const scan = scanOf(fittedValues(values, dims));
        const box = { start: [0, 0, 0], size: dims } as const;
        const settings = { mostCells, ...(walled ? { walls: new Set([3]) } : { background: 3 }) };
        const [first = [], ...later] = maps;
        let seeds = fitted(first, dims);
        const growth = new GrowFromSeeds(scan, grid, box, settings);
        let shown = applied(new Uint8Array(seeds.length), growth.seeds(seeds));
        for (const map of later) {
          const next = fitted(map, dims);
          shown = applied(shown, growth.update(deltaBetween(seeds, next)));
          seeds = next;
          const anew = new GrowFromSeeds(scan, grid, box, settings);
          anew.seeds(seeds);
          expect(growth.preview).toEqual(anew.preview);
          expect(shown).toEqual(anew.preview);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('every voxel belongs to the seed with the cheapest way, as found by trying all ways', () => {
    fc.assert(
      fc.property(scene, ({ dims, mm, values, maps }) => {
        const seeds = fitted(maps[0] ?? [], dims);
        const voxels = fittedValues(values, dims);
        const growth = new GrowFromSeeds(scanOf(voxels), { dims, spacing: mm }, { start: [0, 0, 0], size: dims });
        growth.seeds(seeds);
        expect(growth.preview).toEqual(cheapest(voxels, seeds, dims, mm));
      }),
      { numRuns: 200 },
    );
  });

  describeTool('grow from seeds', (labels, grid, given) => {
    const values = { voxels: Uint8Array.from(labels, (label) => 20 + 10 * label), slope: 1, intercept: 0 };
    const growth = new GrowFromSeeds(values, grid, undefined, { walls: given.locked });
    growth.seeds(labels);
    return growth.accept(labels, given);
  });
});

function fittedValues(values: readonly number[], dims: Triple): number[] {
  return Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, v) => values[(v * 7) % values.length] ?? 0);
}

/** Bellman and Ford: ways get cheaper until none does. The levels are those of few values, whose percentiles are their extremes. */
function cheapest(values: readonly number[], seeds: Uint8Array, [nx, ny, nz]: Triple, mm: Triple): Uint8Array {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const bin = 65535 / (high - low);
  const top = low + (Math.floor((high - low) * bin) + 1) / bin;
  const level = values.map((value) => (high === low ? 0 : Math.floor((value - low) * (255 / (top - low)))));
  const cost = Array.from(seeds, (seed) => (seed === 0 ? Infinity : 0));
  const labels = seeds.slice();
  const steps = ([1, nx, nx * ny] as const).map((step, axis) => ({ step, axis, least: Math.round((mm[axis] ?? 1) / Math.min(...mm)) }));
  for (let changed = true; changed;) {
    changed = false;
    for (let v = 0; v < seeds.length; v++) {
      const place = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))];
      for (const { step, axis, least } of steps) {
        if ((place[axis] ?? 0) + 1 >= ([nx, ny, nz][axis] ?? 0)) continue;
        for (const [from, to] of [[v, v + step] as const, [v + step, v] as const]) {
          const change = Math.abs((level[from] ?? 0) - (level[to] ?? 0));
          const reached = (cost[from] ?? 0) + least + Math.round(change ** 1.5);
          const better = reached < (cost[to] ?? 0) || (reached === cost[to] && (labels[from] ?? 0) < (labels[to] ?? 0));
          if (!Number.isFinite(reached) || !better) continue;
          [cost[to], labels[to]] = [reached, labels[from] ?? 0];
          changed = true;
        }
      }
    }
  }
  return labels;
}
