import type { Colour, SecondVolume } from './contract.ts';

type RGB = readonly [number, number, number];

/** Red, green, blue, 0 to 255, of a colour #rrggbb. */
export function rgbOf(colour: Colour): RGB {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Even steps from the lower to the upper end. Viridis: van der Walt and Smith, CC0, seven of its 256 colours. */
const stops: Readonly<Record<SecondVolume['colours'], readonly Colour[]>> = {
  grey: ['#000000', '#ffffff'],
  hot: ['#000000', '#e60000', '#ffd200', '#ffffff'],
  viridis: ['#440154', '#443a83', '#31688e', '#21908d', '#35b779', '#8fd744', '#fde725'],
};

/** A map as 256 colours, 3 bytes each. */
export function colourTable(map: SecondVolume['colours']): Uint8Array {
  return tableOf(stops[map]);
}

/** Blue below, grey at equal, red above: for differences. */
export function differenceTable(): Uint8Array {
  return tableOf(['#1f4fd8', '#5c7fd0', '#808080', '#d07a5c', '#d8321f']);
}

function tableOf(colours: readonly Colour[]): Uint8Array {
  const rgb = colours.map(rgbOf);
  const table = new Uint8Array(256 * 3);
  for (let at = 0; at < 256; at++) {
    const place = (at / 255) * (rgb.length - 1);
    const before = Math.min(Math.floor(place), rgb.length - 2);
    for (let c = 0; c < 3; c++) {
      const [low, high] = [rgb[before]?.[c] ?? 0, rgb[before + 1]?.[c] ?? 0];
      table[at * 3 + c] = Math.round(low + (high - low) * (place - before));
    }
  }
  return table;
}

/** A map as a CSS gradient, lower end left, for a legend. */
export function cssGradient(map: SecondVolume['colours']): string {
  return `linear-gradient(to right, ${stops[map].join(', ')})`;
}
