/** Reads bits, most significant first. */
class BitReader {
  private readonly bytes: Uint8Array;
  private at = 0;
  private held = 0;
  private count = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** @param n up to 24 */
  read(n: number): number {
    while (this.count < n) {
      if (this.at >= this.bytes.length) throw new Error('bzip2 data cut short');
      this.held = ((this.held << 8) | (this.bytes[this.at++] as number)) & 0x7fffffff;
      this.count += 8;
    }
    this.count -= n;
    const value = (this.held >>> this.count) & ((1 << n) - 1);
    this.held &= (1 << this.count) - 1;
    return value;
  }
}

const BLOCK_START = [0x314159, 0x265359];
const STREAM_END = [0x177245, 0x385090];
const GROUP = 50;
const LONGEST_CODE = 20;

/**
 * Unpacks a bzip2 stream (no checksums). Format: J. Seward's bzip2, as described by J. Tsai, "BZIP2: Format Specification", 2016.
 * @param most bytes that the result may have
 * @throws Error when the stream is damaged, cut short, or unpacks to more
 */
export function decodeBzip2(bytes: Uint8Array, most: number): Uint8Array {
  const bits = new BitReader(bytes);
  if (bits.read(24) !== 0x425a68) throw new Error('no bzip2 data');
  const level = bits.read(8) - 48;
  if (level < 1 || level > 9) throw new Error('no bzip2 data');
  const out = new Output(most);
  const block = new Uint32Array(level * 100_000);
  for (;;) {
    const [high, low] = [bits.read(24), bits.read(24)];
    if (high === STREAM_END[0] && low === STREAM_END[1]) return out.bytes();
    if (high !== BLOCK_START[0] || low !== BLOCK_START[1]) throw new Error('damaged bzip2 block');
    // The block's checksum, and a flag for a way of sorting that no program writes any more.
    bits.read(24);
    bits.read(8);
    if (bits.read(1) === 1) throw new Error('randomised bzip2 block');
    const start = bits.read(24);
    const length = readBlock(bits, block);
    if (start >= length) throw new Error('damaged bzip2 block');
    unsort(block, length, start, out);
  }
}

/** Undoes Huffman coding, move-to-front and zero runs. @returns symbols in the block */
function readBlock(bits: BitReader, block: Uint32Array): number {
  const used = usedBytes(bits);
  const symbols = used.length + 2;
  const tables = bits.read(3);
  const selectorCount = bits.read(15);
  if (tables < 2 || tables > 6 || selectorCount < 1 || used.length === 0) throw new Error('damaged bzip2 block');
  const selectors = readSelectors(bits, tables, selectorCount);
  const codes = Array.from({ length: tables }, () => readCode(bits, symbols));

  const front = Uint8Array.from(used);
  let length = 0;
  let run = 0;
  let weight = 1;
  for (let group = 0; ; group++) {
    const code = codes[selectors[group] ?? -1];
    if (code === undefined) throw new Error('damaged bzip2 block');
    for (let i = 0; i < GROUP; i++) {
      const symbol = code(bits);
      if (symbol <= 1) {
        // Runs of the front byte are numbers in a base-2 system with digits 1 and 2.
        run += weight << symbol;
        weight *= 2;
        if (run > block.length) throw new Error('damaged bzip2 block');
        continue;
      }
      if (run > 0) {
        if (length + run > block.length) throw new Error('damaged bzip2 block');
        block.fill(front[0] as number, length, length + run);
        length += run;
        run = 0;
        weight = 1;
      }
      if (symbol === symbols - 1) return length;
      if (length >= block.length) throw new Error('damaged bzip2 block');
      const value = front[symbol - 1] as number;
      front.copyWithin(1, 0, symbol - 1);
      front[0] = value;
      block[length++] = value;
    }
  }
}

function usedBytes(bits: BitReader): number[] {
  const groups = bits.read(16);
  const used: number[] = [];
  for (let group = 0; group < 16; group++) {
    if ((groups & (0x8000 >> group)) === 0) continue;
    const members = bits.read(16);
    for (let i = 0; i < 16; i++) if ((members & (0x8000 >> i)) !== 0) used.push(16 * group + i);
  }
  return used;
}

function readSelectors(bits: BitReader, tables: number, count: number): Uint8Array {
  const front = Array.from({ length: tables }, (_, i) => i);
  return Uint8Array.from({ length: count }, () => {
    let at = 0;
    while (bits.read(1) === 1) if (++at >= tables) throw new Error('damaged bzip2 block');
    const [table = 0] = front.splice(at, 1);
    front.unshift(table);
    return table;
  });
}

/** A canonical Huffman code as a function that reads one symbol. */
function readCode(bits: BitReader, symbols: number): (bits: BitReader) => number {
  const lengths: number[] = [];
  for (let length = bits.read(5); lengths.length < symbols;) {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > LONGEST_CODE) throw new Error('damaged bzip2 code');
    lengths.push(length);
  }
  const ordered = lengths.map((length, symbol) => ({ length, symbol })).sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  const counts = new Int32Array(LONGEST_CODE + 1);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  return (from) => {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= LONGEST_CODE; length++) {
      code |= from.read(1);
      const count = counts[length] as number;
      if (code - first < count) return ordered[index + code - first]?.symbol ?? 0;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error('damaged bzip2 code');
  };
}

/** Undoes the Burrows–Wheeler transform, and the runs that were coded before it: four equal bytes, then how many more. */
function unsort(block: Uint32Array, length: number, start: number, out: Output): void {
  const starts = new Int32Array(257);
  for (let i = 0; i < length; i++) starts[(block[i] as number) + 1] = (starts[(block[i] as number) + 1] as number) + 1;
  for (let i = 0; i < 256; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  // The upper 24 bits hold where the next byte is.
  for (let i = 0; i < length; i++) {
    const byte = (block[i] as number) & 0xff;
    const to = starts[byte] as number;
    starts[byte] = to + 1;
    block[to] = ((block[to] as number) | (i << 8)) >>> 0;
  }
  let at = (block[start] as number) >>> 8;
  let same = 0;
  let last = -1;
  for (let i = 0; i < length; i++) {
    const entry = block[at] as number;
    const byte = entry & 0xff;
    at = entry >>> 8;
    if (same === 4) {
      out.repeat(last, byte);
      same = 0;
      last = -1;
      continue;
    }
    same = byte === last ? same + 1 : 1;
    last = byte;
    out.repeat(byte, 1);
  }
}

class Output {
  private readonly most: number;
  private data = new Uint8Array(64 * 1024);
  private length = 0;

  constructor(most: number) {
    this.most = most;
  }

  repeat(byte: number, count: number): void {
    if (this.length + count > this.most) throw new Error('bzip2 data unpack to more than expected');
    if (this.length + count > this.data.length) {
      const grown = new Uint8Array(Math.max(2 * this.data.length, this.length + count));
      grown.set(this.data);
      this.data = grown;
    }
    if (count === 1) this.data[this.length] = byte;
    else this.data.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  bytes(): Uint8Array {
    return this.data.subarray(0, this.length);
  }
}
