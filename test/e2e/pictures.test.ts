import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { compare } from './support/pictures.ts';

const SIDE = 100;

function picture(grey: (x: number, y: number) => number): Uint8Array {
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return grey(pixel % SIDE, Math.floor(pixel / SIDE));
  });
  return encode({ width: SIDE, height: SIDE, channels: 3, data });
}

describe('the comparer of pictures', () => {
  it('finds nothing between a picture and itself', () => {
    const ramp = picture((x, y) => x + y);
    expect(compare(ramp, ramp)).toEqual({ mean: 0, changed: 0 });
  });

  it('tells how much of a picture has changed, and by how much', () => {
    const difference = compare(
      picture(() => 50),
      picture((x) => (x < 20 ? 150 : 50)),
    );
    expect(difference.changed).toBeCloseTo(0.2, 6);
    expect(difference.mean).toBeCloseTo(20, 6);
  });

  it('forgives a line that is drawn a pixel aside, and not a square that is gone', () => {
    const line = (at: number): Uint8Array => picture((x) => (x === at ? 90 : 0));
    expect(compare(line(50), line(51)).changed).toBe(0);
    const square = picture((x, y) => (x < 10 && y < 10 ? 200 : 0));
    expect(
      compare(
        square,
        picture(() => 0),
      ).changed,
    ).toBeCloseTo(0.01, 6);
  });

  it('lets no other size pass', () => {
    expect(
      compare(
        picture(() => 0),
        encode({ width: 1, height: 1, channels: 3, data: new Uint8Array(3) }),
      ),
    ).toEqual({ mean: 255, changed: 1 });
  });
});
