import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Triple } from '../../core/imaging/volume.ts';
import {
  applyDelta,
  fillPolygon,
  scissors,
  type Axis,
  type Cut,
  type Grid,
  type LabelArray,
  type LabelDelta,
  type PaintRules,
} from '../../core/labelling/index.ts';
import { itKeepsTheLaws } from './support/laws.ts';
import { drawn, flippedPoint, picture } from './support/volumes.ts';

const anywhere: PaintRules = { value: 1, over: 'everything', locked: new Set() };
const inSlice = (...corners: [number, number][]): Triple[] => corners.map(([i, j]) => [i, j, 0]);
const after = (labels: LabelArray, delta: LabelDelta): LabelArray => {
  const changed = labels.slice();
  applyDelta(changed, delta);
  return changed;
};

describe('a polygon', () => {
  const flat = (columns: number, rows: number) => drawn([Array<string>(rows).fill('.'.repeat(columns))]);
  const filled = (columns: number, rows: number, points: Triple[]): string[] => {
    const { labels, grid } = flat(columns, rows);
    return picture(after(labels, fillPolygon(labels, grid, anywhere, { axis: 2, slice: 0, points })), grid);
  };

  it('holds the voxels whose centres lie in it', () => {
    expect(filled(6, 5, inSlice([0.6, 0.6], [4.4, 0.6], [4.4, 3.4], [0.6, 3.4]))).toEqual([
      '......',
      '.1111.',
      '.1111.',
      '.1111.',
      '......',
    ]);
  });

  it('holds the centres on its outline', () => {
    const triangle = ['1......', '11.....', '111....', '1111...'];
    expect(filled(7, 4, inSlice([0, 0], [3, 3], [0, 3]))).toEqual(triangle);
    expect(filled(7, 4, inSlice([0, 3], [3, 3], [0, 0]))).toEqual(triangle);
  });

  it('that goes back on itself holds the voxels on its way', () => {
    expect(filled(5, 3, inSlice([1, 1], [3, 1], [2, 1]))).toEqual(['.....', '.111.', '.....']);
  });

  it('leaves out what it encloses twice (a star of five points in one line)', () => {
    const star = Array.from({ length: 5 }, (_, n): [number, number] => [
      10 + 9.3 * Math.sin((4 * Math.PI * n) / 5),
      10 - 9.3 * Math.cos((4 * Math.PI * n) / 5),
    ]);
    const rows = filled(21, 21, inSlice(...star));
    expect(rows[10]?.[10]).toBe('.');
    expect(rows[3]?.[10]).toBe('1');
    expect(rows[0]?.[0]).toBe('.');
  });

  it('may be hollow on one side and reach out of the scan', () => {
    expect(filled(5, 4, inSlice([-9, -9], [9, -9], [9, 9], [3.5, 9], [3.5, 0.5], [0.5, 0.5], [0.5, 9], [-9, 9]))).toEqual([
      '11111',
      '1...1',
      '1...1',
      '1...1',
    ]);
  });

  it.each<Axis>([0, 1, 2])('lies in a slice across axis %i', (axis) => {
    const { labels, grid } = drawn(Array(4).fill(Array(4).fill('....')) as string[][]);
    const corner = (u: number, v: number): Triple => (axis === 0 ? [9, u, v] : axis === 1 ? [u, 9, v] : [u, v, 9]);
    const points = [corner(0, 1), corner(2, 1), corner(2, 2), corner(0, 2)];
    const changed = after(labels, fillPolygon(labels, grid, anywhere, { axis, slice: 3, points }));
    const expected = labels.slice();
    for (let u = 0; u <= 2; u++)
      for (let v = 1; v <= 2; v++) {
        const [i, j, k] = axis === 0 ? [3, u, v] : axis === 1 ? [u, 3, v] : [u, v, 3];
        expected[i + 4 * (j + 4 * k)] = 1;
      }
    expect(changed).toEqual(expected);
  });

  it('holds what a ray from each centre crosses an odd number of times', () => {
    const corner = fc.tuple(fc.double({ min: -3, max: 12, noNaN: true }), fc.double({ min: -3, max: 12, noNaN: true }));
    fc.assert(
      fc.property(fc.array(corner, { minLength: 3, maxLength: 9 }), (corners) => {
        const { labels, grid } = flat(10, 10);
        let expected = labels.slice().map((_, v) => crossings(corners, v % 10, Math.floor(v / 10)) % 2);
        let changed: LabelArray = labels;
        try {
          changed = after(labels, fillPolygon(labels, grid, anywhere, { axis: 2, slice: 0, points: inSlice(...corners) }));
        } catch (error) {
          expect(String(error)).toContain('No voxel');
        }
        // A centre on the outline is inside; of that the ray does not know.
        expected = expected.map((inside, v) => (isOnOutline(corners, v % 10, Math.floor(v / 10)) ? 1 : inside));
        expect(changed).toEqual(expected);
      }),
    );
  });

  it('of fewer than three points, or of none, is refused', () => {
    expect(() => filled(5, 5, inSlice([0, 0], [3, 3]))).toThrow('fewPoints');
    expect(() => filled(5, 5, inSlice([0, 0], [3, 3], [NaN, 0]))).toThrow('none');
    const { labels, grid } = flat(3, 3);
    const points = inSlice([0, 0], [2, 0], [2, 2]);
    expect(() => fillPolygon(labels, grid, anywhere, { axis: 2, slice: 1, points })).toThrow('no slice 1');
  });
});

