import { signedDistances, type ShapePair, type SliceShape } from './slice-shapes.ts';

/** Signed distances (mm, positive inside) in a rectangle of a slice. */
export interface DistanceField {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly distances: Float32Array;
}

/** Two shapes going over into each other. */
export class ShapeBlend {
  readonly from: DistanceField;
  readonly to: DistanceField;
  readonly #centres: readonly [readonly [number, number], readonly [number, number]];
  /** The rectangle around the centre that holds both shapes. */
  readonly #low: readonly [number, number];
  readonly #high: readonly [number, number];

  /** @param room millimetres around the shapes that are looked at, too */
  constructor(pair: ShapePair, spacing: readonly [number, number], room: number) {
    const shapes = [pair.from, pair.to].filter((shape) => shape !== undefined);
    const centre = (shape: SliceShape | undefined): readonly [number, number] => shape?.centre ?? shapes[0]?.centre ?? [0, 0];
    this.#centres = [centre(pair.from), centre(pair.to)];
    const margin = (side: 0 | 1): number => Math.ceil(room / spacing[side]) + 2;
    const low = (side: 0 | 1): number => Math.min(...shapes.map((s) => (side === 0 ? s.x : s.y) - s.centre[side])) - margin(side);
    const high = (side: 0 | 1): number =>
      Math.max(...shapes.map((s) => (side === 0 ? s.x + s.width : s.y + s.height) - 1 - s.centre[side])) + margin(side);
    this.#low = [low(0), low(1)];
    this.#high = [high(0), high(1)];
    this.from = this.#field(pair.from, this.#centres[0], spacing);
    this.to = this.#field(pair.to, this.#centres[1], spacing);
  }

  /** The distances at a part of the way, in whole voxels. */
  at(part: number): DistanceField {
    const [a, b] = this.#centres;
    const centre = [(1 - part) * a[0] + part * b[0], (1 - part) * a[1] + part * b[1]] as const;
    const [x, y] = [Math.ceil(centre[0] + this.#low[0]), Math.ceil(centre[1] + this.#low[1])];
    const width = Math.floor(centre[0] + this.#high[0]) - x + 1;
    const height = Math.floor(centre[1] + this.#high[1]) - y + 1;
    const distances = new Float32Array(width * height);
    const target = { x, y, width, height, distances };
    addShifted(target, this.from, a[0] - centre[0], a[1] - centre[1], 1 - part);
    addShifted(target, this.to, b[0] - centre[0], b[1] - centre[1], part);
    return target;
  }

  #field(shape: SliceShape | undefined, centre: readonly [number, number], spacing: readonly [number, number]): DistanceField {
    // One voxel more on each side, as values are interpolated and rounding may fall to either side of a voxel.
    const [x, y] = [Math.floor(centre[0] + this.#low[0]) - 1, Math.floor(centre[1] + this.#low[1]) - 1];
    const width = Math.ceil(centre[0] + this.#high[0]) + 2 - x;
    const height = Math.ceil(centre[1] + this.#high[1]) + 2 - y;
    const distances =
      shape === undefined ? pointDistances(centre, x, y, width, height, spacing) : signedDistances(shape, [x, y], width, height, spacing);
    return { x, y, width, height, distances };
  }
}

/** The signed distances of a point: what an object shrinks to where it ends. */
function pointDistances(
  [cx, cy]: readonly [number, number],
  x: number,
  y: number,
  width: number,
  height: number,
  [dx, dy]: readonly [number, number],
): Float32Array {
  return Float32Array.from(
    { length: width * height },
    (_, n) => -Math.hypot((x + (n % width) - cx) * dx, (y + Math.floor(n / width) - cy) * dy),
  );
}

/** Adds to each value of the target `weight` times the source at its position and a shift (linear interpolation). */
function addShifted(target: DistanceField, source: DistanceField, shiftX: number, shiftY: number, weight: number): void {
  const [wholeX, wholeY] = [Math.floor(shiftX), Math.floor(shiftY)];
  const [fx, fy] = [shiftX - wholeX, shiftY - wholeY];
  const [w00, w10, w01, w11] = [(1 - fx) * (1 - fy) * weight, fx * (1 - fy) * weight, (1 - fx) * fy * weight, fx * fy * weight];
  const { distances: out } = target;
  const { distances: d, width } = source;
  for (let row = 0, n = 0; row < target.height; row++) {
    let at = target.x + wholeX - source.x + width * (target.y + row + wholeY - source.y);
    for (let column = 0; column < target.width; column++, n++, at++) {
      const upper = (d[at] as number) * w00 + (d[at + 1] as number) * w10;
      const lower = (d[at + width] as number) * w01 + (d[at + width + 1] as number) * w11;
      out[n] = (out[n] as number) + upper + lower;
    }
  }
}
