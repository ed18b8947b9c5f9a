/** What a compressed picture says of itself. */
export interface CodestreamSize {
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
  readonly bits: number;
  /** JPEG 2000 only: whether its values are signed. */
  readonly signed?: boolean;
}

/** The size in the header of a JPEG, JPEG-LS or JPEG 2000 picture, so that nothing is allocated for a false one; undefined when it has none. */
export function codestreamSize(bytes: Uint8Array): CodestreamSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) return undefined;
  return view.getUint16(0) === 0xffd8 ? jpegSize(view) : jpeg2000Size(view);
}

/** JPEG's start of frame: SOF0 to SOF15 without the tables among them, and SOF55 of JPEG-LS. */
const isStartOfFrame = (marker: number): boolean =>
  (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) || marker === 0xf7;

function jpegSize(view: DataView): CodestreamSize | undefined {
  for (let at = 2; at + 10 <= view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
    } else if (isStartOfFrame(marker)) {
      const samples = view.getUint8(at + 9);
      return { bits: view.getUint8(at + 4), rows: view.getUint16(at + 5), columns: view.getUint16(at + 7), samples };
    } else if (marker === 0xda) {
      return undefined;
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  return undefined;
}

/** Some files wrap the codestream in a JP2 file; its header lies within the first bytes all the same. */
const FURTHEST_START = 4096;

function jpeg2000Size(view: DataView): CodestreamSize | undefined {
  const end = Math.min(view.byteLength - 43, FURTHEST_START);
  for (let at = 0; at <= end; at++) {
    // SOC, then at once SIZ (ISO 15444-1 A.5.1).
    if (view.getUint32(at) !== 0xff4fff51) continue;
    const depth = view.getUint8(at + 42);
    return {
      columns: view.getUint32(at + 8) - view.getUint32(at + 16),
      rows: view.getUint32(at + 12) - view.getUint32(at + 20),
      samples: view.getUint16(at + 40),
      bits: (depth & 0x7f) + 1,
      signed: (depth & 0x80) !== 0,
    };
  }
  return undefined;
}

/** Whether a JPEG, JPEG-LS or JPEG 2000 picture is whole: all end with the same marker, after which only padding may follow. */
export function endsWithMarker(bytes: Uint8Array): boolean {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9;
}
