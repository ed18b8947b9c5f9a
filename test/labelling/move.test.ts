import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Triple } from '../../core/imaging/volume.ts';
import {
  applyDelta,
  inverseDelta,
  move,
  type Axis,
  type Grid,
  type LabelArray,
  type MoveOptions,
  type PaintRules,
  type Placement,
} from '../../core/labelling/index.ts';
import { isTesseraError } from '../../core/base/errors.ts';
import { scenes } from './support/laws.ts';
import { drawn, flipped, flippedPoint, picture } from './support/volumes.ts';

const rules: PaintRules = { value: 1, over: 'everything', locked: new Set() };
const moved = (slices: string[][], placement: Placement, by: Partial<PaintRules> = {}, options: MoveOptions = {}, spacing?: Triple) => {
  const { labels, grid } = drawn(slices, spacing);
  applyDelta(labels, move(labels, grid, { ...rules, ...by }, placement, options));
  return slices.map((_, k) => picture(labels, grid, k));
};

describe('a segment that moves', () => {
  const shape = [['11...', '1....', '..2..']];
  it('takes its shape along, over others where it may, and loses what leaves the scan', () => {
    const right: Placement = { kind: 'shift', by: [2, 1, 0] };
    expect(moved(shape, right)).toEqual([['.....', '..11.', '..1..']]);
    expect(moved(shape, right, { over: 'background' })).toEqual([['.....', '..11.', '..2..']]);
    expect(moved(shape, { kind: 'shift', by: [0, -1, 0] })).toEqual([['1....', '.....', '..2..']]);
  });

  it('may stay where it was, too', () => {
    expect(moved(shape, { kind: 'shift', by: [1, 1, 0] }, {}, { keep: true })).toEqual([['11...', '111..', '.12..']]);
  });

  it('may lend its shape to another', () => {
    expect(moved(shape, { kind: 'shift', by: [3, 0, 0] }, { value: 2 }, { from: 1 })).toEqual([['11.22', '1..2.', '..2..']]);
  });

  it('to another slice', () => {
    expect(moved([['11'], ['..'], ['..']], { kind: 'shift', by: [0, 0, 2] })).toEqual([['..'], ['..'], ['11']]);
  });

  it('turns by right angles without a loss', () => {
    const hook = [['.......', '.......', '..111..', '..1....', '.......']];
    const quarter: Placement = { kind: 'rotate', degrees: 90, about: [0, 0, 1] };
    expect(moved(hook, quarter)).toEqual([['.......', '.......', '..11...', '...1...', '...1...']]);
    expect(
      moved(moved(moved(moved(hook, quarter), quarter), quarter), quarter)[0]
        ?.join('')
        .replaceAll('.', ''),
    ).toBe('1111');
    const square = [['......', '..11..', '..12..', '..11..', '......']];
    expect(moved(square, { kind: 'rotate', degrees: 180, about: [0, 0, 1] })[0]?.slice(1, 4)).toEqual(['..11..', '...1..', '..11..']);
  });

  it('turns round in millimetres, about its centre, from i towards j', () => {
    // The bar is 5 mm long and 2 mm thick; a centre on its rim, 1 mm from its middle, counts.
    const bar = [['.....', '.....', '11111', '.....', '.....']];
    expect(moved(bar, { kind: 'rotate', degrees: 90, about: [0, 0, 1] }, {}, {}, [1, 2, 1])).toEqual([
      ['.....', '.111.', '.111.', '.111.', '.....'],
    ]);
    expect(moved(bar, { kind: 'rotate', degrees: 90, about: [0, 0, 3] })).toEqual([['..1..', '..1..', '..1..', '..1..', '..1..']]);
    expect(moved(bar, { kind: 'rotate', degrees: 45, about: [0, 0, 1] })).toEqual([['.....', '.1...', '..1..', '...1.', '.....']]);
    expect(moved(bar, { kind: 'rotate', degrees: 90, about: [0, 0, 1], centre: [0, 2, 0] })).toEqual([
      ['.....', '.....', '1....', '1....', '1....'],
    ]);
  });

  it('turns about any direction, and in one slice only', () => {
    const rod = [['...', '...', '...'], ['...', '111', '...'], ['...', '...', '...']]; // prettier-ignore
    const upright = [['...', '.1.', '...'], ['...', '.1.', '...'], ['...', '.1.', '...']]; // prettier-ignore
    expect(moved(rod, { kind: 'rotate', degrees: 90, about: [0, 1, 0] })).toEqual(upright);
    // A third of a turn about the diagonal leads from i to j, from j to k.
    expect(moved(rod, { kind: 'rotate', degrees: 120, about: [1, 1, 1] })[1]).toEqual(['.1.', '.1.', '.1.']);
    const two = [['...', '111', '...'], ['...', '111', '...']]; // prettier-ignore
    const turned: Placement = { kind: 'rotate', degrees: 90, slice: { axis: 2, index: 1 } };
    expect(moved(two, turned)).toEqual([two[0], ['.1.', '.1.', '.1.']]);
  });

  it('is mirrored at the middle of the grid, or where it is told', () => {
    expect(moved([['11.2.', '1....']], { kind: 'mirror', axis: 0 })).toEqual([['...11', '....1']]);
    expect(moved([['11.2.', '1....']], { kind: 'mirror', axis: 0, at: 1.5 }, {}, { keep: true })).toEqual([['1111.', '1..1.']]);
    expect(moved([['1.'], ['..'], ['2.']], { kind: 'mirror', axis: 2 }, { value: 3 }, { from: 1 })).toEqual([['1.'], ['..'], ['3.']]);
  });

  it('says why it cannot', () => {
    expect(() => moved([['11.']], { kind: 'shift', by: [3, 0, 0] })).toThrow('wouldLieOutside');
    expect(() => moved([['22.']], { kind: 'shift', by: [1, 0, 0] })).toThrow('noVoxels value=1');
    expect(() => moved([['11.']], { kind: 'shift', by: [0, 0, 0] })).toThrow('unchanged');
    expect(() => moved([['11.']], { kind: 'shift', by: [0.5, 0, 0] })).toThrow('whole voxels');
    expect(() => moved([['11.']], { kind: 'shift', by: [1, 0, 0] }, { locked: new Set([1]) })).toThrow('segmentLocked');
    expect(() => moved([['11.']], { kind: 'mirror', axis: 0, at: 0.3 })).toThrow('half way');
    expect(() => moved([['11.']], { kind: 'rotate', degrees: NaN, about: [0, 0, 1] })).toThrow('NaN');
    expect(() => moved([['11.']], { kind: 'rotate', degrees: 9, about: [0, 0, 0] })).toThrow('(0, 0, 0)');
    expect(() => moved([['11.'], ['...']], { kind: 'rotate', degrees: 9, slice: { axis: 2, index: 1 } })).toThrow(
      'noVoxelsInSlice value=1',
    );
    expect(() => moved([['11.']], { kind: 'shift', by: [1, 0, 0] }, { value: 0 })).toThrow('backgroundChosen');
  });
});

