import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDelta, combine, type Combination, type LabelArray, type Operand, type PaintRules } from '../../core/labelling/index.ts';
import { scenes } from './support/laws.ts';
import { drawn, flipped, picture } from './support/volumes.ts';

const { labels, grid } = drawn([['11..', '1122', '..2.']]);
/** A lesion in a layer of its own, over all of them. */
const lesion: Operand = { labels: drawn([['.5..', '.55.', '..5.']]).labels, value: 5 };
const own = (value: number): Operand => ({ labels, value });
const rules: PaintRules = { value: 1, over: 'everything', locked: new Set() };
const combined = (combination: Combination, by: Partial<PaintRules> = {}): string[] => {
  const after = labels.slice();
  applyDelta(after, combine(labels, grid, { ...rules, ...by }, combination));
  return picture(after, grid);
};

describe('a segment', () => {
  it('becomes another', () => {
    expect(combined({ operation: 'copy', other: lesion })).toEqual(['.1..', '.112', '..1.']);
    expect(combined({ operation: 'copy', other: own(2) })).toEqual(['....', '..11', '..1.']);
  });

  it('gains another', () => {
    expect(combined({ operation: 'add', other: lesion })).toEqual(['11..', '1112', '..1.']);
    expect(combined({ operation: 'add', other: lesion }, { value: 3 })).toEqual(['13..', '1332', '..3.']);
  });

  it('loses what it shares with another', () => {
    expect(combined({ operation: 'subtract', other: lesion })).toEqual(['1...', '1.22', '..2.']);
  });

  it('keeps only what it shares with another', () => {
    expect(combined({ operation: 'intersect', other: lesion })).toEqual(['.1..', '.122', '..2.']);
  });

  it('becomes all that it is not, everything, or nothing', () => {
    expect(combined({ operation: 'invert' })).toEqual(['..11', '..11', '1111']);
    expect(combined({ operation: 'invert' }, { over: 'background' })).toEqual(['..11', '..22', '11' + '21']);
    expect(combined({ operation: 'fill' }, { over: [2] })).toEqual(['11..', '1111', '..1.']);
    expect(combined({ operation: 'clear' })).toEqual(['....', '..22', '..2.']);
  });

  it('gains only values in the range', () => {
    const values = { voxels: Int16Array.from([0, 0, 0, 9, 0, 0, 0, 0, 9, 0, 0, 0]), slope: 1, intercept: 0 };
    expect(combined({ operation: 'fill' }, { within: { values, range: [5, 10] } })).toEqual(['11.1', '1122', '1.2.']);
  });

  it('says why it cannot change', () => {
    expect(() => combined({ operation: 'fill' }, { locked: new Set([1]) })).toThrow('segmentLocked');
    expect(() => combined({ operation: 'add', other: own(2) }, { locked: new Set([2]) })).toThrow('allLocked');
    expect(() => combined({ operation: 'add', other: own(2) }, { over: 'background' })).toThrow('allKept');
    expect(() => combined({ operation: 'copy', other: own(7) })).toThrow('noVoxels value=7');
    expect(() => combined({ operation: 'subtract', other: own(2) })).toThrow('unchanged');
    expect(() => combined({ operation: 'clear' }, { value: 0 })).toThrow('backgroundChosen');
    expect(() => combined({ operation: 'copy', other: { labels: new Uint8Array(3), value: 1 } })).toThrow('3 voxels');
  });
});

describe('logic between segments', () => {
  const set = (of: LabelArray, value: number): boolean[] => Array.from(of, (one) => one === value);
  const laws: Record<string, (t: boolean, s: boolean) => boolean> = {
    copy: (_, s) => s,
    add: (t, s) => t || s,
    subtract: (t, s) => t && !s,
    intersect: (t, s) => t && s,
    invert: (t) => !t,
    clear: () => false,
    fill: () => true,
  };

  it.each(Object.entries(laws))('%s is that of sets, voxel for voxel, and turns with the grid', (operation, law) => {
    const usesOther = ['copy', 'add', 'subtract', 'intersect'].includes(operation);
    fc.assert(
      fc.property(scenes, scenes, fc.constantFrom(0 as const, 1 as const, 2 as const), (scene, other, axis) => {
        const t = scene.labels;
        const s = other.labels.length >= t.length ? other.labels.slice(0, t.length) : t.map((_, v) => other.labels[v] ?? 2);
        const run = (present: LabelArray, second: LabelArray): LabelArray => {
          const after = present.slice();
          const combination = { operation, ...(usesOther ? { other: { labels: second, value: 2 } } : {}) } as Combination;
          try {
            applyDelta(after, combine(present, scene.grid, rules, combination));
          } catch (error) {
            expect(String(error)).toMatch(/unchanged|noVoxels|emptyAlready/);
          }
          return after;
        };
        const after = run(t, s);
        const [isT, isS] = [set(t, 1), set(s, 2)];
        if (!usesOther || isS.includes(true)) expect(set(after, 1)).toEqual(isT.map((one, v) => law(one, isS[v] ?? false)));
        expect(run(flipped(t, scene.grid, axis), flipped(s, scene.grid, axis))).toEqual(flipped(after, scene.grid, axis));
        expect([...run(Uint16Array.from(t), s)]).toEqual([...after]);
      }),
      { numRuns: 50 },
    );
  });
});
