import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Triple } from '../../../core/imaging/volume.ts';
import { applyDelta, inverseDelta, type Grid, type LabelArray, type LabelDelta, type PaintRules } from '../../../core/labelling/index.ts';
import { flipped } from './small-maps.ts';

/** A tool with its settings chosen. `flip` takes a voxel position of the drawn map to the same place of the map that the tool is given. */
export type Tool = (labels: LabelArray, grid: Grid, rules: PaintRules, flip: (voxel: Triple) => Triple) => LabelDelta;

const length = fc.integer({ min: 3, max: 9 });
const spacing = fc.constantFrom(0.7, 1, 2.5);
const block = fc.record({
  value: fc.integer({ min: 0, max: 3 }),
  start: fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8)),
  size: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
});
const rules: fc.Arbitrary<PaintRules> = fc.record({
  value: fc.constantFrom(1, 2),
  over: fc.constantFrom<PaintRules['over']>('everything', 'background', [0, 3]),
  locked: fc.constantFrom(new Set<number>(), new Set([3])),
});
const cases = fc.record({
  dims: fc.tuple(length, length, length),
  spacing: fc.tuple(spacing, spacing, spacing),
  blocks: fc.array(block, { minLength: 1, maxLength: 12 }),
  rules,
  axes: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
});

/** What holds for every tool, on random blocks of three segments. */
export function describeTool(name: string, tool: Tool, { flips = true, runs = 100 }: { flips?: boolean; runs?: number } = {}): void {
  it(`${name}: can be taken back, spares what is locked, is the same in 8 and 16 bits${flips ? ' and in a mirror' : ''}`, () => {
    let changes = 0;
    fc.assert(
      fc.property(cases, ({ dims, spacing: mm, blocks, rules: given, axes }) => {
        const grid: Grid = { dims, spacing: mm };
        const labels = blocksMap(dims, blocks);
        const delta = outcome(() => tool(labels, grid, given, (voxel) => voxel));

        const wide = outcome(() => tool(Uint16Array.from(labels), grid, given, (voxel) => voxel));
        expect(wide).toEqual(delta);
        if (flips) {
          const mirror = (voxel: Triple): Triple => {
            const at = (a: 0 | 1 | 2): number => (axes[a] ? dims[a] - 1 - voxel[a] : voxel[a]);
            return [at(0), at(1), at(2)];
          };
          const inMirror = flipped(labels, dims, axes);
          const mirrored = outcome(() => tool(inMirror, grid, given, mirror));
          if (typeof mirrored === 'string' || typeof delta === 'string') expect(mirrored).toBe(delta);
          else expect(flipped(applied(inMirror, mirrored), dims, axes)).toEqual(applied(labels, delta));
        }
        if (typeof delta === 'string') return;
        changes++;
        const after = applied(labels, delta);
        expect(applied(after, inverseDelta(delta))).toEqual(labels);
        for (let v = 0; v < labels.length; v++) {
          if (given.locked.has(labels[v] as number) || given.locked.has(after[v] as number)) expect(after[v]).toBe(labels[v]);
        }
      }),
      { numRuns: runs },
    );
    // A tool that refuses every case would pass without having done anything.
    expect(changes).toBeGreaterThan(runs / 40);
  });
}

export function applied<T extends LabelArray>(labels: T, delta: LabelDelta): T {
  const after = labels.slice() as T;
  applyDelta(after, delta);
  return after;
}

function blocksMap(dims: Triple, blocks: readonly { value: number; start: Triple; size: Triple }[]): Uint8Array {
  const labels = new Uint8Array(dims[0] * dims[1] * dims[2]);
  for (const { value, start, size } of blocks) {
    const end = (a: 0 | 1 | 2): number => Math.min(dims[a], start[a] + size[a]);
    for (let k = start[2]; k < end(2); k++)
      for (let j = start[1]; j < end(1); j++) for (let i = start[0]; i < end(0); i++) labels[i + dims[0] * (j + dims[1] * k)] = value;
  }
  return labels;
}

/** The change, or the reason why there is none. */
function outcome(run: () => LabelDelta): LabelDelta | string {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
