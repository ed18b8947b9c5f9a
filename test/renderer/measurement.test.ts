import { describe, expect, it } from 'vitest';
import { pointLPS, VolumeImage } from '../../renderer/scene/index.ts';
import { goesOn, liesIn, measure, placeOf, type MeasurementDraft, type ObliquePlace } from '../../renderer/state/measurement.ts';

const axial = { plane: 'axial', axis: 2, slice: 7 } as const;
const half = Math.SQRT1_2;
/** Leans by 45 degrees: from the patient's front below to the back above. */
const oblique: ObliquePlace = { plane: 'oblique', directions: { right: [1, 0, 0], up: [0, half, half], away: [0, half, -half] } };
const depthBelow = ([, y, z]: readonly [number, number, number]): number => half * (y - z);

describe('where a measurement is drawn', () => {
  const line: MeasurementDraft = { ...oblique, kind: 'distance', points: [pointLPS(0, 0, 0), pointLPS(3, 4, 4)] };

  it('keeps of a view the slice, or the direction of its plane', () => {
    const view = { ...axial, zoom: 3 };
    expect(placeOf(view)).toEqual(axial);
    expect(placeOf({ ...oblique })).toEqual(oblique);
  });

  it('goes on in the same slice or plane with the same tool, and nowhere else', () => {
    const begun: MeasurementDraft = { ...axial, kind: 'angle', points: [pointLPS(1, 2, 3)] };
    expect(goesOn(begun, 'angle', axial, pointLPS(5, 5, 3))).toBe(true);
    expect(goesOn(begun, 'distance', axial, pointLPS(5, 5, 3))).toBe(false);
    expect(goesOn(begun, 'angle', { ...axial, slice: 8 }, pointLPS(5, 5, 4))).toBe(false);
    expect(goesOn(begun, 'angle', oblique, pointLPS(5, 5, 3))).toBe(false);
    const leaning: MeasurementDraft = { ...oblique, kind: 'distance', points: [pointLPS(0, 0, 0)] };
    expect(goesOn(leaning, 'distance', oblique, pointLPS(9, 4, 4.2))).toBe(true);
    expect(goesOn(leaning, 'distance', oblique, pointLPS(9, 4, 6))).toBe(false);
    expect(goesOn(leaning, 'distance', axial, pointLPS(9, 0, 0))).toBe(false);
  });

  it('is shown in its own slice, and a line in every oblique plane that holds all of its points', () => {
    expect(liesIn(line, oblique, depthBelow)).toBe(true);
    expect(liesIn(line, axial, depthBelow)).toBe(false);
    const inSlice: MeasurementDraft = { ...axial, kind: 'distance', points: [pointLPS(0, 5, 5), pointLPS(8, 5, 5.1)] };
    expect(liesIn(inSlice, axial, () => NaN)).toBe(true);
    expect(liesIn(inSlice, oblique, depthBelow)).toBe(true);
    expect(liesIn({ ...inSlice, points: [...inSlice.points, pointLPS(0, 9, 5)] }, oblique, depthBelow)).toBe(false);
    expect(liesIn({ ...inSlice, kind: 'ellipse' }, oblique, depthBelow)).toBe(false);
  });

  it('measures in space, whatever the plane', () => {
    const direction = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ] as const;
    const geometry = { dims: [4, 4, 4], spacing: [1, 1, 1], origin: pointLPS(0, 0, 0), direction } as const;
    const volume = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 1] });
    expect(measure(line, volume)).toEqual({ unit: 'mm', value: Math.sqrt(41) });
    const angle: MeasurementDraft = { ...oblique, kind: 'angle', points: [pointLPS(5, 0, 0), pointLPS(0, 0, 0), pointLPS(0, 2, 2)] };
    expect(measure(angle, volume)).toMatchObject({ unit: '°', value: 90 });
  });
});
