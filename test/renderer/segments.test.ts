import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Segment } from '../../renderer/api/types.ts';
import { pointLPS } from '../../renderer/scene/grid.ts';
import { LabelImage } from '../../renderer/scene/label-image.ts';
import { LARGEST_RADIUS, SMALLEST_RADIUS, steppedRadius } from '../../renderer/state/label-tool.ts';
import {
  addPainted,
  addSegment,
  allDone,
  changeSegment,
  emptied,
  findSegments,
  lockedOf,
  newSegment,
  removeSegment,
  sameSegments,
} from '../../renderer/state/segments.ts';
import { voxelChange } from '../../renderer/state/voxel-change.ts';
import { applyDelta, deltaBetween, paintedDelta } from '../../core/labelling/index.ts';

const liver: Segment = { value: 1, name: 'liver', colour: '#ff0000', state: 'todo', locked: false };
const left: Segment = {
  value: 3,
  name: 'kidney_left',
  colour: '#00ff00',
  state: 'done',
  locked: true,
  code: { value: '18639004', scheme: 'SCT', meaning: 'Left kidney' },
};

describe('the table of segments', () => {
  it('takes the lowest free number, until there is none', () => {
    expect(newSegment([liver, left], (value) => `Segment ${value}`, 255)).toMatchObject({ value: 2, name: 'Segment 2', locked: false });
    expect(newSegment([liver], String, 1)).toBeUndefined();
  });

  it('is changed the same whatever else was changed meanwhile', () => {
    expect(changeSegment(1, { name: 'Liver' })([left, liver])).toEqual([left, { ...liver, name: 'Liver' }]);
    expect(allDone([left, liver])).toEqual([
      { ...left, state: 'done' },
      { ...liver, state: 'done' },
    ]);
    expect(removeSegment(1)([liver, left])).toEqual([left]);
    expect(addSegment({ ...liver, name: 'twice' })([liver])).toEqual([liver]);
    expect([...lockedOf([liver, left])]).toEqual([3]);
  });

  it('gets a row for every new number that a tool paints', () => {
    const delta = deltaBetween(Uint8Array.of(1, 1, 1, 1), Uint8Array.of(1, 7, 0, 5));
    expect(addPainted(delta, 'liver')([liver]).map(({ value, name }) => [value, name])).toEqual([
      [1, 'liver'],
      [5, 'liver 5'],
      [7, 'liver 7'],
    ]);
  });

  it('finds by name, number and code', () => {
    expect(findSegments([liver, left], 'Kidney left')).toEqual([left]);
    expect(findSegments([liver, left], '1863')).toEqual([left]);
    expect(findSegments([liver, left], ' ')).toEqual([liver, left]);
  });

  it('is the same when nothing that is shown differs', () => {
    expect(sameSegments([liver, left], [{ ...liver }, structuredClone(left)])).toBe(true);
    expect(sameSegments([liver], [{ ...liver, state: 'done' }])).toBe(false);
    expect(sameSegments([liver], [liver, left])).toBe(false);
  });

  it('gives all voxels of a deleted segment back, and no others', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60, max: 3 }), (labels) => {
        const after = labels.slice();
        applyDelta(after, emptied(labels, 2));
        expect([...after]).toEqual([...labels].map((value) => (value === 2 ? 0 : value)));
      }),
    );
  });
});

describe('a change of voxels', () => {
  it('has the box around it and the segments that gained or lost', () => {
    const dims = [7, 5, 4] as const;
    const geometry = {
      dims,
      spacing: [1, 1, 1],
      origin: pointLPS(0, 0, 0),
      direction: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    } as const;
    const run = fc.tuple(fc.nat(139), fc.integer({ min: 1, max: 20 }), fc.nat(3));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 140, maxLength: 140, max: 3 }), run, (labels, [start, length, value]) => {
        const delta = paintedDelta(labels, [[start, Math.min(length, 140 - start)]], value);
        const { box, values } = voxelChange(new LabelImage(geometry, labels), delta);
        const after = labels.slice();
        applyDelta(after, delta);
        for (let v = 0; v < 140; v++) {
          if (labels[v] === after[v]) continue;
          const place = [v % 7, Math.floor(v / 7) % 5, Math.floor(v / 35)];
          const inside = place.every((at, axis) => {
            const from = box?.start[axis] ?? NaN;
            return at >= from && at < from + (box?.size[axis] ?? 0);
          });
          expect(inside).toBe(true);
          for (const touched of [labels[v], after[v]]) expect(touched === 0 || values?.has(touched ?? 0)).toBe(true);
        }
        expect(values?.has(0)).toBe(false);
      }),
    );
  });
});

describe('the radius of a brush', () => {
  it('grows and shrinks by every step, within bounds', () => {
    for (let radius = SMALLEST_RADIUS, next = 0; radius < LARGEST_RADIUS; radius = next) {
      next = steppedRadius(radius, 1);
      expect(next).toBeGreaterThan(radius);
      expect(steppedRadius(next, -1)).toBeLessThan(next);
    }
    expect(steppedRadius(LARGEST_RADIUS, 1)).toBe(LARGEST_RADIUS);
    expect(steppedRadius(SMALLEST_RADIUS, -1)).toBe(SMALLEST_RADIUS);
  });
});
