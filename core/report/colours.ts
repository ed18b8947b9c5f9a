import type { Rgb } from './picture.ts';

/**
 * Colours that people with colour-blindness tell apart (Okabe and Ito, 2008), without black, which vanishes on a scan; brightest first.
 * Used for labels on scans; charts use their own shades of the same hues (style.ts).
 */
const okabeIto: readonly Rgb[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [204, 121, 167],
  [213, 94, 0],
  [0, 114, 178],
];

/** Colour of a label 1, 2, …; from the eighth on the palette repeats, each round lighter. */
export function labelColour(label: number): Rgb {
  const index = Math.max(0, label - 1);
  const lighten = 1 - 0.75 ** Math.floor(index / okabeIto.length);
  const [r, g, b] = okabeIto[index % okabeIto.length] ?? [255, 255, 255];
  return [r, g, b].map((channel) => Math.round(channel + (255 - channel) * lighten)) as unknown as Rgb;
}

/** Ten evenly spaced stops of a scale whose lightness rises steadily from black to pale yellow (after matplotlib's "inferno", CC0). */
const heatStops: readonly Rgb[] = [
  [0, 0, 4],
  [27, 12, 65],
  [74, 12, 107],
  [120, 28, 109],
  [165, 44, 96],
  [207, 68, 70],
  [237, 105, 37],
  [251, 155, 6],
  [247, 209, 61],
  [252, 255, 164],
];

/** Heat colour of a share 0..1; outside is clamped, NaN is black. */
export function heatColour(share: number): Rgb {
  const position = Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share)) * (heatStops.length - 1);
  const below = heatStops[Math.floor(position)] ?? [0, 0, 0];
  const above = heatStops[Math.ceil(position)] ?? below;
  return below.map((channel, c) => Math.round(channel + ((above[c] ?? 0) - channel) * (position % 1))) as unknown as Rgb;
}

/** The heat scale from left to right, for a legend. */
export const heatGradient = `linear-gradient(to right, ${heatStops.map(cssColour).join(', ')})`;

export function cssColour([r, g, b]: Rgb): string {
  return `rgb(${r} ${g} ${b})`;
}
