import { describe, expect, it } from 'vitest';
import { labellingRoom, segment } from './support/labelling-room.ts';
import { pointLPS } from '../../renderer/scene/index.ts';

const DIMS = [24, 24, 3] as const;
/** A bright square from 6 to 17. */
const inSquare = (at: number): boolean => {
  const [i, j] = [at % 24, Math.floor(at / 24) % 24];
  return i >= 6 && i <= 17 && j >= 6 && j <= 17;
};
const values = Uint8Array.from({ length: 24 * 24 * 3 }, (_, at) => (inSquare(at) ? 200 : 20));
const opened = () => labellingRoom({ dims: DIMS, labels: new Uint8Array(values.length), values });
const at = (i: number, j: number, k = 1) => pointLPS(i, j, k);

/** The square and one voxel more: the edge lies between two. */
const isNear = (v: number): boolean => [v % 24, Math.floor(v / 24) % 24].every((place) => place >= 5 && place <= 18);

/** Of the voxels of the middle slice that are painted: how many are in the square, and how many are not. */
function painted(labels: ArrayLike<number> | undefined): [number, number] {
  const counts: [number, number] = [0, 0];
  for (let v = 24 * 24; v < 2 * 24 * 24; v++) if (labels?.[v] === 1) counts[inSquare(v) ? 0 : 1]++;
  return counts;
}

describe('live wire', () => {
  it('follows the pointer, is fixed by clicks, leads back to where it began, and fills the slice alone', async () => {
    const { labelling } = await opened();
    const { wire, shapes } = labelling;
    wire.fix(2, 1, at(6, 6));
    expect(shapes.outline?.points).toHaveLength(1);
    // Along two edges of the square, not across it.
    const way = wire.to(at(17, 17));
    expect(way.length).toBeGreaterThan(20);
    for (const corner of [at(17, 6), at(17, 17), at(6, 17)]) wire.fix(2, 1, corner);
    wire.close();
    expect(shapes.outline).toBeNull();
    const [inside, outside] = painted(labelling.labels);
    expect(inside).toBeGreaterThan(140);
    expect(outside).toBeLessThan(53);
    expect(labelling.labels?.every((value, v) => value === 0 || isNear(v))).toBe(true);
    expect(labelling.labels?.slice(0, 576).some((value) => value !== 0)).toBe(false);
    expect(labelling.undoTitle).toBe('Live wire: Segment 1');
  });

  it('begins anew in another slice and after it was given up', async () => {
    const { labelling } = await opened();
    const { wire, shapes } = labelling;
    wire.fix(2, 1, at(6, 6));
    wire.fix(2, 1, at(17, 6));
    wire.fix(2, 2, at(6, 6, 2));
    expect(shapes.outline).toMatchObject({ slice: 2, points: [at(6, 6, 2)] });
    shapes.outline = null;
    wire.fix(2, 2, at(17, 17, 2));
    expect(shapes.outline).toMatchObject({ points: [at(17, 17, 2)] });
  });

  it('says that it needs three points, and all of the scan', async () => {
    const { labelling, words } = await opened();
    labelling.wire.fix(2, 1, at(6, 6));
    labelling.shapes.close('wire');
    expect(labelling.notice).toBe(words.fewPoints);
    const coarse = await labellingRoom({ dims: DIMS, labels: new Uint8Array(values.length) });
    coarse.labelling.wire.fix(2, 1, at(6, 6));
    expect(coarse.labelling.notice).toBe(words.noValues);
  });
});

describe('level tracing', () => {
  it('shows the line through the pointer and fills it', async () => {
    const { labelling } = await opened();
    const line = labelling.wire.level(2, 1, at(5.5, 10));
    expect(line?.length).toBeGreaterThan(20);
    labelling.wire.fillLevel(2, 1, at(5.5, 10));
    expect(painted(labelling.labels)).toEqual([144, 0]);
    expect(labelling.undoTitle).toBe('Level tracing: Segment 1');
  });

  it('shows nothing where no line encloses anything, and says why when it is clicked', async () => {
    const flat = await labellingRoom({
      dims: DIMS,
      labels: new Uint8Array(values.length),
      values: new Uint8Array(values.length),
      segments: [segment(1)],
    });
    expect(flat.labelling.wire.level(2, 1, at(10, 10))).toBeUndefined();
    flat.labelling.wire.fillLevel(2, 1, at(10, 10));
    expect(flat.labelling.notice).toContain('No line of one value');
  });
});
