import { encode } from 'fast-png';
import type { Picture } from './picture.ts';

/** PNG bytes: 8-bit grey where every pixel is an opaque grey, else RGBA. `text` goes into tEXt chunks (Latin-1; keywords such as "Description"). */
export function encodePng({ width, height, rgba }: Picture, text: Readonly<Record<string, string>> = {}): Uint8Array {
  const grey = greyOf(rgba);
  const latin = Object.fromEntries(Object.entries(text).map(([keyword, value]) => [keyword, toLatin1(value)]));
  return grey === undefined
    ? encode({ width, height, data: rgba, channels: 4, text: latin })
    : encode({ width, height, data: grey, channels: 1, text: latin });
}

/** The same as a `data:` address, for an <img> that needs no file. */
export function pngDataUri(picture: Picture): string {
  return `data:image/png;base64,${Buffer.from(encodePng(picture)).toString('base64')}`;
}

function greyOf(rgba: Uint8ClampedArray): Uint8Array | undefined {
  const grey = new Uint8Array(rgba.length / 4);
  for (let p = 0; p < rgba.length; p += 4) {
    const value = rgba[p] as number;
    if (value !== rgba[p + 1] || value !== rgba[p + 2] || rgba[p + 3] !== 255) return undefined;
    grey[p / 4] = value;
  }
  return grey;
}

const toLatin1 = (text: string): string => text.replace(/[^\x20-\x7e\xa1-\xff\n]/g, '?');
