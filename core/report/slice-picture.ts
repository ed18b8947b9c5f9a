import { heatColour, labelColour } from './colours.ts';
import type { Picture, Rgb } from './picture.ts';
import type { Slice } from './slice.ts';
import type { Marks } from './view-plane.ts';

/** A picture of a slice with square pixels, and what a viewer must know of it. */
export interface SlicePicture extends Picture {
  readonly mmPerPixel: number;
  readonly marks: Marks;
}

/** Values shown as the darkest and the brightest: for CT the window's level ∓ width/2. */
export interface Window {
  readonly low: number;
  readonly high: number;
}

/** No page needs more, and a header with a spacing of a nanometre must not ask for more. */
const longestSide = 2048;

export interface PictureSize {
  /**
   * Pixels wanted along the longest side of the scan, default 320. A small scan is enlarged by a whole factor up to it; a large one keeps its
   * own pixels, up to 2048 a side. All planes of a scan get the same scale.
   */
  readonly size?: number;
}

/** The slice in greys, enlarged bilinearly. Values that are not finite are black. */
export function greyPicture(slice: Slice, window: Window, options: PictureSize = {}): SlicePicture {
  return colourSlice(slice, window, options, (share) => {
    const grey = Math.round(255 * share);
    return [grey, grey, grey];
  });
}

/** The slice on the heat scale, black at `low` and pale yellow at `high`: for error and uncertainty. Show `heatLegend` beside it. */
export function heatPicture(slice: Slice, range: Window, options: PictureSize = {}): SlicePicture {
  return colourSlice(slice, range, options, heatColour);
}

export interface OverlayStyle {
  /** Colour of each label; the Okabe-Ito palette where not given. */
  readonly colour?: (label: number) => Rgb;
  /** Opacity of the inside, 0..1; default 0.3, 0 draws the outline alone. */
  readonly opacity?: number;
  /** Width of the outline in pixels; default 1 for each 180 pixels of the picture; 0 for none. */
  readonly outline?: number;
}

/**
 * Lays labels over a picture of the same slice: outline along the voxel edges, so that nobody sees more precision than there is, and a
 * translucent inside.
 */
export function overlayLabels<P extends Picture>(picture: P, labels: Slice, style: OverlayStyle = {}): P {
  const { width, height } = picture;
  const { colour = labelColour, opacity = 0.3, outline = Math.max(1, Math.round(Math.max(width, height) / 180)) } = style;
  const map = nearestLabels(labels, width, height);
  const rgba = picture.rgba.slice();
  const differs = (x: number, y: number, label: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && (map[x + width * y] as number) !== label;

  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const label = map[p] as number;
      if (label === 0) continue;
      let weight = opacity;
      for (let d = 1; d <= outline; d++) {
        if (differs(x - d, y, label) || differs(x + d, y, label) || differs(x, y - d, label) || differs(x, y + d, label)) weight = 1;
      }
      const tint = colour(label);
      for (let c = 0; c < 3; c++) rgba[4 * p + c] = (1 - weight) * (rgba[4 * p + c] as number) + weight * (tint[c] as number);
    }
  }
  return { ...picture, rgba };
}

function colourSlice(slice: Slice, { low, high }: Window, { size = 320 }: PictureSize, colour: (share: number) => Rgb): SlicePicture {
  const { width, height, mmPerPixel } = pictureGrid(slice, size);
  const sampleX = linearSamples(slice.width, width);
  const sampleY = linearSamples(slice.height, height);
  const { values } = slice;
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, p = 0; y < height; y++) {
    const above = (sampleY.first[y] as number) * slice.width;
    const below = (sampleY.second[y] as number) * slice.width;
    const fy = sampleY.fraction[y] as number;
    for (let x = 0; x < width; x++, p += 4) {
      const left = sampleX.first[x] as number;
      const right = sampleX.second[x] as number;
      const fx = sampleX.fraction[x] as number;
      const top = (values[above + left] as number) * (1 - fx) + (values[above + right] as number) * fx;
      const bottom = (values[below + left] as number) * (1 - fx) + (values[below + right] as number) * fx;
      const share = (top * (1 - fy) + bottom * fy - low) / (high - low);
      const [r, g, b] = colour(Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share)));
      rgba[p] = r;
      rgba[p + 1] = g;
      rgba[p + 2] = b;
      rgba[p + 3] = 255;
    }
  }
  return { width, height, rgba, mmPerPixel, marks: slice.marks };
}

/** Square pixels as small as the scan's finest spacing, divided by a whole number where its longest side would be a stamp. */
function pictureGrid(
  { width, height, voxelMm: [mmX, mmY], scan }: Slice,
  size: number,
): { width: number; height: number; mmPerPixel: number } {
  const factor = Math.max(1, Math.floor((size * scan.finestMm) / scan.longestMm + 1e-9));
  const mmPerPixel = Math.max(scan.finestMm / factor, scan.longestMm / longestSide);
  const pixels = (mm: number): number => Math.min(longestSide, Math.max(1, Math.round(mm / mmPerPixel)));
  return { width: pixels(width * mmX), height: pixels(height * mmY), mmPerPixel };
}

/** For each pixel the two voxels around its centre and the weight of the second; beyond the outer voxel centres the edge is repeated. */
function linearSamples(voxels: number, pixels: number): { first: Int32Array; second: Int32Array; fraction: Float32Array } {
  const first = new Int32Array(pixels);
  const second = new Int32Array(pixels);
  const fraction = new Float32Array(pixels);
  for (let p = 0; p < pixels; p++) {
    const at = Math.min(voxels - 1, Math.max(0, ((p + 0.5) * voxels) / pixels - 0.5));
    first[p] = Math.floor(at);
    second[p] = Math.min(voxels - 1, Math.floor(at) + 1);
    fraction[p] = at - Math.floor(at);
  }
  return { first, second, fraction };
}

function nearestLabels(labels: Slice, width: number, height: number): Uint16Array {
  const map = new Uint16Array(width * height);
  for (let y = 0, p = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * labels.height) / height) * labels.width;
    for (let x = 0; x < width; x++, p++) map[p] = labels.values[row + Math.floor(((x + 0.5) * labels.width) / width)] as number;
  }
  return map;
}
