import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTesseraError } from '../../core/base/errors.ts';
import {
  acceptMask,
  acceptProposed,
  AcceptStroke,
  applyDelta,
  inverseDelta,
  islandRuns,
  matchSegments,
  Stroke,
  type Acceptance,
  type LabelDelta,
  type Proposed,
} from '../../core/labelling/index.ts';
import { drawing, drawn } from './support/small-maps.ts';
import { applied } from './support/tool-properties.ts';
import { scenes } from './support/laws.ts';

const mine = drawn('1...2 1.... .....', '..... ..... .....');
const theirs = drawn('77.8. 77.8. ....7', '7.... ..... .....');
const grid = { dims: mine.dims, spacing: [1, 1, 2] as const };
const asOne: Proposed = { labels: theirs.labels, values: new Map([[7, 1]]) };
const both: Proposed = { labels: theirs.labels, values: new Map([[7, 1], [8, 2]]) }; // prettier-ignore
const gently: Acceptance = { over: 'background', locked: new Set(), replace: true };
const wholly: Acceptance = { over: 'everything', locked: new Set(), replace: true };
const afterwards = (proposed: Proposed, acceptance: Acceptance, runs?: Uint32Array): string[] =>
  drawing(applied(mine.labels, acceptProposed(mine.labels, grid, proposed, acceptance, runs)), mine.dims);

describe('a proposal', () => {
  it('is accepted an organ at a time, over background only', () => {
    expect(afterwards(asOne, gently)).toEqual(['11..2 11... ....1', '1.... ..... .....']);
  });

  it('is accepted wholly where it may go over what is drawn: what is beside it goes', () => {
    expect(afterwards(both, wholly)).toEqual(['11.2. 11.2. ....1', '1.... ..... .....']);
  });

  it('is merged: segments only gain', () => {
    expect(afterwards(both, { ...wholly, replace: false })).toEqual(['11.22 11.2. ....1', '1.... ..... .....']);
  });

  it('leaves locked segments as they are, and says why nothing changes', () => {
    expect(afterwards(both, { ...wholly, locked: new Set([2]) })).toEqual(['11..2 11... ....1', '1.... ..... .....']);
    const accept = (labels: Uint8Array, acceptance: Acceptance) => () => acceptProposed(labels, grid, both, acceptance);
    expect(accept(mine.labels, { ...wholly, locked: new Set([1, 2]) })).toThrow(/locked/i);
    expect(accept(new Uint8Array(30).fill(3), gently)).toThrow('drawnDifferently');
    expect(accept(applied(mine.labels, accept(mine.labels, wholly)()), wholly)).toThrow('nothingNew');
  });

  it('is accepted an island at a time', () => {
    const island = islandRuns(theirs.labels, grid, [4, 2, 0]);
    expect(island).toEqual({ value: 7, runs: Uint32Array.of(14, 1) });
    expect(afterwards(both, gently, island?.runs)).toEqual(['1...2 1.... ....1', '..... ..... .....']);
    // Across slices, and touching by corners.
    expect(islandRuns(theirs.labels, grid, [0.4, 0.2, 0])?.runs).toEqual(Uint32Array.of(0, 2, 5, 2, 15, 1));
    expect(islandRuns(theirs.labels, grid, [2, 2, 0])).toBeUndefined();
    expect(() => islandRuns(theirs.labels, grid, [9, 0, 0])).toThrow('outsideScan');
  });

  it('is accepted where a brush goes', () => {
    const labels = mine.labels.slice();
    const stroke = new AcceptStroke(labels, grid, both, gently, { shape: 'circle', axis: 2, radius: 1 });
    expect(stroke.to([1, 0, 0])).toEqual({ start: [1, 0, 0], size: [1, 2, 1] });
    expect(stroke.to([3, 1, 0])).toEqual({ start: [3, 0, 0], size: [1, 2, 1] });
    const delta = stroke.finish();
    expect(drawing(labels, mine.dims)).toEqual(['11.22 11.2. .....', '..... ..... .....']);
    expect(applied(mine.labels, delta)).toEqual(labels);
    const again = new AcceptStroke(labels, grid, both, wholly, { shape: 'sphere', radius: 1 });
    again.to([4, 0, 0]);
    expect(drawing(labels, mine.dims)[0]).toBe('11.2. 11.2. .....');
    again.cancel();
    expect(drawing(labels, mine.dims)[0]).toBe('11.22 11.2. .....');
  });

  const acceptances = fc.record({
    over: fc.constantFrom('background' as const, 'everything' as const),
    locked: fc.subarray([1, 2, 3]).map((values) => new Set(values)),
    replace: fc.boolean(),
  });
  const cases = scenes.chain((scene) =>
    fc.record({
      scene: fc.constant(scene),
      other: fc.uint8Array({ min: 0, max: 4, minLength: scene.labels.length, maxLength: scene.labels.length }),
      values: fc.subarray([1, 2, 3, 4], { minLength: 1 }).map((values) => new Map(values.map((value) => [value, (value % 3) + 1]))),
      acceptance: acceptances,
    }),
  );

  it('that was accepted is undone to what was; nothing locked and, over background, nothing drawn has changed', () => {
    fc.assert(
      fc.property(cases, ({ scene, other, values, acceptance }) => {
        const delta = changeOf(() => acceptProposed(scene.labels, scene.grid, { labels: other, values }, acceptance));
        const after = applied(scene.labels, delta);
        scene.labels.forEach((before, v) => {
          if (after[v] === before) return;
          expect(acceptance.locked.has(before) || acceptance.locked.has(after[v] as number)).toBe(false);
          if (acceptance.over === 'background') expect(before).toBe(0);
          expect(after[v]).toBe(values.get(other[v] as number) ?? 0);
        });
        applyDelta(after, inverseDelta(delta));
        expect(after).toEqual(scene.labels);
      }),
    );
  });

  it('that was accepted wholly is what the layer has, where that is allowed', () => {
    fc.assert(
      fc.property(cases, ({ scene, other, values, acceptance: { locked } }) => {
        const targets = new Set(values.values());
        const delta = changeOf(() => acceptProposed(scene.labels, scene.grid, { labels: other, values }, { ...wholly, locked }));
        const after = applied(scene.labels, delta);
        scene.labels.forEach((before, v) => {
          const want = values.get(other[v] as number) ?? 0;
          const mayChange = !locked.has(before) && !locked.has(want) && (want !== 0 || targets.has(before));
          expect(after[v]).toBe(mayChange ? want : before);
        });
      }),
    );
  });

  it('of one segment under a brush is what the brush would paint there', () => {
    fc.assert(
      fc.property(
        scenes,
        fc.array(fc.tuple(fc.integer({ min: -2, max: 9 }), fc.nat(8), fc.nat(8)), { minLength: 1, maxLength: 4 }),
        (scene, points) => {
          const { grid: cells, labels: before } = scene;
          const [painted, accepted] = [before.slice(), before.slice()];
          const brush = { shape: 'sphere', radius: 1.5 } as const;
          const plain = new Stroke(painted, cells, { value: 4, over: 'background', locked: new Set() }, brush);
          const proposed = { labels: new Uint8Array(before.length).fill(9), values: new Map([[9, 4]]) };
          const stroke = new AcceptStroke(accepted, cells, proposed, gently, brush);
          for (const point of points) expect(stroke.to(point)).toEqual(plain.to(point));
          expect(accepted).toEqual(painted);
          expect(stroke.finish()).toEqual(plain.finish());
        },
      ),
    );
  });
});

