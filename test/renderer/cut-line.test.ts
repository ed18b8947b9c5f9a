import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointLPS } from '../../core/imaging/index.ts';
import { cutLine } from '../../renderer/state/cut-line.ts';

describe('the line in which a plane cuts a slice', () => {
  const axial = { middle: pointLPS(5, 6, 7), right: [1, 0, 0], up: [0, -1, 0] } as const;

  it('is upright where a sagittal plane cuts an axial slice', () => {
    const line = cutLine({ origin: pointLPS(15, -3, 80), normal: [1, 0, 0] }, axial, 100);
    expect(line?.map(({ right }) => right)).toEqual([10, 10]);
    expect(line?.map(({ up }) => up)).toEqual([100, -100]);
  });

  it('is not there where they are parallel', () => {
    expect(cutLine({ origin: pointLPS(0, 0, 20), normal: [0, 0, 1] }, axial, 100)).toBeUndefined();
  });

  it('lies in the plane, whatever its direction', () => {
    const angle = fc.double({ min: 0.1, max: Math.PI - 0.1, noNaN: true });
    const place = fc.double({ min: -200, max: 200, noNaN: true });
    fc.assert(
      fc.property(angle, angle, place, place, place, (polar, azimuth, x, y, z) => {
        const normal = [Math.sin(polar) * Math.cos(azimuth), Math.sin(polar) * Math.sin(azimuth), Math.cos(polar)] as const;
        for (const { right, up } of cutLine({ origin: pointLPS(x, y, z), normal }, axial, 300) ?? []) {
          const offset = [5 + right - x, 6 - up - y, 7 - z] as const;
          expect(offset[0] * normal[0] + offset[1] * normal[1] + offset[2] * normal[2]).toBeCloseTo(0, 6);
        }
      }),
    );
  });
});
