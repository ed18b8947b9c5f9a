import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyDelta,
  decodeDelta,
  deltaBetween,
  encodeDelta,
  inverseDelta,
  paintedDelta,
  type LabelDelta,
} from '../../core/labelling/index.ts';

const VOXELS = 200;
const map8 = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: VOXELS, maxLength: VOXELS }).map((values) => Uint8Array.from(values));
/** Few values, so that there are runs. */
const calmMap = fc
  .array(fc.integer({ min: 0, max: 2 }), { minLength: VOXELS, maxLength: VOXELS })
  .map((values) => Uint16Array.from(values));
const run = fc
  .tuple(fc.integer({ min: 0, max: VOXELS - 1 }), fc.integer({ min: 0, max: VOXELS }))
  .map(([start, length]): [number, number] => [start, Math.min(length, VOXELS - start)]);

describe('a delta of labels', () => {
  it('leads from one map to the other, and its inverse back', () => {
    fc.assert(
      fc.property(map8, map8, (before, after) => {
        const delta = deltaBetween(before, after);
        const labels = before.slice();
        applyDelta(labels, delta);
        expect(labels).toEqual(after);
        applyDelta(labels, inverseDelta(delta));
        expect(labels).toEqual(before);
      }),
    );
  });

  it('is the same after it was stored', () => {
    fc.assert(
      fc.property(calmMap, calmMap, (before, after) => {
        const delta = deltaBetween(before, after);
        expect(decodeDelta(encodeDelta(delta))).toEqual(delta);
      }),
    );
  });

  it('holds positions and lengths of 32 bits', () => {
    const delta = { runs: Uint32Array.of(4_000_000_000, 290_000_000, 65535, 1, 4_294_967_294, 1, 0, 65535) };
    expect(decodeDelta(encodeDelta(delta))).toEqual(delta);
  });

  it('of painted runs sets their voxels, however they overlap, and nothing else', () => {
    fc.assert(
      fc.property(calmMap, fc.array(run, { maxLength: 12 }), fc.integer({ min: 0, max: 3 }), (before, runs, value) => {
        const labels = before.slice();
        applyDelta(labels, paintedDelta(before, runs, value));
        const expected = before.slice();
        for (const [start, length] of runs) expected.fill(value, start, start + length);
        expect(labels).toEqual(expected);
      }),
    );
  });

  it('takes few bytes: a square of 20 by 20 voxels in a slice of 512 takes 20 runs of four to six bytes', () => {
    const labels = new Uint8Array(512 * 512);
    const rows = Array.from({ length: 20 }, (_, j): [number, number] => [512 * (100 + j) + 100, 20]);
    const delta = paintedDelta(labels, rows, 1);
    expect(delta.runs.length).toBe(20 * 4);
    expect(encodeDelta(delta).length).toBeLessThanOrEqual(20 * 6);
  });

  it.each<[string, number[]]>([
    ['another state', [5, 2, 7, 1]],
    ['outside', [VOXELS - 1, 2, 0, 1]],
    ['out of order', [10, 5, 0, 1, 12, 1, 0, 1]],
    ['out of order', [10, 0, 0, 1]],
    ['256', [3, 1, 0, 256]],
    ['cut short', [3, 1, 0]],
  ])('that does not fit (%s) changes nothing', (complaint, runs) => {
    const labels = new Uint8Array(VOXELS);
    expect(() => applyDelta(labels, { runs: Uint32Array.from([1, 1, 0, 9, ...runs]) })).toThrow(complaint);
    expect(labels).toEqual(new Uint8Array(VOXELS));
  });

  it('is never made of bytes that are none, and never takes long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const delta: LabelDelta | undefined = decodeDelta(bytes);
        if (delta !== undefined) expect(decodeDelta(encodeDelta(delta))).toEqual(delta);
      }),
      { numRuns: 1000 },
    );
    expect(decodeDelta(Uint8Array.of(1, 2, 3))).toBeUndefined();
    expect(decodeDelta(Uint8Array.of(1, 2, 3, 128))).toBeUndefined();
    expect(decodeDelta(new Uint8Array(40).fill(255))).toBeUndefined();
  });
});