describe('scissors', () => {
  const body = () => drawn(Array(3).fill(['1212', '1212', '1212']) as string[][]);
  const middle: Cut = { axis: 2, side: 'inside', points: inSlice([0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5]) };
  const eraser: PaintRules = { value: 0, over: 'everything', locked: new Set() };

  it('cut a hole through the whole volume', () => {
    const { labels, grid } = body();
    const changed = after(labels, scissors(labels, grid, eraser, middle));
    for (const k of [0, 1, 2]) expect(picture(changed, grid, k)).toEqual(['1212', '1..2', '1..2']);
  });

  it('cut only some slices, and only one segment', () => {
    const { labels, grid } = body();
    const changed = after(labels, scissors(labels, grid, { ...eraser, over: [2] }, { ...middle, slices: [1, 2] }));
    expect([0, 1, 2].map((k) => picture(changed, grid, k)[1])).toEqual(['1212', '1.12', '1.12']);
  });

  it('leave only what lies inside', () => {
    const { labels, grid } = body();
    const changed = after(labels, scissors(labels, grid, eraser, { ...middle, side: 'outside', slices: [0, 0] }));
    expect(picture(changed, grid, 0)).toEqual(['....', '.21.', '.21.']);
    expect(picture(changed, grid, 1)).toEqual(['1212', '1212', '1212']);
  });

  it('fill along another axis', () => {
    const { labels, grid } = drawn(Array(3).fill(['....', '....', '....']) as string[][]);
    const points: Triple[] = [[0, 0, 1], [0, 1, 1], [0, 1, 2], [0, 0, 2]]; // prettier-ignore
    const changed = after(labels, scissors(labels, grid, anywhere, { axis: 0, side: 'inside', points, slices: [1, 2] }));
    expect([0, 1, 2].map((k) => picture(changed, grid, k))).toEqual([
      ['....', '....', '....'],
      ['.11.', '.11.', '....'],
      ['.11.', '.11.', '....'],
    ]);
  });

  it('say why they cut nothing', () => {
    const { labels, grid } = body();
    expect(() => scissors(labels, grid, { ...eraser, locked: new Set([1, 2]) }, middle)).toThrow('nothingHere because=locked');
    const beyond = middle.points.map(([i, j]): Triple => [i + 20, j, 0]);
    expect(() => scissors(labels, grid, eraser, { ...middle, points: beyond })).toThrow('outsideScan');
    expect(() => scissors(labels, grid, eraser, { ...middle, slices: [2, 1] })).toThrow('from 2 to 1');
  });
});

describe('scissors by rules', () => {
  itKeepsTheLaws<Cut>({
    uses: ({ dims }: Grid) => {
      // Exact in binary; never half way between corners that lie elsewhere after the turn.
      const at = (axis: Axis) => fc.integer({ min: -4, max: 4 * dims[axis] + 4 }).map((n) => n / 4);
      const points = fc.array(fc.tuple(at(0), at(1), at(2)), { minLength: 3, maxLength: 7 });
      return fc.constantFrom<Axis>(0, 1, 2).chain((axis) => {
        const slice = fc.integer({ min: 0, max: dims[axis] - 1 });
        const slab = fc.tuple(slice, slice).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
        return fc.record({ axis: fc.constant(axis), points, side: fc.constantFrom('inside', 'outside'), slices: slab });
      });
    },
    run: (labels, { grid, rules }, cut) => scissors(labels, grid, rules, cut),
    flip: (cut, grid, axis) => {
      const [first, last] = cut.slices ?? [0, grid.dims[cut.axis] - 1];
      const end = grid.dims[axis] - 1;
      const slices: [number, number] = axis === cut.axis ? [end - last, end - first] : [first, last];
      return { ...cut, points: cut.points.map((point) => flippedPoint(point, grid, axis)), slices };
    },
  });
});

/** How many edges lie to the right of a position. */
function crossings(corners: readonly [number, number][], x: number, y: number): number {
  return corners.filter(([ax, ay], n) => {
    const [bx, by] = corners[(n + 1) % corners.length] ?? [ax, ay];
    return ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax);
  }).length;
}

function isOnOutline(corners: readonly [number, number][], x: number, y: number): boolean {
  return corners.some(([ax, ay], n) => {
    const [bx, by] = corners[(n + 1) % corners.length] ?? [ax, ay];
    const t = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2 || 1)));
    return Math.hypot(ax + t * (bx - ax) - x, ay + t * (by - ay) - y) < 1e-7;
  });
}
