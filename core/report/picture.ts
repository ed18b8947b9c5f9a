/** A colour as red, green, blue, 0..255. */
export type Rgb = readonly [number, number, number];

/** Pixels ready to be written: width·height·4 bytes, red, green, blue, alpha, rows from the top. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

export function blankPicture(width: number, height: number, [r, g, b]: Rgb): Picture {
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let p = 0; p < rgba.length; p += 4) {
    rgba[p] = r;
    rgba[p + 1] = g;
    rgba[p + 2] = b;
    rgba[p + 3] = 255;
  }
  return { width, height, rgba };
}
