const NAME_BYTES = 64;
const ELEMENT_BYTES = 84;
const MOST_ELEMENTS = 256;
const MOST_ITEMS = 128;

/**
 * The numbers in Siemens' private image header ("CSA2", or the older form without SV10), by name. Layout: nibabel's documentation,
 * "Siemens format DICOM with CSA header".
 * @returns undefined when the bytes have not this form
 */
export function readSiemensHeader(bytes: Uint8Array): ReadonlyMap<string, readonly number[]> | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const modern = buffer.toString('latin1', 0, 4) === 'SV10';
  let at = modern ? 8 : 0;
  if (at + 8 > buffer.length) return undefined;
  const count = buffer.readUInt32LE(at);
  if (count < 1 || count > MOST_ELEMENTS) return undefined;
  at += 8;

  const values = new Map<string, readonly number[]>();
  let firstItems: number | undefined;
  for (let element = 0; element < count && at + ELEMENT_BYTES <= buffer.length; element++) {
    const name = textAt(buffer, at, NAME_BYTES);
    const items = buffer.readInt32LE(at + 76);
    if (items < 0 || items > MOST_ITEMS) return undefined;
    firstItems ??= items;
    at += ELEMENT_BYTES;
    const numbers: number[] = [];
    for (let item = 0; item < items && at + 16 <= buffer.length; item++) {
      // The old form has the length in another place, with the first element's number of items added to it.
      const length = modern ? buffer.readInt32LE(at + 4) : buffer.readInt32LE(at) - firstItems;
      if (length < 0 || at + 16 + length > buffer.length) return values;
      const text = textAt(buffer, at + 16, length).trim();
      if (text !== '' && Number.isFinite(Number(text))) numbers.push(Number(text));
      at += 16 + Math.ceil(length / 4) * 4;
    }
    if (numbers.length > 0) values.set(name, numbers);
  }
  return values;
}

function textAt(buffer: Buffer, at: number, length: number): string {
  const end = buffer.indexOf(0, at);
  return buffer.toString('latin1', at, end < 0 ? at + length : Math.min(end, at + length));
}
