// Growing from seeds, simulated on real scans with labels: `node dist/test/bench/seeds.js` prints the mean Dice of each set of scans.
import { distancesToNearest } from '../../core/evaluation/distance-transform.ts';
import { readNifti } from '../../core/imaging/nifti/read.ts';
import type { Triple, Volume } from '../../core/imaging/volume.ts';
import { GrowFromSeeds } from '../../core/labelling/index.ts';

/** Organs (values of the label maps) of scans, by name of the set; all at the place of the shared data. */
const sets: Record<string, readonly (readonly [image: string, labels: string, organs: readonly number[]])[]> = {
  'abdomen, CT': [
    ['ct_totalsegmentator/abdomen_ct/ct.nii.gz', 'ct_totalsegmentator/abdomen_ct/labels_total.nii.gz', [1, 2, 3, 4, 5, 6, 21, 52, 88]],
  ],
  'thorax, CT': ['001', '002'].map((n) => [
    `ct_thorax_lung1/nifti_4mm/LUNG1-${n}_ct.nii.gz`,
    `ct_thorax_lung1/nifti_4mm/LUNG1-${n}_labels.nii.gz`,
    [1, 2, 3, 5],
  ]),
  'abdomen, MR': ['02', '03', '22', '33', '34', '39'].map((n) => [
    `abdomen_mr_chaos/images/chaos_${n}.nii.gz`,
    `abdomen_mr_chaos/labels/chaos_${n}.nii.gz`,
    [1, 2, 3, 4],
  ]),
  'hippocampus, MR': ['001', '003', '004', '006', '007', '008', '011', '017'].map((n) => [
    `hippocampus_msd/images/hippocampus_${n}.nii.gz`,
    `hippocampus_msd/labels/hippocampus_${n}.nii.gz`,
    [1, 2],
  ]),
};
const BACKGROUND = 2;
/** How far from an organ the strokes around it are drawn. */
const AWAY = 6;

const root = new URL('../../../../shared/data/', import.meta.url);
const rows: { what: string; value: number; unit: string }[] = [];
for (const [name, scans] of Object.entries(sets)) {
  const found: number[] = [];
  for (const [image, labels, organs] of scans) {
    const scan = await volume(image);
    const truth = await volume(labels);
    for (const organ of organs) {
      const inside = Uint8Array.from(truth.voxels, (label) => Number(label === organ));
      if (!inside.includes(1)) continue;
      const growth = new GrowFromSeeds(scan, scan.geometry, undefined, { background: BACKGROUND });
      growth.seeds(strokes(inside, scan.geometry.dims, scan.geometry.spacing));
      const dice = diceOf(growth.preview, inside);
      found.push(dice);
      process.stderr.write(`${image} ${organ}: ${dice.toFixed(3)}\n`);
    }
  }
  rows.push({ what: `${name}, ${found.length} organs`, value: found.reduce((sum, dice) => sum + dice, 0) / found.length, unit: 'Dice' });
}
console.log(JSON.stringify(rows));

async function volume(relative: string): Promise<Volume> {
  return (await readNifti(new URL(relative, root).pathname)).volume;
}

/**
 * What a hurried person draws. In three axial slices, with a quarter, half and three quarters of the organ below them: a stroke along the row
 * through its innermost voxel, half as long as the organ there, and four straight strokes some millimetres around the organ. A cross before and
 * behind its first and last slice. Strokes around it leave out where the organ comes near.
 */
function strokes(inside: Uint8Array, [nx, ny, nz]: Triple, spacing: Triple): Uint8Array {
  const seeds = new Uint8Array(inside.length);
  const plane = nx * ny;
  const areas = Array.from({ length: nz }, (_, k) => inside.subarray(k * plane, (k + 1) * plane).reduce((sum, one) => sum + one, 0));
  const total = areas.reduce((sum, area) => sum + area, 0);
  const sliceAbove = (part: number): number => {
    let below = 0;
    return areas.findIndex((area) => (below += area) >= part * total);
  };
  const apart = distancesToNearest(inside, new Uint8Array(inside.length).fill(1), [nx, ny, nz], spacing);
  const around = (i: number, j: number, k: number): void => {
    if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return;
    const v = i + nx * j + plane * k;
    if ((apart[v] as number) >= AWAY / 2) seeds[v] = BACKGROUND;
  };
  for (const k of [sliceAbove(0.25), sliceAbove(0.5), sliceAbove(0.75)]) {
    const slice = inside.subarray(k * plane, (k + 1) * plane);
    const depth = distancesToNearest(
      slice.map((one) => 1 - one),
      new Uint8Array(plane).fill(1),
      [nx, ny, 1],
      spacing,
    );
    const deepest = depth.reduce((best, d, v) => (d > (depth[best] as number) ? v : best), 0);
    const [x, y] = [deepest % nx, Math.floor(deepest / nx)];
    let [from, to] = [x, x];
    while (from > 0 && slice[from - 1 + nx * y] === 1) from--;
    while (to < nx - 1 && slice[to + 1 + nx * y] === 1) to++;
    for (let i = Math.ceil((from + x) / 2); i <= Math.floor((to + x) / 2); i++) seeds[i + nx * y + plane * k] = 1;

    let [left, right, top, bottom] = [nx, -1, ny, -1];
    slice.forEach((one, v) => {
      if (one === 0) return;
      [left, right] = [Math.min(left, v % nx), Math.max(right, v % nx)];
      [top, bottom] = [Math.min(top, Math.floor(v / nx)), Math.max(bottom, Math.floor(v / nx))];
    });
    const [across, down] = [Math.round(AWAY / spacing[0]), Math.round(AWAY / spacing[1])];
    for (let i = left; i <= right; i++) for (const j of [top - down, bottom + down]) around(i, j, k);
    for (let j = top; j <= bottom; j++) for (const i of [left - across, right + across]) around(i, j, k);
    const [first, last] = [areas.findIndex((area) => area > 0), areas.findLastIndex((area) => area > 0)];
    const beyond = Math.max(1, Math.round(AWAY / spacing[2]));
    for (const end of [first - beyond, last + beyond]) {
      for (let i = left; i <= right; i++) around(i, y, end);
      for (let j = top; j <= bottom; j++) around(x, j, end);
    }
  }
  return seeds;
}

function diceOf(grown: ArrayLike<number>, inside: Uint8Array): number {
  let [both, sum] = [0, 0];
  for (let v = 0; v < inside.length; v++) {
    const [a, b] = [grown[v] === 1 ? 1 : 0, inside[v] as number];
    both += a * b;
    sum += a + b;
  }
  return (2 * both) / sum;
}
