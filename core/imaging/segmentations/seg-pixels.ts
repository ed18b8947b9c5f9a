/** One bit a pixel, the first pixel in the lowest bit (PS3.5 8.1.1), frames following each other without a gap. */
export class BitWriter {
  readonly bytes: Uint8Array;
  private bit = 0;

  /** @param bits how many pixels will be written at most */
  constructor(bits: number) {
    this.bytes = new Uint8Array(Math.ceil(bits / 8));
  }

  /** Appends a slice: a pixel is set where the label map has `value`. */
  append(labels: Uint8Array | Uint16Array, value: number): void {
    let { bit } = this;
    for (let i = 0; i < labels.length; i++, bit++) {
      if (labels[i] === value) this.bytes[bit >> 3] = (this.bytes[bit >> 3] as number) | (1 << (bit & 7));
    }
    this.bit = bit;
  }
}

/** The set pixels of a frame of packed bits, told one by one. @param firstBit where the frame begins; frames need not begin at a byte */
export function forEachSetBit(bytes: Uint8Array, firstBit: number, pixels: number, found: (pixel: number) => void): void {
  const end = firstBit + pixels;
  for (let bit = firstBit; bit < end;) {
    const byte = bytes[bit >> 3] as number;
    // Most bytes are empty: eight pixels at once.
    if (byte === 0) {
      bit = (bit | 7) + 1;
      continue;
    }
    const last = Math.min(end, (bit | 7) + 1);
    for (; bit < last; bit++) if ((byte >> (bit & 7)) & 1) found(bit - firstBit);
  }
}

/**
 * Packs one frame by run lengths (PS3.5 annex G), one segment for each byte of a pixel, most significant first.
 * @param pixels one or two bytes a pixel, little endian
 */
export function encodeRle(pixels: Uint8Array, rowLength: number, bytesPerPixel: 1 | 2): Uint8Array {
  const segments: Uint8Array[] = [];
  for (let byte = bytesPerPixel - 1; byte >= 0; byte--) segments.push(encodeSegment(pixels, byte, bytesPerPixel, rowLength));
  const header = new DataView(new ArrayBuffer(64));
  header.setUint32(0, segments.length, true);
  let offset = 64;
  for (const [i, segment] of segments.entries()) {
    header.setUint32(4 + 4 * i, offset, true);
    offset += segment.length;
  }
  return Buffer.concat([new Uint8Array(header.buffer), ...segments]);
}

/** Each row is packed on its own, as the standard wants; a segment has an even length. */
function encodeSegment(pixels: Uint8Array, first: number, step: number, rowLength: number): Uint8Array {
  const out: number[] = [];
  for (let row = first; row < pixels.length; row += rowLength * step) {
    const at = (i: number): number => pixels[row + i * step] as number;
    for (let i = 0; i < rowLength;) {
      let run = 1;
      while (run < 128 && i + run < rowLength && at(i + run) === at(i)) run++;
      if (run >= 2) {
        out.push(257 - run, at(i));
        i += run;
        continue;
      }
      const start = i;
      while (i < rowLength && i - start < 128 && !(i + 1 < rowLength && at(i + 1) === at(i))) i++;
      out.push(i - start - 1);
      for (let p = start; p < i; p++) out.push(at(p));
    }
  }
  if (out.length % 2 === 1) out.push(0);
  return Uint8Array.from(out);
}