describe('moving', () => {
  const whole = fc.integer({ min: -4, max: 4 });
  const axes = fc.constantFrom<Axis>(0, 1, 2);
  // About whole voxels: of two places as near as each other, a turned grid may offer them in another order.
  const centre = fc.tuple(whole, whole, whole);
  const degrees = fc.integer({ min: -180, max: 180 });
  const direction = fc.tuple(whole, whole, whole).filter((about) => about.some((n) => n !== 0));
  const placements: fc.Arbitrary<Placement> = fc.oneof(
    fc.tuple(whole, whole, whole).map((by): Placement => ({ kind: 'shift', by })),
    fc.tuple(axes, fc.integer({ min: 0, max: 14 })).map(([axis, twice]): Placement => ({ kind: 'mirror', axis, at: twice / 2 })),
    fc.tuple(degrees, direction, centre).map(([degrees, about, centre]): Placement => ({ kind: 'rotate', degrees, about, centre })),
    fc
      .tuple(degrees, axes, centre)
      .map(([degrees, axis, centre]): Placement => ({ kind: 'rotate', degrees, centre, slice: { axis, index: 0 } })),
  );

  it('can be taken back, spares locked segments and what may not be painted over, and is the same in 16 bits', () => {
    fc.assert(
      fc.property(scenes, placements, fc.boolean(), (scene, placement, keep) => {
        const { grid, labels, rules } = scene;
        const after = result(labels, grid, rules, placement, keep);
        expect([...result(Uint16Array.from(labels), grid, rules, placement, keep)]).toEqual([...after]);
        labels.forEach((before, v) => {
          if (after[v] === before) return;
          expect(rules.locked.has(before) || rules.locked.has(after[v] ?? -1)).toBe(false);
          if (before === rules.value) expect(after[v]).toBe(0);
          else
            expect([
              after[v],
              rules.over === 'everything' || (rules.over === 'background' ? before === 0 : rules.over.includes(before)),
            ]).toEqual([rules.value, true]);
        });
      }),
    );
  });

  it('does the same in a grid turned round along an axis', () => {
    fc.assert(
      fc.property(scenes, placements, axes, ({ grid, labels, rules }, placement, axis) => {
        const plain: PaintRules = { value: rules.value, over: rules.over, locked: rules.locked };
        const turned = result(flipped(labels, grid, axis), grid, plain, turnedPlacement(placement, grid, axis), false);
        expect(turned).toEqual(flipped(result(labels, grid, plain, placement, false), grid, axis));
      }),
    );
  });

  it('there and back by whole voxels, or twice mirrored, is no move for a segment that stays inside', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
        axes,
        (by, axis) => {
          const { labels, grid } = drawn([
            ['11.....', '1......', '.......', '.......', '.......'],
            ...Array<string[]>(4).fill(Array<string>(5).fill('.......')),
          ]);
          const back: Triple = [-by[0], -by[1], -by[2]];
          const there = result(labels, grid, rules, { kind: 'shift', by }, false);
          expect(result(there, grid, rules, { kind: 'shift', by: back }, false)).toEqual(labels);
          const mirrored = result(labels, grid, rules, { kind: 'mirror', axis }, false);
          expect(result(mirrored, grid, rules, { kind: 'mirror', axis }, false)).toEqual(labels);
        },
      ),
    );
  });
});

