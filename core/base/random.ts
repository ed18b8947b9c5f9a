/**
 * A seeded random generator that gives the same numbers on every machine and backend: xoshiro128** (Blackman and Vigna, 2018),
 * seeded through splitmix32. Its whole state is four integers, so a checkpoint can carry it.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [low, high], both included. */
  integer(low: number, high: number): number;
  /** Standard normal, by the Box-Muller transform (no spare value is kept, so the state is the four integers alone). */
  normal(): number;
  /** Numbers 0..n-1 in random order: the indices that sort n uniform draws (method 2.2: argsort of u). */
  permutation(n: number): Int32Array;
  /** An independent generator for a named purpose; it does not advance this one. */
  fork(purpose: string | number): Random;
  state(): RandomState;
}

export type RandomState = readonly [number, number, number, number];

export function seededRandom(seed: number): Random {
  let word = seed >>> 0;
  const splitmix = (): number => {
    word = (word + 0x9e3779b9) >>> 0;
    let z = word;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return randomFromState([splitmix(), splitmix(), splitmix(), splitmix()]);
}

export function randomFromState(from: RandomState): Random {
  let [a, b, c, d] = from;

  const bits = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = (b << 9) >>> 0;
    c = (c ^ a) >>> 0;
    d = (d ^ b) >>> 0;
    b = (b ^ c) >>> 0;
    a = (a ^ d) >>> 0;
    c = (c ^ shifted) >>> 0;
    d = rotateLeft(d, 11);
    return result;
  };
  const next = (): number => (bits() * 2097152 + (bits() >>> 11)) / 9007199254740992;

  return {
    next,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    permutation: (n) => {
      const keys = Float64Array.from({ length: n }, next);
      const order = Int32Array.from({ length: n }, (_, i) => i);
      return order.sort((i, j) => (keys[i] ?? 0) - (keys[j] ?? 0) || i - j);
    },
    fork: (purpose) => seededRandom(hash(`${a},${b},${c},${d}/${purpose}`)),
    state: () => [a, b, c, d],
  };
}

function rotateLeft(x: number, k: number): number {
  return ((x << k) | (x >>> (32 - k))) >>> 0;
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
