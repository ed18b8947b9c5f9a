import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyDelta, deltaBetween, inverseDelta, SegmentVolumes, type Grid } from '../../core/labelling/index.ts';

const grid: Grid = { dims: [5, 4, 3], spacing: [0.5, 2, 10] };
const map = fc.array(fc.constantFrom(0, 0, 1, 1, 2, 700), { minLength: 60, maxLength: 60 }).map((values) => Uint16Array.from(values));

it('volumes after changes are those counted anew, and are back after the changes are taken back', () => {
  fc.assert(
    fc.property(map, map, (before, after) => {
      const volumes = new SegmentVolumes(before, grid);
      const told = (): number[][] => volumes.values().map((value) => [value, volumes.voxels(value), volumes.millilitres(value)]);
      const first = told();
      const delta = deltaBetween(before, after);
      volumes.update(delta);
      const labels = before.slice();
      applyDelta(labels, delta);
      for (const value of [0, 1, 2, 700]) {
        const count = [...labels].filter((label) => label === value).length;
        expect(volumes.voxels(value)).toBe(count);
        expect(volumes.millilitres(value)).toBeCloseTo(count * 0.01);
      }
      volumes.update(inverseDelta(delta));
      expect(told()).toEqual(first);
    }),
  );
});

it('a segment that is not there has none', () => {
  const volumes = new SegmentVolumes(new Uint8Array(60), grid);
  expect([volumes.voxels(1), volumes.millilitres(90000), volumes.values()]).toEqual([0, 0, []]);
  expect(() => new SegmentVolumes(new Uint8Array(6), grid)).toThrow('has 6 voxels');
});