describe('a proposed mask', () => {
  it('is painted by the rules', () => {
    const rules = { value: 3, over: 'background', locked: new Set<number>() } as const;
    const delta = acceptMask(mine.labels, grid, rules, [[0, 4], [9, 2]]); // prettier-ignore
    expect(drawing(applied(mine.labels, delta), mine.dims)[0]).toBe('13332 1...3 3....');
    expect(() => acceptMask(mine.labels, grid, rules, [[0, 1]])).toThrow('nothingHere because=kept');
    expect(() => acceptMask(mine.labels, grid, { ...rules, locked: new Set([3]) }, [[1, 1]])).toThrow(/locked/i);
  });
});

describe('segments of another layer', () => {
  const code = (value: string) => ({ value, scheme: 'SCT' });

  it('are found by code, then by name; the others get numbers that are free', () => {
    const here = [
      { value: 1, name: 'Left kidney' },
      { value: 2, name: 'a', code: code('10200004') },
      { value: 5, name: 'spleen' },
    ];
    const others = [
      { value: 1, name: 'liver', code: code('10200004') },
      { value: 2, name: 'left_kidney' },
      { value: 3, name: 'aorta' },
      { value: 5, name: 'stomach' },
      { value: 300, name: 'pancreas' },
    ];
    const { values, fresh } = matchSegments(here, others, 255);
    expect([...values]).toEqual([[1, 2], [2, 1], [3, 3], [5, 4], [300, 6]]); // prettier-ignore
    expect(fresh.map(({ value, name }) => [value, name])).toEqual([[3, 'aorta'], [4, 'stomach'], [6, 'pancreas']]); // prettier-ignore
  });

  it('without a number left are left aside', () => {
    const { values, fresh } = matchSegments([{ value: 1, name: 'a' }, { value: 2, name: 'b' }], [{ value: 2, name: 'c' }], 2); // prettier-ignore
    expect([values.size, fresh.length]).toEqual([0, 0]);
  });
});

function changeOf(use: () => LabelDelta): LabelDelta {
  try {
    return use();
  } catch (error) {
    if (isTesseraError(error)) return { runs: new Uint32Array() };
    throw error;
  }
}
