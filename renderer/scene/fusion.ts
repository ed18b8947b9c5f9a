import { length } from './grid.ts';
import { colourTable, differenceTable } from './colour-maps.ts';
import type { SecondVolume } from './contract.ts';
import { sampleOnPlane, type PlaneGrid } from './slice-sampling.ts';
import type { VolumeImage } from './volume-image.ts';

const DEFAULT_SQUARE = 20;

/** The axis of a plane that runs to the right of the screen (1) or to its left (-1). */
export interface RightAxis {
  readonly axis: 'across' | 'upwards';
  readonly sign: 1 | -1;
}

/**
 * The second volume on a slice of the first, as a picture to lay over it: 4 bytes (red, green, blue, opacity) a pixel of the plane.
 * @param right which axis of the plane runs to the right of the screen, and whether it does so (1) or runs to the left (-1)
 * @returns undefined while one of the two has no voxels
 */
export function fuse(first: VolumeImage, second: SecondVolume, plane: PlaneGrid, right: RightAxis): Uint8Array | undefined {
  const { volume, mode } = second;
  if (volume.level === undefined || first.level === undefined) return undefined;
  const shown = showing(second, plane, right);
  const paint =
    volume.components === 3
      ? colourPainter(volume, plane)
      : mode === 'difference'
        ? differencePainter(first, second, plane)
        : mapPainter(second, plane);
  const out = new Uint8Array(plane.width * plane.height * 4);
  for (let row = 0, at = 0; row < plane.height; row++) {
    for (let column = 0; column < plane.width; column++, at++) {
      const opacity = paint(at, out, at * 4);
      out[at * 4 + 3] = shown(column, row) ? Math.round(255 * opacity * (mode === 'difference' ? 1 : second.opacity)) : 0;
    }
  }
  return out;
}

/** Where the second volume covers the first. */
function showing(
  { mode, square = DEFAULT_SQUARE, position = 0.5 }: SecondVolume,
  plane: PlaneGrid,
  right: RightAxis,
): (column: number, row: number) => boolean {
  if (mode === 'checker') {
    const [a, b] = [length(plane.across) / square, length(plane.upwards) / square];
    return (column, row) => (Math.floor((column + 0.5) * a) + Math.floor((row + 0.5) * b)) % 2 === 1;
  }
  if (mode === 'swipe') {
    return (column, row) => {
      const fraction = right.axis === 'across' ? (column + 0.5) / plane.width : (row + 0.5) / plane.height;
      return (right.sign > 0 ? fraction : 1 - fraction) >= position;
    };
  }
  return () => true;
}

/** Writes the colour of a pixel at `to` and returns its opacity. */
type Painter = (pixel: number, out: Uint8Array, to: number) => number;

function colourPainter(volume: VolumeImage, plane: PlaneGrid): Painter {
  const level = volume.level;
  if (level === undefined) return () => 0;
  const channels = [0, 1, 2].map((component) => sampleOnPlane(level, plane, component, 3));
  return (pixel, out, to) => {
    channels.forEach((channel, c) => (out[to + c] = channel[pixel] as number));
    return Number.isNaN(channels[0]?.[pixel]) ? 0 : 1;
  };
}

function mapPainter({ volume, window, colours, fadeLow = false }: SecondVolume, plane: PlaneGrid): Painter {
  if (volume.level === undefined) return () => 0;
  const table = colourTable(colours);
  const samples = sampleOnPlane(volume.level, plane);
  const low = window.centre - window.width / 2;
  return (pixel, out, to) => {
    const fraction = ((samples[pixel] as number) * volume.slope + volume.intercept - low) / window.width;
    if (Number.isNaN(fraction)) return 0;
    const clamped = Math.min(1, Math.max(0, fraction));
    copyColour(table, Math.round(clamped * 255), out, to);
    return fadeLow ? clamped : 1;
  };
}

function differencePainter(first: VolumeImage, { volume, window }: SecondVolume, plane: PlaneGrid): Painter {
  if (volume.level === undefined || first.level === undefined) return () => 0;
  const table = differenceTable();
  const [a, b] = [sampleOnPlane(first.level, plane), sampleOnPlane(volume.level, plane)];
  return (pixel, out, to) => {
    const difference = (a[pixel] as number) * first.slope + first.intercept - ((b[pixel] as number) * volume.slope + volume.intercept);
    if (Number.isNaN(difference)) return 0;
    copyColour(table, Math.round(127.5 + 127.5 * Math.min(1, Math.max(-1, (2 * difference) / window.width))), out, to);
    return 1;
  };
}

function copyColour(table: Uint8Array, entry: number, out: Uint8Array, to: number): void {
  for (let c = 0; c < 3; c++) out[to + c] = table[entry * 3 + c] as number;
}
