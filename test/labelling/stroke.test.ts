import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Triple } from '../../core/imaging/volume.ts';
import { Stroke, applyDelta, type Axis, type Brush, type Grid, type LabelArray, type PaintRules } from '../../core/labelling/index.ts';
import { joinDeltas } from '../../core/labelling/join-deltas.ts';
import { itKeepsTheLaws, scenes } from './support/laws.ts';
import { drawn, flippedPoint, picture } from './support/volumes.ts';

const anywhere: PaintRules = { value: 1, over: 'everything', locked: new Set() };
const flat = (columns: number, rows: number, spacing: Triple = [1, 1, 1]) =>
  drawn([Array<string>(rows).fill('.'.repeat(columns))], spacing);

describe('a stroke', () => {
  it('of a circle paints the voxels whose centres lie within its radius', () => {
    const { labels, grid } = flat(7, 7);
    const stroke = new Stroke(labels, grid, anywhere, { shape: 'circle', axis: 2, radius: 2 });
    expect(stroke.to([3, 3, 0])).toEqual({ start: [1, 1, 0], size: [5, 5, 1] });
    expect(picture(labels, grid)).toEqual(['.......', '...1...', '..111..', '.11111.', '..111..', '...1...', '.......']);
  });

  it('is round in millimetres where voxels are not', () => {
    const { labels, grid } = flat(9, 5, [0.5, 1, 3]);
    new Stroke(labels, grid, anywhere, { shape: 'circle', axis: 2, radius: 2 }).to([4, 2, 0]);
    // In the row of the centre 4 voxels of 0.5 mm fit into 2 mm, a row further sqrt(3) mm = 3 voxels.
    expect(picture(labels, grid)).toEqual(['....1....', '.1111111.', '111111111', '.1111111.', '....1....']);
  });

  it('of a sphere reaches into the slices around, by their distance', () => {
    const empty = ['.....', '.....', '.....', '.....', '.....'];
    const { labels, grid } = drawn([empty, empty, empty, empty, empty], [1, 1, 1.5]);
    const stroke = new Stroke(labels, grid, anywhere, { shape: 'sphere', radius: 2 });
    expect(stroke.to([2, 2, 2])).toEqual({ start: [0, 0, 1], size: [5, 5, 3] });
    // 1.5 mm away sqrt(4 - 2.25) = 1.32 mm are left.
    expect(picture(labels, grid, 1)).toEqual(['.....', '..1..', '.111.', '..1..', '.....']);
    expect(picture(labels, grid, 2)).toEqual(['..1..', '.111.', '11111', '.111.', '..1..']);
    expect(picture(labels, grid, 0)).toEqual(empty);
  });

  it.each<[Axis, Triple]>([
    [0, [1, 2, 2]],
    [1, [2, 1, 2]],
    [2, [2, 2, 1]],
  ])('of a circle stays in the slice across axis %i', (axis, point) => {
    const { labels, grid } = drawn(Array(5).fill(Array(5).fill('.....')) as string[][]);
    const box = new Stroke(labels, grid, anywhere, { shape: 'circle', axis, radius: 1 }).to(point);
    expect(box?.size).toEqual([0, 1, 2].map((a) => (a === axis ? 1 : 3)));
    expect(labels.reduce((sum, value) => sum + value, 0)).toBe(5);
  });

  it('has no gaps between points, and tells what each move changed', () => {
    const { labels, grid } = flat(9, 5);
    const stroke = new Stroke(labels, grid, anywhere, { shape: 'circle', axis: 2, radius: 1 });
    stroke.to([1, 2, 0]);
    expect(stroke.to([7, 2, 0])).toEqual({ start: [2, 1, 0], size: [7, 3, 1] });
    expect(picture(labels, grid)).toEqual(['.........', '.1111111.', '111111111', '.1111111.', '.........']);
    expect(stroke.to([4, 2, 0])).toBeUndefined();
  });

  it('grows with the pressure along the way', () => {
    const { labels, grid } = flat(9, 7);
    const stroke = new Stroke(labels, grid, anywhere, { shape: 'circle', axis: 2, radius: 3 });
    stroke.to([1, 3, 0], 0);
    stroke.to([5, 3, 0], 1);
    // The hull of a point and a disc of 3 mm 4 mm away: its sides rise by 3 in sqrt(7), so x = 2, 3 mm from the point is 1, 3 wide.
    expect(picture(labels, grid)).toEqual(['.....1...', '...11111.', '..111111.', '.11111111', '..111111.', '...11111.', '.....1...']);
  });

  it('of a brush finer than the voxels paints the voxels it goes through', () => {
    const { labels, grid } = flat(6, 4);
    const stroke = new Stroke(labels, grid, anywhere, { shape: 'circle', axis: 2, radius: 0.1 });
    stroke.to([0.4, 0.3, 0]);
    stroke.to([5.2, 2.6, 0]);
    expect(picture(labels, grid)).toEqual(['1.....', '.11...', '...11.', '.....1']);
  });

  it('begins anew in another slice', () => {
    const { labels, grid } = drawn(Array(3).fill(['.....']) as string[][]);
    const stroke = new Stroke(labels, grid, anywhere, { shape: 'circle', axis: 2, radius: 0.5 });
    stroke.to([0, 0, 0]);
    stroke.to([4, 0, 2.2]);
    expect([0, 1, 2].map((k) => picture(labels, grid, k)[0])).toEqual(['1....', '.....', '....1']);
  });

  it('begins outside the scan, and never leaves a trace beyond it', () => {
    const { labels, grid } = flat(5, 3);
    const stroke = new Stroke(labels, grid, anywhere, { shape: 'sphere', radius: 1 });
    expect(stroke.to([-1e300, 1, 0])).toBeUndefined();
    expect(stroke.to([1, 1, 0])).toEqual({ start: [0, 0, 0], size: [3, 3, 1] });
    expect(picture(labels, grid)).toEqual(['11...', '111..', '11...']);
  });

  it('spares locked segments and what may not be painted over, and paints only values in the range', () => {
    const { labels, grid } = drawn([['.23..']]);
    const voxels = Int16Array.of(0, 0, 0, 40, 60);
    const within = { values: { voxels, slope: 1, intercept: -10 }, range: [-10, 30] as const };
    new Stroke(labels, grid, { value: 1, over: [0, 2], locked: new Set([2]), within }, { shape: 'sphere', radius: 9 }).to([2, 0, 0]);
    expect(picture(labels, grid)).toEqual(['1231.']);
  });

  it('of the eraser takes away only what the rules allow', () => {
    const { labels, grid } = drawn([['1231']]);
    const stroke = new Stroke(labels, grid, { value: 0, over: [1, 2], locked: new Set([2]) }, { shape: 'circle', axis: 2, radius: 9 });
    stroke.to([1, 0, 0]);
    expect(picture(labels, grid)).toEqual(['.23.']);
  });

  it('says why it paints nothing', () => {
    const { labels, grid } = drawn([['2223']]);
    const stroke = new Stroke(labels, grid, { value: 1, over: 'background', locked: new Set([2]) }, { shape: 'sphere', radius: 9 });
    stroke.to([0, 0, 0]);
    expect(stroke.whyNothing()).toMatchObject({ code: 'nothingHere', because: ['locked', 'kept'] });
    expect(stroke.finish().runs).toHaveLength(0);
  });

  it('refuses what it cannot do', () => {
    const { labels, grid } = flat(3, 3);
    const brush: Brush = { shape: 'sphere', radius: 1 };
    expect(() => new Stroke(labels, grid, { ...anywhere, locked: new Set([1]) }, brush)).toThrow('segmentLocked');
    expect(() => new Stroke(labels, grid, { ...anywhere, value: 256 }, brush)).toThrow('numberTooLarge value=256 largest=255');
    expect(() => new Stroke(labels, grid, anywhere, { ...brush, radius: NaN })).toThrow('radius of NaN');
    expect(() => new Stroke(labels, { ...grid, dims: [3, 3, 2] }, anywhere, brush)).toThrow('9 voxels');
    expect(() => new Stroke(labels, grid, anywhere, brush).to([0, NaN, 0])).toThrow('none');
  });

  it('takes little memory however long it is: what was painted twice is kept once', () => {
    const labels = new Uint8Array(200 * 200);
    const grid: Grid = { dims: [200, 200, 1], spacing: [1, 1, 1] };
    const stroke = new Stroke(labels, grid, anywhere, { shape: 'circle', axis: 2, radius: 20 });
    for (let n = 0; n < 2000; n++) stroke.to([100 + 70 * Math.cos(n / 7), 100 + 70 * Math.sin(n / 11), 0]);
    const runs = picture(labels, grid).flatMap((row) => row.match(/1+/g) ?? []).length;
    expect(stroke.finish().runs.length).toBe(4 * runs);
  });

  it('covers what a slow search over all voxels and places between two points finds', () => {
    const place = fc.tuple(...[6, 6, 4].map((n) => fc.double({ min: -2, max: n + 1, noNaN: true })));
    const pressure = fc.double({ min: 0.5, max: 1, noNaN: true });
    const spacing = fc.constantFrom<Triple>([1, 1, 1], [0.5, 1, 2], [0.8, 0.8, 3]);
    fc.assert(
      fc.property(place, place, pressure, pressure, spacing, (from, to, p, q, spacing) => {
        const grid: Grid = { dims: [6, 6, 4], spacing };
        const labels = new Uint8Array(144);
        const stroke = new Stroke(labels, grid, anywhere, { shape: 'sphere', radius: 2 });
        stroke.to(from as unknown as Triple, p);
        stroke.to(to as unknown as Triple, q);
        for (let v = 0; v < labels.length; v++) {
          const depth = Math.max(...Array.from({ length: 101 }, (_, n) => covered(grid, from, to, 2 * p, 2 * q, v, n / 100)));
          // The search is coarse: nothing is asked of voxels so near the rim that it cannot tell.
          if (depth > 0) expect(labels[v]).toBe(1);
          else if (depth < -0.1 && !onLine(grid, from, to, v)) expect(labels[v]).toBe(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('can be given up', () => {
    fc.assert(
      fc.property(strokes, ({ scene, use }) => {
        const labels = scene.labels.slice();
        const stroke = new Stroke(labels, scene.grid, scene.rules, use.brush);
        for (const point of use.points) stroke.to(point);
        stroke.cancel();
        expect(labels).toEqual(scene.labels);
        expect(stroke.finish().runs).toHaveLength(0);
      }),
    );
  });

  it('hands over what it has painted piece by piece, which together are its change', () => {
    const pieces = strokes.chain((stroke) => fc.record({ stroke: fc.constant(stroke), every: fc.integer({ min: 1, max: 3 }) }));
    fc.assert(
      fc.property(pieces, ({ stroke: { scene, use }, every }) => {
        const [whole, labels] = [scene.labels.slice(), scene.labels.slice()];
        const expected = draw(whole, scene.grid, scene.rules, use);
        const stroke = new Stroke(labels, scene.grid, scene.rules, use.brush);
        const handed = use.points.flatMap((point, n) => {
          stroke.to(point);
          return n % every === 0 ? [stroke.handOver()] : [];
        });
        expect(joinDeltas([...handed, stroke.finish()])).toEqual(expected);
        expect(labels).toEqual(whole);
      }),
    );
  });

  it('can be given up after it was handed over in part, and leaves alone what others have changed since', () => {
    fc.assert(
      fc.property(strokes, fc.nat(5), ({ scene, use }, others) => {
        const labels = scene.labels.slice();
        const stroke = new Stroke(labels, scene.grid, scene.rules, use.brush);
        for (const point of use.points) {
          stroke.to(point);
          stroke.handOver();
        }
        const expected = scene.labels.slice();
        // Somebody else's: a value that is neither of them.
        for (let v = others; v < labels.length; v += 7) expected[v] = labels[v] = 200;
        const before = labels.slice();
        const back = stroke.cancel();
        expect(labels).toEqual(expected);
        applyDelta(before, back);
        expect(before).toEqual(expected);
      }),
    );
  });

  it('leaves the labels as its change would', () => {
    fc.assert(
      fc.property(strokes, ({ scene, use }) => {
        const live = scene.labels.slice();
        const after = scene.labels.slice();
        applyDelta(after, draw(live, scene.grid, scene.rules, use));
        expect(live).toEqual(after);
      }),
    );
  });
});

interface Use {
  readonly brush: Brush;
  readonly points: readonly Triple[];
}

function uses({ dims }: Grid): fc.Arbitrary<Use> {
  const radius = fc.double({ min: 0.1, max: 6, noNaN: true });
  const axis = fc.constantFrom<Axis>(0, 1, 2);
  const brush = fc.oneof(
    radius.map((radius): Brush => ({ shape: 'sphere', radius })),
    fc.tuple(radius, axis).map(([radius, axis]): Brush => ({ shape: 'circle', radius, axis })),
  );
  // Quarters and eighths of a voxel, and none in the middle between two: those go one way or the other.
  const at = (axis: Axis) => fc.tuple(fc.integer({ min: -2, max: dims[axis] + 1 }), fc.constantFrom(-0.375, -0.25, 0, 0.25, 0.375));
  const point = fc.tuple(at(0), at(1), at(2)).map(([i, j, k]): Triple => [i[0] + i[1], j[0] + j[1], k[0] + k[1]]);
  return fc.record({ brush, points: fc.array(point, { minLength: 1, maxLength: 4 }) });
}

const strokes = scenes.chain((scene) => fc.record({ scene: fc.constant(scene), use: uses(scene.grid) }));

function draw(labels: LabelArray, grid: Grid, rules: PaintRules, { brush, points }: Use) {
  const stroke = new Stroke(labels, grid, rules, brush);
  for (const point of points) stroke.to(point);
  return stroke.finish();
}

describe('a stroke by rules', () => {
  itKeepsTheLaws<Use>({
    uses,
    run: (labels, { grid, rules }, use) => draw(labels.slice(), grid, rules, use),
    flip: ({ brush, points }, grid, axis) => ({ brush, points: points.map((point) => flippedPoint(point, grid, axis)) }),
  });
});

/** Millimetres that a voxel lies within the brush when it has gone the part `t` of the way. */
function covered({ dims, spacing }: Grid, from: number[], to: number[], r: number, q: number, voxel: number, t: number): number {
  const at = [voxel % dims[0], Math.floor(voxel / dims[0]) % dims[1], Math.floor(voxel / (dims[0] * dims[1]))];
  const apart = at.map((n, axis) => {
    const [a, b] = [from[axis] ?? 0, to[axis] ?? 0];
    return (n - a - (b - a) * t) * (spacing[axis] ?? 0);
  });
  return r + (q - r) * t - Math.hypot(...apart);
}

function onLine({ dims }: Grid, from: number[], to: number[], voxel: number): boolean {
  const at = [voxel % dims[0], Math.floor(voxel / dims[0]) % dims[1], Math.floor(voxel / (dims[0] * dims[1]))];
  return Array.from({ length: 201 }, (_, n) => n / 200).some((t) =>
    at.every((n, axis) => Math.abs((from[axis] ?? 0) * (1 - t) + (to[axis] ?? 0) * t - n) <= 0.51),
  );
}
