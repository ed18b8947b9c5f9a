import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Triple } from '../../core/imaging/volume.ts';
import { applyDelta, floodFill, type Axis, type Flood, type Grid, type LabelArray, type PaintRules } from '../../core/labelling/index.ts';
import { itKeepsTheLaws } from './support/laws.ts';
import { drawn, flippedPoint, picture } from './support/volumes.ts';

const rules: PaintRules = { value: 3, over: 'everything', locked: new Set() };
const filled = (labels: LabelArray, grid: Grid, by: PaintRules, flood: Flood): LabelArray => {
  const after = labels.slice();
  applyDelta(after, floodFill(labels, grid, by, flood));
  return after;
};

describe('a flood fill', () => {
  it('fills what hangs together over faces, not over corners', () => {
    const { labels, grid } = drawn([['.1...', '1.1..', '.1...']]);
    const flood: Flood = { point: [1.3, 0.8, 0], alike: 'label' };
    expect(picture(filled(labels, grid, rules, flood), grid)).toEqual(['.1...', '131..', '.1...']);
  });

  it('fills through the volume, or stays in a slice', () => {
    const { labels, grid } = drawn([
      ['..1', '111'],
      ['.1.', '.1.'],
      ['...', '111'],
    ]);
    const volume = filled(labels, grid, rules, { point: [0, 0, 0], alike: 'label' });
    expect([0, 1, 2].map((k) => picture(volume, grid, k))).toEqual([
      ['331', '111'],
      ['313', '313'],
      ['333', '111'],
    ]);
    const across = (axis: Axis): LabelArray => filled(labels, grid, rules, { point: [0, 0, 0], alike: 'label', across: axis });
    expect([0, 1, 2].map((k) => picture(across(2), grid, k))).toEqual([
      ['331', '111'],
      ['.1.', '.1.'],
      ['...', '111'],
    ]);
    expect([0, 1, 2].map((k) => picture(across(1), grid, k)[0])).toEqual(['331', '313', '333']);
    expect([0, 1, 2].map((k) => picture(across(0), grid, k).map((row) => row[0]))).toEqual([
      ['3', '1'],
      ['3', '3'],
      ['3', '1'],
    ]);
  });

  it('fills scan values near that of the first voxel', () => {
    const { labels, grid } = drawn([['.......']]);
    const values = { voxels: Int16Array.of(50, 10, 12, 9, 15, 11, 10), slope: 2, intercept: -1000 };
    // A spread of 5 is 2.5 stored numbers: from 9.5 to 14.5.
    const flood: Flood = { point: [2, 0, 0], alike: { values, spread: 5 } };
    expect(picture(filled(labels, grid, rules, flood), grid)).toEqual(['.33....']);
    expect(picture(filled(labels, grid, rules, { ...flood, alike: { values, spread: 6 } }), grid)).toEqual(['.333333']);
  });

  it('spreads over its own segment, and takes locked segments and what may not be painted over for walls', () => {
    const { labels, grid } = drawn([['..3.1.2.']]);
    const values = { voxels: new Int16Array(8), slope: 1, intercept: 0 };
    const flood: Flood = { point: [0, 0, 0], alike: { values, spread: 0 } };
    expect(picture(filled(labels, grid, { ...rules, locked: new Set([2]) }, flood), grid)).toEqual(['3333332.']);
    expect(picture(filled(labels, grid, { ...rules, over: 'background' }, flood), grid)).toEqual(['33331.2.']);
  });

  it('erases an island', () => {
    const { labels, grid } = drawn([['11.11', '1...1']]);
    expect(picture(filled(labels, grid, { ...rules, value: 0 }, { point: [0, 1, 0], alike: 'label' }), grid)).toEqual(['...11', '....1']);
  });

  it('says why it fills nothing', () => {
    const { labels, grid } = drawn([['33.1']]);
    const at = (i: number): Flood => ({ point: [i, 0, 0], alike: 'label' });
    expect(() => floodFill(labels, grid, rules, at(0))).toThrow('nothingHere because=segment');
    expect(() => floodFill(labels, grid, { ...rules, locked: new Set([1]) }, at(3))).toThrow('nothingHere because=locked');
    expect(() => floodFill(labels, grid, rules, at(4))).toThrow('outsideScan');
    const values = { voxels: Float32Array.of(NaN, 0, 0, 0), slope: 1, intercept: 0 };
    expect(() => floodFill(labels, grid, rules, { point: [0, 0, 0], alike: { values, spread: 1 } })).toThrow('noScanValue');
  });

  it('refuses to fill more voxels than it may', () => {
    const { labels, grid } = drawn([['....', '....']]);
    const flood: Flood = { point: [0, 0, 0], alike: 'label', most: 7 };
    expect(() => floodFill(labels, grid, rules, flood)).toThrow('regionTooLarge most=7');
    expect(filled(labels, grid, rules, { ...flood, most: 8 }).every((value) => value === 3)).toBe(true);
  });

  it('keeps to a bound in time and memory on a scan without edges', () => {
    const grid: Grid = { dims: [200, 200, 50], spacing: [1, 1, 1] };
    const labels = new Uint8Array(2_000_000);
    const after = filled(labels, grid, rules, { point: [100, 100, 25], alike: 'label' });
    expect(after.every((value) => value === 3)).toBe(true);
  });
});

describe('a flood fill by rules', () => {
  interface Use {
    readonly point: Triple;
    readonly spread: number | undefined;
    readonly across: Axis | undefined;
  }
  itKeepsTheLaws<Use>({
    uses: ({ dims }) => {
      const at = (axis: Axis) => fc.integer({ min: 0, max: dims[axis] - 1 });
      return fc.record({
        point: fc.tuple(at(0), at(1), at(2)),
        spread: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
        across: fc.option(fc.constantFrom<Axis>(0, 1, 2), { nil: undefined }),
      });
    },
    run: (labels, { grid, rules, scan }, { point, spread, across }) =>
      floodFill(labels, grid, rules, {
        point,
        alike: spread === undefined ? 'label' : { values: { voxels: scan, slope: 2, intercept: -10 }, spread },
        ...(across === undefined ? {} : { across }),
      }),
    flip: (use, grid, axis) => ({ ...use, point: flippedPoint(use.point, grid, axis) }),
  });
});
