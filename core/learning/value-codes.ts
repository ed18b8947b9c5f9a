/** Numbers as positions in a table of those that occur: half or a quarter of the bytes, and exact. */
export interface ValueCodes {
  /** Every number that occurs, each bit pattern once. */
  readonly table: Float32Array;
  readonly codes: Uint8Array | Uint16Array;
}

const MOST_VALUES = 65_536;
const SLOTS = 1 << 18;

/**
 * Scans are stored as whole numbers of 16 bits or fewer, so that on their own grid few different values occur, whatever the intensity
 * mapping made of them. Undefined when more than 65,536 do (resampled scans).
 */
export function valueCodes(values: Float32Array): ValueCodes | undefined {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const codes = new Uint16Array(values.length);
  const table = new Int32Array(MOST_VALUES);
  // Open addressing: code + 1 of the value that lives in a slot, 0 for none.
  const slots = new Int32Array(SLOTS);
  let count = 0;
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i] as number;
    let slot = (Math.imul(value, 0x9e3779b1) >>> 14) & (SLOTS - 1);
    let found = slots[slot] as number;
    while (found !== 0 && table[found - 1] !== value) {
      slot = (slot + 1) & (SLOTS - 1);
      found = slots[slot] as number;
    }
    if (found === 0) {
      if (count === MOST_VALUES) return undefined;
      table[count] = value;
      found = ++count;
      slots[slot] = found;
    }
    codes[i] = found - 1;
  }
  const used = new Float32Array(table.slice(0, count).buffer);
  return { table: used, codes: count <= 256 ? Uint8Array.from(codes) : codes };
}
