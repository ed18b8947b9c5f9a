import { describe, expect, it } from 'vitest';
import { segmentColour } from '../../core/labelling/segment-colours.ts';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/**
 * How linear RGB looks to dichromats (severity 1.0), from table 1 of Machado, Oliveira and Fernandes, "A Physiologically-based Model for
 * Simulation of Color Vision Deficiency", IEEE Transactions on Visualization and Computer Graphics 15 (6), 2009,
 * https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
 */
const SIGHT = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const satisfies Record<string, Matrix>;

/** Linear sRGB to XYZ and the white point D65 (IEC 61966-2-1). */
const XYZ: Matrix = [
  [0.4124564, 0.3575761, 0.180437],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const WHITE: Triple = [0.95047, 1, 1.08883];

const times = (matrix: Matrix, v: Triple): Triple =>
  matrix.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Triple;

/** CIELAB of a colour as it is seen. */
function lab(colour: string, sight: keyof typeof SIGHT): Triple {
  const linear = [1, 3, 5].map((at) => {
    const c = parseInt(colour.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
  const seen = times(SIGHT[sight], linear).map((c) => Math.min(1, Math.max(0, c))) as unknown as Triple;
  const f = times(XYZ, seen).map((c, axis) => {
    const t = c / (WHITE[axis] ?? 1);
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  });
  const [x = NaN, y = NaN, z = NaN] = f;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function difference(a: string, b: string, sight: keyof typeof SIGHT): number {
  const [p, q] = [lab(a, sight), lab(b, sight)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

describe('colours of segments', () => {
  it('computes differences as they are known: red and green are far apart, and close for deuteranopes', () => {
    // ΔE*ab of the sRGB primaries is 170.6.
    expect(difference('#ff0000', '#00ff00', 'normal')).toBeCloseTo(170.6, 0);
    expect(difference('#a05000', '#507800', 'normal')).toBeGreaterThan(50);
    expect(difference('#a05000', '#507800', 'deuteranopia')).toBeLessThan(15);
  });

  it.each([
    ['normal', 26],
    ['protanopia', 26],
    ['deuteranopia', 26],
    ['tritanopia', 17],
  ] as const)('differ among twelve in a row, with %s by ΔE %i', (sight, least) => {
    for (let value = 1; value <= 30; value++)
      for (let ahead = 1; ahead < 12; ahead++)
        expect(difference(segmentColour(value), segmentColour(value + ahead), sight)).toBeGreaterThan(least);
  });

  it.each(['normal', 'protanopia', 'deuteranopia'] as const)('differ clearly from one segment to the next with %s', (sight) => {
    for (let value = 1; value < 30; value++) expect(difference(segmentColour(value), segmentColour(value + 1), sight)).toBeGreaterThan(55);
  });

  it('stand out from the greys of a scan', () => {
    for (let value = 1; value <= 12; value++) {
      const [, a, b] = lab(segmentColour(value), 'normal');
      expect(Math.hypot(a, b)).toBeGreaterThan(25);
      expect(segmentColour(value)).toMatch(/^#[0-9a-f]{6}$/);
    }
    expect(segmentColour(0)).toBe(segmentColour(1));
  });
});
