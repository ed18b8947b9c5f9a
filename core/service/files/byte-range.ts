/** Bytes from `start` up to but without `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a Range header (RFC 9110, 14.1.2) for a file of `size` bytes. One range only: several have no use here and make a small request
 * ask for much.
 * @returns the bytes wanted; 'all' without a header; 'refused' for whatever cannot be served
 */
export function byteRange(header: string | undefined | null, size: number): ByteRange | 'all' | 'refused' {
  if (header === undefined || header === null) return 'all';
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return 'refused';
  const range =
    first === ''
      ? { start: Math.max(0, size - Number(last)), end: size }
      : { start: Number(first), end: last === '' ? size : Math.min(size, Number(last) + 1) };
  return range.start < range.end ? range : 'refused';
}
