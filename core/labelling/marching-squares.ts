import { type SliceValues } from './slice-values.ts';

/** A position in a slice, along its two sides. */
export type PlanePoint = readonly [x: number, y: number];
/** A side of a square of four neighbouring voxels: above, right, below, left of its middle, and the square's first corner. */
export interface SquareSide {
  readonly x: number;
  readonly y: number;
  readonly side: Side;
}
type Side = 0 | 1 | 2 | 3;

const corners = [[0, 0], [1, 0], [1, 1], [0, 1]] as const; // prettier-ignore
const neighbours = [[0, -1], [1, 0], [0, 1], [-1, 0]] as const; // prettier-ignore

/**
 * Lines of one level through a slice, by marching squares (Lorensen & Cline, 1987, in the plane): a line crosses each side of a square whose
 * one end is at least the level and whose other end is below. What lies outside the slice counts as below, so that every line is closed.
 */
export class Squares {
  readonly #plane: SliceValues;
  readonly #level: number;

  constructor(plane: SliceValues, level: number) {
    this.#plane = plane;
    this.#level = level;
  }

  /** The crossed side nearest to a position: of the square that holds it, or else of those around. Undefined when none is crossed. */
  nearestSide(x: number, y: number): SquareSide | undefined {
    const [atX, atY] = [Math.floor(x), Math.floor(y)];
    for (const around of [0, 1]) {
      let nearest: SquareSide | undefined;
      let least = Infinity;
      for (let cy = atY - around; cy <= atY + around; cy++)
        for (let cx = atX - around; cx <= atX + around; cx++)
          for (const side of [0, 1, 2, 3] as const) {
            const at = { x: cx, y: cy, side };
            if (!this.#isCrossed(at)) continue;
            const [px, py] = this.#crossing(at);
            const apart = Math.hypot(px - x, py - y);
            if (apart < least) [nearest, least] = [at, apart];
          }
      if (nearest !== undefined) return nearest;
    }
    return undefined;
  }

  /** The line that crosses a side, as its crossings one after the other; positions beyond the slice are moved onto its border. */
  trace(first: SquareSide): PlanePoint[] {
    const line: PlanePoint[] = [];
    let at = first;
    do {
      const [x, y] = this.#crossing(at);
      const last = line.at(-1);
      if (last === undefined || last[0] !== x || last[1] !== y) line.push([x, y]);
      const side = this.#wayOut(at);
      const [dx, dy] = neighbours[side];
      at = { x: at.x + dx, y: at.y + dy, side: opposite(side) };
    } while (at.x !== first.x || at.y !== first.y || at.side !== first.side);
    const [start, end] = [line[0], line.at(-1)];
    if (line.length > 1 && start !== undefined && end !== undefined && start[0] === end[0] && start[1] === end[1]) line.pop();
    return line;
  }

  /** The side that the line leaves a square by when it entered by another. */
  #wayOut({ x, y, side }: SquareSide): Side {
    const [next, across, last] = [turned(side, 1), turned(side, 2), turned(side, 3)];
    const [toNext, toAcross] = [this.#isCrossed({ x, y, side: next }), this.#isCrossed({ x, y, side: across })];
    // A line crosses two sides, or all four.
    if (!(toNext && toAcross)) return toNext ? next : toAcross ? across : last;
    // All four sides are crossed: the mean says whether the two upper corners hang together, which cuts off the two lower ones, or the reverse.
    const mean = corners.reduce((sum, [dx, dy]) => sum + this.#at(x + dx, y + dy) / 4, 0);
    const [dx, dy] = corners[side];
    const isCutOff = this.#at(x + dx, y + dy) >= this.#level !== mean >= this.#level;
    return isCutOff ? last : next;
  }

  #isCrossed(at: SquareSide): boolean {
    const [a, b] = this.#ends(at);
    return a >= this.#level !== b >= this.#level;
  }

  #crossing(at: SquareSide): PlanePoint {
    const [a, b] = this.#ends(at);
    const [[ax, ay], [bx, by]] = [corners[at.side], corners[turned(at.side, 1)]];
    const t = a === -Infinity ? 1 : b === -Infinity ? 0 : (this.#level - a) / (b - a);
    return [at.x + ax + (bx - ax) * t, at.y + ay + (by - ay) * t];
  }

  #ends({ x, y, side }: SquareSide): [number, number] {
    const [[ax, ay], [bx, by]] = [corners[side], corners[turned(side, 1)]];
    return [this.#at(x + ax, y + ay), this.#at(x + bx, y + by)];
  }

  #at(x: number, y: number): number {
    const { width, height, values } = this.#plane;
    return x < 0 || y < 0 || x >= width || y >= height ? -Infinity : (values[x + width * y] as number);
  }
}

function turned(side: Side, by: 1 | 2 | 3): Side {
  return ((side + by) % 4) as Side;
}

function opposite(side: Side): Side {
  return turned(side, 2);
}
