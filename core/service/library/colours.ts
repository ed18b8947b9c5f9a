/**
 * Colours of segments that bring none: told apart by people with any of the common colour-vision deficiencies. Okabe and Ito (2008) without
 * black, then Paul Tol's "muted" set (2021).
 */
const palette = [
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#f0e442',
  '#0072b2',
  '#d55e00',
  '#cc79a7',
  '#88ccee',
  '#44aa99',
  '#117733',
  '#ddcc77',
  '#999933',
  '#cc6677',
  '#882255',
  '#aa4499',
  '#dddddd',
] as const;

/** @param value of the segment, from 1 */
export function segmentColour(value: number): string {
  return palette[(Math.max(1, value) - 1) % palette.length] ?? palette[0];
}