function result(labels: LabelArray, grid: Grid, rules: PaintRules, placement: Placement, keep: boolean): LabelArray {
  const after = labels.slice();
  try {
    const delta = move(labels, grid, rules, placement, { keep });
    expect(after).toEqual(labels);
    applyDelta(after, delta);
    const back = after.slice();
    applyDelta(back, inverseDelta(delta));
    expect(back).toEqual(labels);
  } catch (error) {
    if (!isTesseraError(error)) throw error;
  }
  return after;
}

/** A turn is the other way round in a mirror. */
function turnedPlacement(placement: Placement, grid: Grid, axis: Axis): Placement {
  const { dims } = grid;
  const end = dims[axis] - 1;
  const negated = (triple: Triple): Triple => flippedPoint(triple, { dims: [1, 1, 1], spacing: [1, 1, 1] }, axis);
  if (placement.kind === 'shift') return { kind: 'shift', by: negated(placement.by) };
  if (placement.kind === 'mirror') {
    const at = placement.at ?? (dims[placement.axis] - 1) / 2;
    return { ...placement, at: placement.axis === axis ? end - at : at };
  }
  const { degrees, centre = [0, 0, 0] } = placement;
  const at = flippedPoint(centre, grid, axis);
  if ('about' in placement) return { ...placement, centre: at, degrees: -degrees, about: negated(placement.about) };
  const { slice } = placement;
  if (slice.axis === axis) return { ...placement, centre: at, slice: { axis, index: end - slice.index } };
  return { ...placement, centre: at, degrees: -degrees };
}
