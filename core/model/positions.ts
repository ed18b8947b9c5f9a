import type { Shape } from '../compute/index.ts';

/**
 * Fixed 3-D sine-cosine positions (method 5.2). k = width/6 frequencies ω_j = 10000^(−j/k); the vector of grid position (i0, i1, i2) is
 * sin(i0 ω), cos(i0 ω), sin(i1 ω), cos(i1 ω), sin(i2 ω), cos(i2 ω). Rows are in row-major order, i2 fastest.
 *
 * A grid that differs from the reference grid takes coordinates rescaled onto it, c = (i + 0.5)·ref/n − 0.5 (method 4.11): the views of
 * two sizes and the fine-tuning crop then speak of the same places, which equals resizing a table linearly in coordinate space.
 * A width that 6 does not divide leaves its last (width mod 6) columns zero.
 * @returns (N, width), N = product of the grid
 */
export function sinCosPositions(width: number, grid: Shape, reference: Shape = grid): Float32Array {
  const k = Math.floor(width / 6);
  const [n0 = 1, n1 = 1, n2 = 1] = grid;
  const table = new Float32Array(n0 * n1 * n2 * width);
  const frequencies = Float64Array.from({ length: k }, (_, j) => 10000 ** (-j / k));
  const coordinate = (i: number, axis: number): number => {
    const n = grid[axis] ?? 1;
    const ref = reference[axis] ?? n;
    return n === ref ? i : ((i + 0.5) * ref) / n - 0.5;
  };
  let row = 0;
  for (let i0 = 0; i0 < n0; i0++)
    for (let i1 = 0; i1 < n1; i1++)
      for (let i2 = 0; i2 < n2; i2++, row++)
        [coordinate(i0, 0), coordinate(i1, 1), coordinate(i2, 2)].forEach((c, axis) => {
          frequencies.forEach((frequency, j) => {
            const at = row * width + axis * 2 * k + j;
            table[at] = Math.sin(c * frequency);
            table[at + k] = Math.cos(c * frequency);
          });
        });
  return table;
}
