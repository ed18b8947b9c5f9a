/**
 * Unpacks one RLE frame (PS3.5 annex G): for each byte of a pixel, most significant first, one run-length coded segment.
 * @returns pixels in little-endian order, `pixels · bytes` bytes
 * @throws Error when a segment is cut short or holds more than it should
 */
export function decodeRle(frame: Uint8Array, pixels: number, bytes: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 64) throw new Error('no RLE header');
  const segments = view.getUint32(0, true);
  if (segments !== bytes) throw new Error(`${segments} RLE segments for ${bytes} bytes a pixel`);
  const out = new Uint8Array(pixels * bytes);
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : frame.length;
    if (start < 64 || end > frame.length || start > end) throw new Error('RLE segment outside of the frame');
    unpack(frame.subarray(start, end), out, bytes - 1 - segment, bytes);
  }
  return out;
}

function unpack(packed: Uint8Array, out: Uint8Array, first: number, step: number): void {
  let at = 0;
  let to = first;
  while (to < out.length) {
    if (at >= packed.length) throw new Error('RLE segment cut short');
    const control = packed[at++] as number;
    if (control < 128) {
      if (at + control >= packed.length) throw new Error('RLE segment cut short');
      for (let i = 0; i <= control && to < out.length; i++, to += step) out[to] = packed[at + i] as number;
      at += control + 1;
    } else if (control > 128) {
      if (at >= packed.length) throw new Error('RLE segment cut short');
      const value = packed[at++] as number;
      for (let i = 257 - control; i > 0 && to < out.length; i--, to += step) out[to] = value;
    }
  }
}
