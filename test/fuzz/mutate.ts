import type { Random } from '../../core/base/random.ts';
import { editText } from './edit-text.ts';
import { hotSpots } from './hot-spots.ts';
import { FLOATS, INTEGERS } from './extremes.ts';

/** No mutated file grows beyond this: what a small file can do is the question. */
const LARGEST = 4 * 1024 ** 2;
/** How many steps a change has: mostly one, for files that are wrong in one place get furthest into the program. */
const STEPS = [1, 1, 1, 1, 1, 2, 2, 3, 5];

type Step = (bytes: Buffer, random: Random, donors: readonly Uint8Array[]) => Buffer;

/** Changes bytes in one or more steps. @param donors other files of the kind, for splicing */
export function mutate(bytes: Uint8Array, random: Random, donors: readonly Uint8Array[]): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let n = STEPS[random.integer(0, STEPS.length - 1)] ?? 1; n > 0; n--) {
    const step = weighted[random.integer(0, weighted.length - 1)] ?? flipBits;
    result = step(result, random, donors).subarray(0, LARGEST);
  }
  return result;
}

const flipBits: Step = (bytes, random) => {
  for (let n = random.integer(1, 8); n > 0; n--) {
    const at = place(bytes, random);
    if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.integer(0, 7));
  }
  return bytes;
};

const fillRun: Step = (bytes, random) => {
  const at = place(bytes, random);
  const value = [0, 0xff, 0x20, random.integer(0, 255)][random.integer(0, 3)] ?? 0;
  return bytes.fill(value, at, Math.min(bytes.length, at + random.integer(1, 64)));
};

const randomRun: Step = (bytes, random) => {
  const at = place(bytes, random);
  const end = Math.min(bytes.length, at + random.integer(1, 64));
  for (let i = at; i < end; i++) bytes[i] = random.integer(0, 255);
  return bytes;
};

const truncate: Step = (bytes, random) => bytes.subarray(0, random.integer(0, bytes.length));

const remove: Step = (bytes, random) => {
  const [from, to] = range(bytes, random);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
};

const repeat: Step = (bytes, random) => {
  const [from, to] = range(bytes, random);
  const piece = bytes.subarray(from, to);
  const times = Math.min(random.next() < 0.8 ? 1 : random.integer(2, 2000), Math.ceil(LARGEST / Math.max(1, piece.length)));
  return Buffer.concat([bytes.subarray(0, to), ...Array<Buffer>(times).fill(piece), bytes.subarray(to)]);
};

const insert: Step = (bytes, random) => {
  const at = place(bytes, random);
  const piece = Buffer.from(Array.from({ length: random.integer(1, 32) }, () => random.integer(0, 255)));
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
};

/** The beginning of one file and the end of another. */
const splice: Step = (bytes, random, donors) => {
  const donor = donors[random.integer(0, Math.max(0, donors.length - 1))] ?? bytes;
  const from = random.next() < 0.5 ? place(bytes, random) : random.integer(0, donor.length);
  return Buffer.concat([bytes.subarray(0, place(bytes, random)), donor.subarray(from)]);
};

/** A number of 2, 4 or 8 bytes in either order becomes one that nobody reckons with: lengths, counts, dimensions. */
const extremeInteger: Step = (bytes, random) => {
  const width = [2, 4, 4, 8][random.integer(0, 3)] ?? 4;
  const at = place(bytes, random);
  if (at + width > bytes.length) return bytes;
  const value = BigInt.asUintN(8 * width, INTEGERS[random.integer(0, INTEGERS.length - 1)] ?? 0n);
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(value);
  const little = number.subarray(0, width);
  bytes.set(random.next() < 0.75 ? little : little.reverse(), at);
  return bytes;
};

const extremeFloat: Step = (bytes, random) => {
  const at = place(bytes, random);
  const value = FLOATS[random.integer(0, FLOATS.length - 1)] ?? 0;
  const number = Buffer.alloc(random.next() < 0.5 ? 4 : 8);
  if (number.length === 4) number.writeFloatLE(value);
  else number.writeDoubleLE(value);
  if (at + number.length <= bytes.length) bytes.set(random.next() < 0.75 ? number : number.reverse(), at);
  return bytes;
};

const editHeaderText: Step = (bytes, random) => editText(bytes, random);

const weighted: readonly Step[] = [
  flipBits,
  flipBits,
  fillRun,
  randomRun,
  truncate,
  remove,
  repeat,
  insert,
  splice,
  extremeInteger,
  extremeInteger,
  extremeInteger,
  extremeFloat,
  editHeaderText,
  editHeaderText,
  editHeaderText,
];

/** Most changes go to headers and where lengths and sizes stand; there they hurt. */
function place(bytes: Buffer, random: Random): number {
  const dice = random.next();
  if (dice < 0.45) {
    const spots = hotSpots(bytes);
    const spot = spots[random.integer(0, Math.max(0, spots.length - 1))];
    if (spot !== undefined) return Math.min(bytes.length, spot + random.integer(0, 12));
  }
  return random.integer(0, Math.max(0, dice < 0.8 ? Math.min(bytes.length, 4096) : bytes.length));
}

function range(bytes: Buffer, random: Random): [number, number] {
  const from = place(bytes, random);
  const longest = [8, 64, 1024, bytes.length][random.integer(0, 3)] ?? 8;
  return [from, Math.min(bytes.length, from + random.integer(1, Math.max(1, longest)))];
}
