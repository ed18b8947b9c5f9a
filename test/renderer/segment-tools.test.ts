import { describe, expect, it } from 'vitest';
import { gridOf, labellingRoom, segment } from './support/labelling-room.ts';
import { pointLPS } from '../../renderer/scene/index.ts';
import { segmentPlane, shiftBy } from '../../renderer/state/segment-place.ts';
import { SegmentTools } from '../../renderer/state/segment-tools.svelte.ts';
import type { SegmentTool } from '../../renderer/state/segment-tool.ts';
import { runTool } from '../../renderer/workers/labelling/run-tool.ts';

const DIMS = [8, 8, 4] as const;
const at = (i: number, j: number, k = 1): number => i + 8 * (j + 8 * k);
const axial = segmentPlane(gridOf(DIMS), undefined);

/** Segment 1 at (2..4, 2), segment 2 at (4..5, 3). */
async function opened() {
  const labels = new Uint8Array(256).fill(1, at(2, 2), at(5, 2)).fill(2, at(4, 3), at(6, 3));
  const values = Uint8Array.from({ length: 256 }, (_, v) => v % 8);
  const room = await labellingRoom({ dims: DIMS, labels, segments: [segment(1), segment(2)], values });
  const { labelling } = room;
  const tools = new SegmentTools(labelling, (job) => Promise.resolve().then(() => runTool(structuredClone(job))));
  const run = async (tool: SegmentTool, point = pointLPS(0, 0, 0)): Promise<void> => {
    labelling.settings.segmentTool = tool;
    await tools.run(axial, point);
  };
  const placesOf = (value: number): number[] =>
    [...(labelling.labels ?? [])].flatMap((present, voxel) => (present === value ? [voxel] : []));
  return { ...room, tools, run, placesOf };
}

describe('tools for a whole segment', () => {
  it('combine it with another one, in one step each', async () => {
    const { labelling, run, placesOf, words } = await opened();
    await run('add');
    expect(labelling.notice).toBe(words.noOther);
    labelling.settings.other = 2;
    await run('add');
    expect(placesOf(1)).toEqual([at(2, 2), at(3, 2), at(4, 2), at(4, 3), at(5, 3)]);
    expect(placesOf(2)).toEqual([]);
    expect(labelling.undoTitle).toBe('Add another segment: Segment 1');
    await run('subtract');
    expect(labelling.notice).toContain('has no voxels');
  });

  it('move it by millimetres, turn it clockwise on the screen, and keep the original when asked to', async () => {
    const { labelling, run, placesOf } = await opened();
    labelling.settings.shift = [1, 3, 0];
    await run('shift');
    expect(placesOf(1)).toEqual([at(3, 5), at(4, 5), at(5, 5)]);
    labelling.settings.degrees = 90;
    await run('turn');
    expect(placesOf(1)).toEqual([at(4, 4), at(4, 5), at(4, 6)]);
    Object.assign(labelling.settings, { keep: true, shift: [1.4, 0, 0] });
    await run('shift');
    expect(placesOf(1)).toHaveLength(6);
  });

  it('add up presses of the arrow keys while they work', async () => {
    const { labelling, tools, placesOf } = await opened();
    await Promise.all([tools.nudge(0, 1), tools.nudge(0, 1), tools.nudge(1, -1)]);
    expect(tools.running).toBeNull();
    expect(placesOf(1)).toEqual([at(4, 1), at(5, 1), at(6, 1)]);
    expect(labelling.undoTitle).toBe('Move: Segment 1');
    await tools.nudge(1, -2);
    expect(labelling.notice).not.toBeNull();
    await tools.nudge(0, -1);
    expect(placesOf(1)).toEqual([at(3, 1), at(4, 1), at(5, 1)]);
  });

  it('take all voxels of a range of values, and the island at the crosshair', async () => {
    const { labelling, run, placesOf, words } = await opened();
    await run('values');
    expect(labelling.notice).toBe(words.noRange);
    labelling.settings.range = [7, 7];
    await run('values');
    expect(placesOf(1)).toHaveLength(3 + 32);
    await run('keepIsland', pointLPS(7, 0, 0));
    expect(placesOf(1)).toHaveLength(32);
    await run('removeIsland', pointLPS(0, 0, 0));
    expect(labelling.notice).not.toBeNull();
  });

  it('paint over one segment alone where that is the rule, and never what is locked', async () => {
    const { labelling, run, placesOf } = await opened();
    labelling.settings.over = 2;
    await run('invert');
    expect(placesOf(1)).toEqual([at(4, 3), at(5, 3)]);
    labelling.change(1, { locked: true }, 'lock');
    await run('shift');
    expect(labelling.notice).toContain('locked');
  });
});

describe('the place of a segment', () => {
  it('is counted towards the left, the back and the head, whatever the axes of the file', () => {
    const { spacing } = gridOf(DIMS);
    const direction = [[0, -1, 0], [0, 0, 1], [1, 0, 0]] as const; // prettier-ignore
    expect(shiftBy({ spacing: [1, 2, 0.5], direction }, [1, 3, 4])).toEqual({ kind: 'shift', by: [-3, 2, 2] });
    expect(shiftBy({ spacing, direction: gridOf(DIMS).direction }, [0.4, 0, 0])).toEqual({ kind: 'shift', by: [0, 0, 0] });
  });

  it('turns clockwise on the screen in every view and in mirrored files', () => {
    const geometry = gridOf(DIMS);
    // Sagittal: anterior at the left, superior at the top. Coronal: the patient's right at the left.
    const sagittal = { axis: 0, directions: { right: [0, 1, 0], up: [0, 0, 1], away: [1, 0, 0] } } as const;
    const coronal = { axis: 1, directions: { right: [1, 0, 0], up: [0, 0, 1], away: [0, -1, 0] } } as const;
    expect(segmentPlane(geometry, sagittal).clockwise).toBe(-1);
    expect(segmentPlane(geometry, coronal).clockwise).toBe(1);
    expect(axial.clockwise).toBe(1);
    const mirrored = { ...geometry, direction: [[-1, 0, 0], [0, 1, 0], [0, 0, 1]] as const }; // prettier-ignore
    const view = { axis: 2, directions: { right: [1, 0, 0], up: [0, -1, 0], away: [0, 0, 1] } } as const;
    expect(segmentPlane(mirrored, view).clockwise).toBe(-1);
    expect(segmentPlane(mirrored, view).leftRight).toBe(0);
  });
});
