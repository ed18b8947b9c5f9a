import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contours } from '../../renderer/app/assist/contours.ts';
import { differencePaths, maskPath, valuePaths } from '../../renderer/app/assist/slice-shapes.ts';
import { maskBox } from '../../renderer/state/mask-box.ts';

function pathOf(rows: readonly string[], left = 0, top = 0): string {
  const at = (x: number, y: number): boolean => rows[y - top]?.[x - left] === '#';
  return contours({ left, top, width: rows[0]?.length ?? 0, height: rows.length, at });
}

/** The corners of each closed line of a path. */
function lines(path: string): (readonly [number, number])[][] {
  return path
    .split('Z')
    .filter((text) => text !== '')
    .map((text) => {
      const corners: [number, number][] = [];
      for (const [, command, first, second] of text.matchAll(/([MHV])(-?[\d.]+)(?: (-?[\d.]+))?/g)) {
        const [x, y] = corners.at(-1) ?? [0, 0];
        corners.push(command === 'M' ? [Number(first), Number(second)] : command === 'H' ? [Number(first), y] : [x, Number(first)]);
      }
      return corners;
    });
}

/** How often a way to the left from the middle of a cell crosses the lines. */
function isInside(path: string, x: number, y: number): boolean {
  let crossings = 0;
  for (const corners of lines(path))
    corners.forEach(([ax, ay], n) => {
      const [bx, by] = corners[(n + 1) % corners.length] ?? [0, 0];
      if (ax === bx && ax < x && Math.min(ay, by) < y && Math.max(ay, by) > y) crossings++;
    });
  return crossings % 2 === 1;
}

describe('the outline of cells in a slice', () => {
  it('goes around the cells, corner by corner', () => {
    expect(pathOf(['#'])).toBe('M-0.5 -0.5H0.5V0.5H-0.5Z');
    expect(pathOf(['##', '#.'], 3, 5)).toBe('M2.5 4.5H4.5V5.5H3.5V6.5H2.5Z');
    expect(pathOf(['...', '...'])).toBe('');
  });

  it('has a line of its own around a hole, and for cells that touch at a corner', () => {
    expect(lines(pathOf(['###', '#.#', '###']))).toHaveLength(2);
    expect(lines(pathOf(['#.', '.#']))).toHaveLength(2);
    expect(lines(pathOf(['.#', '#.']))).toHaveLength(2);
  });

  it('encloses just the cells, whatever they are', () => {
    const area = fc
      .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
      .chain(([width, height]) =>
        fc.record({ width: fc.constant(width), cells: fc.array(fc.boolean(), { minLength: width * height, maxLength: width * height }) }),
      );
    fc.assert(
      fc.property(area, ({ width, cells }) => {
        const at = (x: number, y: number): boolean => cells[x + width * y] === true;
        const path = contours({ left: 0, top: 0, width, height: cells.length / width, at });
        cells.forEach((cell, n) => expect(isInside(path, n % width, Math.floor(n / width))).toBe(cell));
      }),
    );
  });
});

describe('shapes of a slice', () => {
  const dims = [4, 3, 2] as const;
  const labels = Uint8Array.from('0110' + '0110' + '0002' + '0000' + '0110' + '2000', Number);

  it('are outlines of each value, in any plane', () => {
    const axial = valuePaths(dims, 2, 0, (voxel) => labels[voxel] as number);
    expect([...axial]).toEqual([
      [1, 'M0.5 -0.5H2.5V1.5H0.5Z'],
      [2, 'M2.5 1.5H3.5V2.5H2.5Z'],
    ]);
    const coronal = valuePaths(dims, 1, 1, (voxel) => labels[voxel] as number);
    expect([...coronal]).toEqual([[1, 'M0.5 -0.5H2.5V1.5H0.5Z']]);
    const sagittal = valuePaths(dims, 0, 0, (voxel) => labels[voxel] as number);
    expect([...sagittal]).toEqual([[2, 'M1.5 0.5H2.5V1.5H1.5Z']]);
  });

  it('are outlines of a mask that came as runs, which may go on in the next row', () => {
    const mask = maskBox(dims, { runs: Uint32Array.of(1, 2, 0, 1, 5, 4, 0, 1, 18, 1, 0, 1) });
    if (!mask) throw new Error('there is a mask');
    expect(mask.box).toEqual({ start: [0, 0, 0], size: [4, 3, 2] });
    expect([...mask.voxels].join('')).toBe('011001111000' + '000000100000');
    expect(mask.runs).toEqual([[1, 2], [5, 3], [8, 1], [18, 1]]); // prettier-ignore
    expect(maskPath(mask, 2, 1)).toBe('M1.5 0.5H2.5V1.5H1.5Z');
    expect(maskPath(mask, 0, 3)).toBe('M0.5 -0.5H1.5V0.5H0.5Z');
    expect(maskPath(mask, 2, 5)).toBe('');
    expect(maskBox(dims, { runs: new Uint32Array() })).toBeUndefined();
  });

  it('are outlines of differences by their kind', () => {
    const theirs = Uint8Array.from('0770' + '0000' + '0007' + '0000' + '0000' + '0000', Number);
    const paths = differencePaths(labels, { labels: theirs, values: new Map([[7, 1]]) }, dims, 2, 0);
    expect([...paths]).toEqual([
      ['mine', 'M0.5 0.5H2.5V1.5H0.5Z'],
      ['both', 'M2.5 1.5H3.5V2.5H2.5Z'],
    ]);
  });
});
