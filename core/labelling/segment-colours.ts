/**
 * Any two of these differ by 26 or more in CIELAB (ΔE*ab) for people with normal sight, protanopia and deuteranopia, by 17 for those with
 * tritanopia; one and the next by 55. None is dark (L* from 44) or grey, so that they stand out from the greys of a scan. They were
 * searched for with the simulation that the test of this file checks them by.
 */
const COLOURS = [
  '#66aaff',
  '#66aa66',
  '#ddee33',
  '#007755',
  '#0066ee',
  '#bbee88',
  '#00eeff',
  '#557700',
  '#cc88aa',
  '#aaaa22',
  '#885599',
  '#99eebb',
] as const;

/** The colour of a segment that brings none, safe for colour-blind people. Any twelve segments in a row differ. @param value from 1 */
export function segmentColour(value: number): string {
  return COLOURS[(Math.max(1, value) - 1) % COLOURS.length] ?? COLOURS[0];
}
