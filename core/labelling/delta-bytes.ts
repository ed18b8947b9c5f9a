import { inverseDelta, type LabelDelta } from './label-delta.ts';

/**
 * A delta as bytes: for each run the gap from the end of the run before, its length, the value before and the value after, as unsigned LEB128
 * (seven bits a byte, the lowest first, the high bit set on all but the last). A brush stroke takes four to six bytes a run.
 */
export function encodeDelta({ runs }: LabelDelta): Uint8Array {
  const bytes = new Uint8Array(runs.length * LONGEST);
  let at = 0;
  const write = (number: number): void => {
    let rest = number;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) + 128;
    bytes[at++] = rest;
  };
  let end = 0;
  for (let r = 0; r < runs.length; r += 4) {
    const [start, length] = [runs[r] as number, runs[r + 1] as number];
    write(start - end);
    write(length);
    write(runs[r + 2] as number);
    write(runs[r + 3] as number);
    end = start + length;
  }
  return bytes.slice(0, at);
}

/** The delta of some bytes, or undefined when they are none. Whether it fits a label map is told when it is applied. */
export function decodeDelta(bytes: Uint8Array): LabelDelta | undefined {
  let numbers = 0;
  for (const byte of bytes) if (byte < 128) numbers++;
  if (numbers % 4 !== 0 || (bytes.at(-1) ?? 0) > 127) return undefined;
  const runs = new Uint32Array(numbers);
  let [end, number, unit, n] = [0, 0, 1, 0];
  for (const byte of bytes) {
    number += (byte & 127) * unit;
    unit *= 128;
    if (number > LARGEST || unit > LARGEST * 128) return undefined;
    if (byte > 127) continue;
    const field = n % 4;
    const value = field === 0 ? end + number : number;
    if (value > LARGEST) return undefined;
    runs[n++] = value;
    if (field < 2) end = field === 0 ? value : end + value;
    [number, unit] = [0, 1];
  }
  return { runs };
}

/** The encoded inverse of an encoded delta. @throws Error (a mistake in the program) for bytes that are none */
export function inverseBytes(bytes: Uint8Array): Uint8Array {
  return encodeDelta(inverseDelta(decodedDelta(bytes)));
}

/** As {@link decodeDelta}, for bytes that were checked before. */
export function decodedDelta(bytes: Uint8Array): LabelDelta {
  const delta = decodeDelta(bytes);
  if (delta === undefined) throw new Error('these bytes are no delta');
  return delta;
}

const LARGEST = 0xffffffff;
/** Bytes of the largest number. */
const LONGEST = 5;
