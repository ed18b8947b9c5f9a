import { expect, it } from 'vitest';
import { readNifti } from '../../core/imaging/nifti/read.ts';
import type { Triple, Volume } from '../../core/imaging/volume.ts';
import { applyDelta, fillPolygon, LevelTracer, LiveWire, type Grid } from '../../core/labelling/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

const scans = ['02', '22', '39'].map((number) => `chaos_${number}.nii.gz`);
const folder = 'abdomen_mr_chaos';
const ANCHORS = 6;

describeWithSharedData('the live wire between six points on the outline of an organ', [folder], () => {
  it('fills it better than straight edges do: four organs of three MR scans, each in its largest slice', async () => {
    const [wired, straight]: [number[], number[]] = [[], []];
    for (const scan of scans) {
      const image = await volume(`${folder}/images/${scan}`);
      const truth = await volume(`${folder}/labels/${scan}`);
      for (const organ of [1, 2, 3, 4]) {
        const slice = largestSlice(truth, organ);
        const outline = longestOutline(slice);
        const anchors = Array.from<unknown, Triple>(
          { length: ANCHORS },
          (_, n) => outline[Math.floor((n * outline.length) / ANCHORS)] ?? [0, 0, 0],
        );
        const wire = new LiveWire(image, image.geometry, 2, slice.k);
        const path = anchors.flatMap((anchor, n) => {
          wire.anchor(anchor);
          return wire.path(anchors[(n + 1) % ANCHORS] ?? anchor).slice(0, -1);
        });
        wired.push(diceWhenFilled(path, slice));
        straight.push(diceWhenFilled(anchors, slice));
      }
    }
    expect(mean(wired)).toBeGreaterThan(0.94);
    expect(mean(straight)).toBeLessThan(0.89);
    expect(Math.min(...wired)).toBeGreaterThan(0.85);
  });
});

/** An organ in a slice, as a scan of one slice. */
interface OrganSlice {
  readonly k: number;
  readonly grid: Grid;
  readonly inside: Uint8Array;
}

async function volume(relative: string): Promise<Volume> {
  return (await readNifti(sharedData(relative) ?? '')).volume;
}

function largestSlice({ voxels, geometry: { dims, spacing } }: Volume, organ: number): OrganSlice {
  const size = dims[0] * dims[1];
  const areas = new Uint32Array(dims[2]);
  voxels.forEach((label, v) => {
    if (label === organ) areas[Math.floor(v / size)] = (areas[Math.floor(v / size)] ?? 0) + 1;
  });
  const k = areas.indexOf(Math.max(...areas));
  const inside = Uint8Array.from(voxels.subarray(k * size, (k + 1) * size), (label) => Number(label === organ));
  return { k, grid: { dims: [dims[0], dims[1], 1], spacing }, inside };
}

/** The outline of the largest part: the longest line half way between inside and outside. */
function longestOutline({ grid, inside }: OrganSlice): Triple[] {
  const [width] = grid.dims;
  const tracer = new LevelTracer({ voxels: inside, slope: 1, intercept: 0 }, grid, 2, 0);
  let longest: Triple[] = [];
  for (let v = 0; v + 1 < inside.length; v++) {
    if ((v + 1) % width === 0 || inside[v] === inside[v + 1]) continue;
    const [x, y] = [(v % width) + 0.5, Math.floor(v / width)];
    if (longest.some((point) => point[0] === x && point[1] === y)) continue;
    const line = tracer.trace([x, y, 0]);
    if (line.length > longest.length) longest = line;
  }
  return longest;
}

function diceWhenFilled(points: readonly Triple[], { grid, inside }: OrganSlice): number {
  const filled = new Uint8Array(inside.length);
  applyDelta(filled, fillPolygon(filled, grid, { value: 1, over: 'everything', locked: new Set() }, { axis: 2, slice: 0, points }));
  const both = filled.map((one, v) => one & (inside[v] ?? 0));
  return (2 * area(both)) / (area(filled) + area(inside));
}

function area(mask: Uint8Array): number {
  return mask.reduce((sum, one) => sum + one, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
