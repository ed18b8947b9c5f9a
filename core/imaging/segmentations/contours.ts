/** A point of a slice, in pixels: (0, 0) is the centre of the first pixel. */
export type PlanePoint = readonly [column: number, row: number];
export type Polygon = readonly PlanePoint[];

/** Steps along columns, rows and back; each is the one before, turned right (rows grow downwards). */
const STEPS: readonly PlanePoint[] = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];

/**
 * The outlines of the pixels that have a value, along the edges between pixels, so that filling them at pixel centres gives the very
 * pixels again. Pieces are joined over faces, not over corners. Holes are tied to the outline around them by a channel without width (PS3.3
 * C.8.8.6.3, "keyhole"), which every way of filling understands.
 * @param slice columns · rows values
 * @returns one polygon a piece, corners only
 */
export function outlines(slice: ArrayLike<number>, columns: number, rows: number, value: number): readonly Polygon[] {
  const loops = edgeLoops(slice, columns, rows, value);
  const outer = loops.filter((loop) => signedArea(loop) > 0).map((loop) => [...loop]);
  const holes = loops.filter((loop) => signedArea(loop) < 0).map(fromLeftmost);
  // From left to right: what lies left of a hole is then the outline, or a hole that is tied to it already.
  for (const hole of holes.sort((a, b) => (a[0]?.[0] ?? 0) - (b[0]?.[0] ?? 0))) tieHole(outer, hole);
  // Corners of pixels lie half a pixel before their centres.
  return outer.map((polygon) => polygon.map(([x, y]): PlanePoint => [x - 0.5, y - 0.5]));
}

/** Closed walks along pixel edges with the pixels on the right; corners only, as whole numbers. */
function edgeLoops(slice: ArrayLike<number>, columns: number, rows: number, value: number): Polygon[] {
  const stride = columns + 1;
  // Of each corner, in which of the four directions an edge leaves it.
  const leaving = new Uint8Array(stride * (rows + 1));
  const at = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < columns && y < rows && slice[x + columns * y] === value;
  const edge = (x: number, y: number, direction: number): void => {
    leaving[x + stride * y] = (leaving[x + stride * y] as number) | (1 << direction);
  };
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      if (slice[x + columns * y] !== value) continue;
      if (!at(x, y - 1)) edge(x, y, 0);
      if (!at(x + 1, y)) edge(x + 1, y, 1);
      if (!at(x, y + 1)) edge(x + 1, y + 1, 2);
      if (!at(x - 1, y)) edge(x, y + 1, 3);
    }
  }
  const loops: Polygon[] = [];
  for (let corner = 0; corner < leaving.length; corner++) while (leaving[corner] !== 0) loops.push(walk(leaving, stride, corner));
  return loops;
}

function walk(leaving: Uint8Array, stride: number, start: number): Polygon {
  const loop: PlanePoint[] = [];
  const first = 31 - Math.clz32((leaving[start] as number) & -(leaving[start] as number));
  let corner = start;
  let direction = first;
  for (;;) {
    leaving[corner] = (leaving[corner] as number) & ~(1 << direction);
    const [dx = 0, dy = 0] = STEPS[direction] ?? [];
    corner += dx + stride * dy;
    const left = (leaving[corner] as number) | (corner === start ? 1 << first : 0);
    // Where four edges meet, turning right stays with the pixel: pieces that touch at a corner are kept apart.
    const turn = [(direction + 1) % 4, direction, (direction + 3) % 4].find((d) => (left >> d) & 1);
    if (turn === undefined) throw new RangeError('an outline that does not close');
    if (turn !== direction) loop.push([corner % stride, Math.floor(corner / stride)]);
    if (corner === start && turn === first) return loop;
    direction = turn;
  }
}

export function signedArea(polygon: Polygon): number {
  let twice = 0;
  for (let i = 0; i < polygon.length; i++) {
    const [a, b] = [polygon[i] as PlanePoint, polygon[(i + 1) % polygon.length] as PlanePoint];
    twice += a[0] * b[1] - b[0] * a[1];
  }
  return twice / 2;
}

/** The same loop from its leftmost corner on, the topmost of those. */
function fromLeftmost(loop: Polygon): Polygon {
  let best = 0;
  loop.forEach(([x, y], i) => {
    const [bx, by] = loop[best] as PlanePoint;
    if (x < bx || (x === bx && y < by)) best = i;
  });
  return [...loop.slice(best), ...loop.slice(0, best)];
}

/** Ties a hole to the nearest outline on its left. */
function tieHole(outer: PlanePoint[][], hole: Polygon): void {
  const [x, y] = hole[0] as PlanePoint;
  let nearest: { polygon: PlanePoint[]; after: number; at: number } | undefined;
  for (const polygon of outer) {
    polygon.forEach((a, i) => {
      const b = polygon[(i + 1) % polygon.length] as PlanePoint;
      const touches = a[0] === b[0] && a[0] <= x && Math.min(a[1], b[1]) <= y && Math.max(a[1], b[1]) >= y;
      if (touches && (nearest === undefined || a[0] > nearest.at)) nearest = { polygon, after: i, at: a[0] };
    });
  }
  if (nearest === undefined) throw new RangeError('a hole outside of every outline');
  const bridge: PlanePoint = [nearest.at, y];
  nearest.polygon.splice(nearest.after + 1, 0, bridge, ...hole, hole[0] as PlanePoint, bridge);
}
