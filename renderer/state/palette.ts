/** Colours that people with any kind of colour blindness tell apart: Paul Tol's "bright" and "muted" schemes, without the greys. */
const SAFE = [
  '#4477aa',
  '#ee6677',
  '#228833',
  '#ccbb44',
  '#66ccee',
  '#aa3377',
  '#88ccee',
  '#cc6677',
  '#ddcc77',
  '#117733',
  '#44aa99',
  '#882255',
  '#aa4499',
  '#999933',
] as const;

/** The colour of a segment by its number; numbers far apart share one. */
export function safeColour(value: number): string {
  return SAFE[(value - 1 + SAFE.length) % SAFE.length] ?? SAFE[0];
}
