/** Cells of a slice: `at(x, y)` is whether a cell is inside. */
export interface CellArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly at: (x: number, y: number) => boolean;
}

const RIGHT = 0;
const DOWN = 1;
const LEFT = 2;
// And up, 3.
const STEP = [[1, 0], [0, 1], [-1, 0], [0, -1]] as const; // prettier-ignore

/**
 * The outline of an area of cells as SVG path data, for fill (evenodd) and stroke alike: closed lines along the sides of cells, corners where
 * they turn. The cell (x, y) has its middle there, its corners half a cell around it.
 */
export function contours({ left, top, width, height, at }: CellArea): string {
  const inside = (x: number, y: number): boolean => x >= left && y >= top && x < left + width && y < top + height && at(x, y);
  /** Whether a side leaves the corner above and left of the cell (x, y) that way, with the area to its right. */
  const leaves = (x: number, y: number, way: number): boolean => {
    if (way === RIGHT) return inside(x, y) && !inside(x, y - 1);
    if (way === LEFT) return inside(x - 1, y - 1) && !inside(x - 1, y);
    if (way === DOWN) return inside(x - 1, y) && !inside(x, y);
    return inside(x, y - 1) && !inside(x - 1, y - 1);
  };
  /** Corners whose side to the right was drawn: each line has one of those. */
  const drawn = new Uint8Array((width + 1) * (height + 1));
  const path: string[] = [];
  for (let y = top; y <= top + height; y++)
    for (let x = left; x <= left + width; x++) {
      if (drawn[x - left + (width + 1) * (y - top)] === 1 || !leaves(x, y, RIGHT)) continue;
      path.push(line(x, y));
    }
  return path.join('');

  function line(startX: number, startY: number): string {
    let [x, y, way] = [startX, startY, RIGHT];
    const corners = [`M${startX - 0.5} ${startY - 0.5}`];
    for (;;) {
      if (way === RIGHT) drawn[x - left + (width + 1) * (y - top)] = 1;
      const [dx, dy] = STEP[way] ?? [0, 0];
      [x, y] = [x + dx, y + dy];
      // Right first: areas that touch at a corner stay apart.
      const next = [(way + 1) % 4, way, (way + 3) % 4].find((turn) => leaves(x, y, turn)) ?? way;
      if (x === startX && y === startY && next === RIGHT) return `${corners.join('')}Z`;
      if (next !== way) corners.push(next === RIGHT || next === LEFT ? `V${y - 0.5}` : `H${x - 0.5}`);
      way = next;
    }
  }
}
