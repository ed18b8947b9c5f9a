import type { Shape } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import { resizePositions } from './resize-positions.ts';
import { gridOf, type UnetrSettings } from './unetr.ts';

export const POSITIONS = 'vit.patch_embedding.position_embeddings';
export const PATCHES = 'vit.patch_embedding.patch_embeddings.weight';
/** Convolutions that see the channels of the image. */
const ON_IMAGE = new Set([PATCHES, 'encoder1.layer.conv1.conv.weight', 'encoder1.layer.conv3.conv.weight']);

/** A weight of another shape. */
export interface ShapedWeight {
  readonly name: string;
  readonly from: Shape;
  readonly to: Shape;
}

/**
 * The way to bring a weight of another shape to the one wanted, where there is a right one: positions of another grid (method 7.2), a
 * "perceptron" embedding, another number of channels (method 7.1); undefined where there is none.
 * @param grid patches along each axis that the positions of the file are for, where they are no cube
 */
export function adaptation(
  { name, from, to }: ShapedWeight,
  s: UnetrSettings,
  grid?: Triple,
): ((values: Float32Array) => Float32Array) | undefined {
  if (name === POSITIONS) return positionsAdaptation(from, s, grid);
  if (!ON_IMAGE.has(name)) return undefined;
  const volume = to.slice(2).reduce((product, n) => product * n, 1);
  const [outer = 0, second = 0] = to;
  const linear = from.length === 2;
  const channels = (from[1] ?? 0) / (linear ? volume : 1);
  if (from[0] !== outer || !Number.isInteger(channels) || !(linear || isSame(from.slice(2), to.slice(2)))) return undefined;
  if (channels !== second && channels !== 1 && second !== 1) return undefined;
  return (values) => adaptChannels(linear ? channelsFirst(values, outer, volume, channels) : values, outer, volume, channels, second);
}

function positionsAdaptation(
  from: Shape,
  s: UnetrSettings,
  given: Triple | undefined,
): ((values: Float32Array) => Float32Array) | undefined {
  const wanted = gridOf(s);
  const rows = from.at(-2) ?? 0;
  const side = cubeSide(rows);
  // A table with as many rows as there are places, or one more, is for this grid, unless another is named.
  const fits = given === undefined && (rows === places(wanted) || rows === places(wanted) + 1);
  const grid: Triple | undefined = given ?? (fits ? wanted : side === undefined ? undefined : [side, side, side]);
  if (grid === undefined || from.at(-1) !== s.width || (rows !== places(grid) && rows !== places(grid) + 1)) return undefined;
  // A row more than there are places is the class token's, which comes first.
  return (values) => resizePositions(values.subarray((rows - places(grid)) * s.width), grid, wanted, s.width);
}

/** The side of a cubic grid of that many rows, with or without one for the class token. */
export function cubeSide(rows: number): number | undefined {
  const side = Math.round(Math.cbrt(rows));
  return side > 0 && (side ** 3 === rows || side ** 3 === rows - 1) ? side : undefined;
}

/** MONAI's "perceptron" embedding stores (d, P0·P1·P2·C), channels fastest. @returns (d, C, P0·P1·P2) */
function channelsFirst(values: Float32Array, outer: number, volume: number, channels: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let d = 0; d < outer; d++)
    for (let v = 0; v < volume; v++)
      for (let c = 0; c < channels; c++) out[(d * channels + c) * volume + v] = values[(d * volume + v) * channels + c] as number;
  return out;
}

/**
 * One channel becomes several by repeating it divided by their number, which keeps activations at the same scale (method 7.1). Several
 * become one by their sum: the answer to the one channel shown on all of them.
 * @param values (outer, from, volume)
 * @returns (outer, to, volume)
 */
export function adaptChannels(values: Float32Array, outer: number, volume: number, from: number, to: number): Float32Array {
  if (from === to) return values;
  const out = new Float32Array(outer * to * volume);
  for (let d = 0; d < outer; d++)
    for (let v = 0; v < volume; v++) {
      let sum = 0;
      for (let c = 0; c < from; c++) sum += values[(d * from + c) * volume + v] as number;
      for (let c = 0; c < to; c++) out[(d * to + c) * volume + v] = sum / to;
    }
  return out;
}

/** Whether two shapes are equal. */
export function isSame(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

function places(grid: Triple): number {
  return grid[0] * grid[1] * grid[2];
}
