import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isTesseraError } from '../../../core/base/errors.ts';
import {
  applyDelta,
  inverseDelta,
  mayPaint,
  type Axis,
  type Grid,
  type LabelArray,
  type LabelDelta,
  type PaintRules,
} from '../../../core/labelling/index.ts';
import { flipped } from './volumes.ts';

/** A small label map with a scan and rules of painting. */
export interface Scene {
  readonly grid: Grid;
  readonly labels: Uint8Array;
  readonly scan: Int16Array;
  readonly rules: PaintRules;
}

/** A painting tool as the laws see it: `P` is where and how it is used. */
export interface Tool<P> {
  readonly uses: (grid: Grid) => fc.Arbitrary<P>;
  readonly run: (labels: LabelArray, scene: Scene, use: P) => LabelDelta;
  /** The same use of the tool in the grid turned round along an axis. */
  readonly flip: (use: P, grid: Grid, axis: Axis) => P;
}

/** What holds for every tool that paints by rules. */
export function itKeepsTheLaws<P>({ uses, run, flip }: Tool<P>): void {
  const drawn = scenes.chain((scene) => fc.record({ scene: fc.constant(scene), use: uses(scene.grid) }));
  const result = (labels: LabelArray, scene: Scene, use: P): LabelArray => painted(labels, () => run(labels, scene, use));

  it('changes nothing itself, and its change can be taken back', () => {
    fc.assert(
      fc.property(drawn, ({ scene, use }) => {
        const labels = scene.labels.slice();
        const delta = changeOf(() => run(labels, scene, use));
        expect(labels).toEqual(scene.labels);
        applyDelta(labels, delta);
        applyDelta(labels, inverseDelta(delta));
        expect(labels).toEqual(scene.labels);
      }),
    );
  });

  it('changes only what the rules allow, and only to the value of the rules', () => {
    fc.assert(
      fc.property(drawn, ({ scene, use }) => {
        const after = result(scene.labels, scene, use);
        scene.labels.forEach((before, v) => {
          if (after[v] === before) return;
          expect(after[v]).toBe(scene.rules.value);
          expect(mayPaint(scene.rules, before)).toBe(true);
          const [low, high] = scene.rules.within?.range ?? [-Infinity, Infinity];
          const value = 2 * (scene.scan[v] as number) - 10;
          expect(value >= low && value <= high).toBe(true);
        });
      }),
    );
  });

  it('does the same in a grid turned round along an axis', () => {
    fc.assert(
      fc.property(drawn, fc.constantFrom<Axis>(0, 1, 2), ({ scene, use }, axis) => {
        const turned = turnedScene(scene, axis);
        const after = result(turned.labels, turned, flip(use, scene.grid, axis));
        expect(after).toEqual(flipped(result(scene.labels, scene, use), scene.grid, axis));
      }),
    );
  });

  it('does the same in a label map of 16 bits', () => {
    fc.assert(
      fc.property(drawn, ({ scene, use }) => {
        expect([...result(Uint16Array.from(scene.labels), scene, use)]).toEqual([...result(scene.labels, scene, use)]);
      }),
    );
  });
}

/** The labels after a tool was used; as they were when it refused. */
function painted(labels: LabelArray, use: () => LabelDelta): LabelArray {
  const after = labels.slice();
  applyDelta(after, changeOf(use));
  return after;
}

function changeOf(use: () => LabelDelta): LabelDelta {
  try {
    return use();
  } catch (error) {
    if (isTesseraError(error)) return { runs: new Uint32Array() };
    throw error;
  }
}

function turnedScene({ grid, labels, scan, rules }: Scene, axis: Axis): Scene {
  const turned = flipped(scan, grid, axis);
  const { within } = rules;
  return {
    grid,
    labels: flipped(labels, grid, axis),
    scan: turned,
    rules: { ...rules, ...(within === undefined ? {} : { within: { ...within, values: { ...within.values, voxels: turned } } }) },
  };
}

const triple = (each: fc.Arbitrary<number>) => fc.tuple(each, each, each);
/** Exact in binary, so that a grid turned round has exactly the same distances. */
const spacing = triple(fc.constantFrom(0.5, 0.75, 1, 2.5));
const over = fc.oneof(fc.constantFrom('everything', 'background'), fc.subarray([0, 1, 2, 3]));
const range = fc
  .tuple(fc.integer({ min: -12, max: 12 }), fc.integer({ min: 0, max: 20 }))
  .map(([low, size]): [number, number] => [low, low + size]);

export const scenes: fc.Arbitrary<Scene> = triple(fc.integer({ min: 1, max: 8 })).chain((dims) => {
  const length = dims[0] * dims[1] * dims[2];
  const list = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length });
  return fc
    .record({ spacing, labels: list(0, 3), scan: list(0, 10), value: fc.integer({ min: 0, max: 4 }), over, locked: fc.subarray([1, 2, 3]) })
    .chain(({ spacing, labels, scan, value, over, locked }) => {
      const voxels = Int16Array.from(scan);
      const rules = { value, over, locked: new Set(locked.filter((one) => one !== value)) };
      const gated = range.map((range) => ({ ...rules, within: { values: { voxels, slope: 2, intercept: -10 }, range } }));
      return fc.record({
        grid: fc.constant({ dims, spacing }),
        labels: fc.constant(Uint8Array.from(labels)),
        scan: fc.constant(voxels),
        rules: fc.oneof(fc.constant<PaintRules>(rules), gated),
      });
    });
});
