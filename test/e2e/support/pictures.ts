import { decode, type DecodedPng } from 'fast-png';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { root } from './places.ts';

/** Pictures are compared by squares of so many pixels: fonts of another system move edges, but not what is seen. */
const SQUARE = 5;
/** A square whose mean differs by more grey values than this has changed. */
const CHANGED = 24;

export interface Difference {
  /** Mean absolute difference of the squares, in grey values of 255. */
  readonly mean: number;
  /** Share of the squares that have changed. */
  readonly changed: number;
}

/**
 * Compares a screenshot with the picture kept of it. `TESSERA_KEEP_PICTURES=1` keeps the new one instead; otherwise what did not fit is
 * written below out/pictures, to be looked at.
 * @param kept path in the project: docs/pictures for what the documents show, test/e2e/baselines for the rest
 */
export function expectPicture(screenshot: Buffer, kept: string, allowed: Difference = { mean: 3, changed: 0.03 }): void {
  const path = join(root, kept);
  if (process.env['TESSERA_KEEP_PICTURES'] === '1') {
    write(path, screenshot);
    return;
  }
  if (!existsSync(path)) throw new Error(`${kept} is absent; look at the picture that TESSERA_KEEP_PICTURES=1 makes`);
  const difference = compare(screenshot, readFileSync(path));
  const fits = difference.mean <= allowed.mean && difference.changed <= allowed.changed;
  const seen = join('out', 'pictures', kept);
  if (!fits) write(join(root, seen), screenshot);
  expect(fits, `${kept} and ${seen} differ: ${JSON.stringify(difference)}`).toBe(true);
}

/** @returns 255 and 1 where the sizes differ: nothing can be said of the rest */
export function compare(a: Uint8Array, b: Uint8Array): Difference {
  const [left, right] = [decode(a), decode(b)];
  if (left.width !== right.width || left.height !== right.height) return { mean: 255, changed: 1 };
  const [one, other] = [squares(left), squares(right)];
  const apart = one.map((value, at) => Math.abs(value - (other[at] as number)));
  const channels = 3;
  let changed = 0;
  for (let at = 0; at < apart.length; at += channels) if (apart.slice(at, at + channels).some((value) => value > CHANGED)) changed++;
  return { mean: apart.reduce((sum, value) => sum + value, 0) / apart.length, changed: (changed * channels) / apart.length };
}

/** Mean red, green and blue of each square. */
function squares({ width, height, data, channels }: DecodedPng): Float32Array {
  const [columns, rows] = [Math.ceil(width / SQUARE), Math.ceil(height / SQUARE)];
  const sums = new Float32Array(columns * rows * 3);
  const counts = new Float32Array(columns * rows);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const square = Math.floor(x / SQUARE) + columns * Math.floor(y / SQUARE);
      counts[square] = (counts[square] as number) + 1;
      for (let c = 0; c < 3; c++)
        sums[3 * square + c] = (sums[3 * square + c] as number) + (data[channels * (x + width * y) + (channels < 3 ? 0 : c)] as number);
    }
  return sums.map((sum, at) => sum / (counts[Math.floor(at / 3)] as number));
}

function write(path: string, png: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, png);
}
