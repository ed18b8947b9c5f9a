import { parseArgs } from 'node:util';
import { deltaBetween, fillBetween, fillHoles, growMargin, GrowFromSeeds, keepLargestIsland } from '../../core/labelling/index.ts';
import { removeSmallIslands, SegmentVolumes, smoothGaussian, smoothJoint, smoothMedian, splitIslands } from '../../core/labelling/index.ts';
import type { Grid, LabelDelta, PaintRules, ScanValues } from '../../core/labelling/index.ts';
import type { Triple } from '../../core/imaging/volume.ts';

/**
 * Times the labelling tools that work on shapes, on a made scan of 512 x 512 x 300 voxels: a body with organs and noise. Prints one JSON line:
 * for each tool the median processor time of the program itself (user time) in ms and, where there is one, the goal.
 */
const { values: o } = parseArgs({ options: { runs: { type: 'string', default: '3' }, only: { type: 'string', default: '' } } });
const dims: Triple = [512, 512, 300];
const grid: Grid = { dims, spacing: [0.8, 0.8, 1.5] };
const rules: PaintRules = { value: 1, over: 'everything', locked: new Set() };
const SLICE = dims[0] * dims[1];

/** Organs as ellipsoids: value, middle, half axes in voxels, brightness. The first is as large as a liver, 14 % of the slice wide each way. */
const organs = [
  { value: 1, middle: [200, 240, 150], half: [110, 90, 60], hu: 110 },
  { value: 2, middle: [360, 260, 150], half: [50, 60, 55], hu: 150 },
  { value: 3, middle: [300, 330, 120], half: [35, 30, 45], hu: 190 },
] as const;

function paintOrgans(paint: (voxel: number, organ: (typeof organs)[number]) => void, part = 1): void {
  for (const organ of organs) {
    const [x, y, z] = organ.middle;
    const [a, b, c] = organ.half.map((n) => n * part) as [number, number, number];
    for (let k = Math.ceil(z - c); k <= z + c; k++)
      for (let j = Math.ceil(y - b); j <= y + b; j++)
        for (let i = Math.ceil(x - a); i <= x + a; i++)
          if (((i - x) / a) ** 2 + ((j - y) / b) ** 2 + ((k - z) / c) ** 2 <= 1) paint(i + dims[0] * j + SLICE * k, organ);
  }
}

/** Noise that needs no memory: −20 to 20. */
const noise = (v: number): number => ((Math.imul(v ^ (v >>> 15), 0x2c1b3c6d) >>> 8) % 41) - 20;

function madeScan(): ScanValues {
  const voxels = new Int16Array(SLICE * dims[2]);
  for (let k = 0, v = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++)
      for (let i = 0; i < dims[0]; i++, v++) voxels[v] = (((i - 256) / 220) ** 2 + ((j - 256) / 180) ** 2 < 1 ? 30 : -1000) + noise(v);
  paintOrgans((v, { hu }) => (voxels[v] = hu + noise(v)));
  return { voxels, slope: 1, intercept: 0 };
}

function madeLabels(): Uint8Array {
  const labels = new Uint8Array(SLICE * dims[2]);
  paintOrgans((v, { value }) => (labels[v] = value));
  return labels;
}

interface Timed {
  readonly tool: string;
  readonly user_ms: number;
  readonly goal_ms?: number;
  readonly changed: number;
}
const results: Timed[] = [];

/** @param prepare is not timed */
function time(tool: string, run: () => { runs: Uint32Array }, goal?: number, prepare?: () => void): void {
  if (o.only !== '' && !tool.includes(o.only)) return;
  let changed = 0;
  const times = Array.from({ length: Number(o.runs) }, () => {
    prepare?.();
    const began = process.cpuUsage();
    changed = run().runs.length / 4;
    return process.cpuUsage(began).user / 1000;
  });
  const median = Math.round([...times].sort((a, b) => a - b)[times.length >> 1] ?? NaN);
  results.push({ tool, user_ms: median, ...(goal === undefined ? {} : { goal_ms: goal }), changed });
  process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
}

const scan = madeScan();
const labels = madeLabels();

// Islands: what a threshold gives, the largest with thousands of specks around it.
const specks = labels.slice();
for (let v = 0; v < specks.length; v++) if (noise(v) === 20 && noise(v * 7 + 1) > 0) specks[v] = 1;
time('keep the largest island', () => keepLargestIsland(specks, grid, rules, 6), 1500);
time('remove small islands', () => removeSmallIslands(specks, grid, rules, { ml: 1 }, 26), 1500);
time('split islands', () => splitIslands(specks, grid, rules, [7, 8, 9], 6), 1500);
time('fill holes', () => fillHoles(specks, grid, rules), 1500);
time('fill holes in slices', () => fillHoles(specks, grid, rules, 2), 1500);

time('grow by 5 mm', () => growMargin(labels, grid, rules, 5));
time('majority, 5 mm', () => smoothMedian(labels, grid, rules, 5));
time('Gaussian, 2 mm', () => smoothGaussian(labels, grid, rules, 2));
time('together, 2 mm', () => smoothJoint(labels, grid, { ...rules, value: 0 }, [1, 2, 3], 2));

// Fill between: 20 slices of a body that fills the picture, every tenth drawn; and 20 empty ones between two.
const body = (v: number, k: number): boolean =>
  ((v % 512) - 256 - k) ** 2 + (Math.floor((v % SLICE) / 512) - 256) ** 2 < (210 + k / 4) ** 2;
function drawnSlices(slices: readonly number[]): Uint8Array {
  const drawn = new Uint8Array(labels.length);
  for (const k of slices) for (let v = k * SLICE; v < (k + 1) * SLICE; v++) if (body(v, k / 10)) drawn[v] = 1;
  return drawn;
}
const twenty = drawnSlices(Array.from({ length: 20 }, (_, n) => 10 * n));
const apart = drawnSlices([100, 121]);
time('fill between 20 drawn slices (180 filled)', () => fillBetween(twenty, grid, rules, 2));
time('fill 20 slices between two', () => fillBetween(apart, grid, rules, 2), 1000);
time('fill 20 slices between two by the scan', () => fillBetween(apart, grid, rules, 2, { values: scan }));

// Grow from seeds: the middle fifth of each organ, and strokes of background around.
const seeds = new Uint8Array(labels.length);
const BACKGROUND = 9;
for (const k of [90, 150, 210])
  for (let n = -2; n <= 2; n++) for (let x = 60; x < 440; x++) seeds[x + 512 * (130 + n) + SLICE * k] = BACKGROUND;
for (let k = 85; k < 215; k++) for (let n = -2; n <= 2; n++) seeds[300 + n + 512 * 170 + SLICE * k] = BACKGROUND;
for (let x = 60; x < 440; x++) for (let n = -2; n <= 2; n++) seeds[x + 512 * (380 + n) + SLICE * 150] = BACKGROUND;
paintOrgans((v, { value }) => (seeds[v] = value), 0.2);
let growth = new GrowFromSeeds(scan, grid, undefined, { background: BACKGROUND });
time(
  'grow from seeds, first',
  () => {
    growth = new GrowFromSeeds(scan, grid, undefined, { background: BACKGROUND });
    return growth.seeds(seeds);
  },
  3000,
);
if (o.only === '' || 'grow from seeds, one more'.includes(o.only)) {
  if (results.every(({ tool }) => tool !== 'grow from seeds, first')) growth.seeds(seeds);
  let wrong = 0;
  for (let v = 0; v < labels.length; v++) if (growth.preview[v] !== labels[v]) wrong++;
  process.stderr.write(`grown wrongly: ${wrong} voxels
`);
  let turn = 0;
  let stroke: LabelDelta | undefined;
  time(
    'grow from seeds, one more',
    () => (stroke === undefined ? { runs: new Uint32Array() } : growth.update(stroke)),
    500,
    () => {
      const next = seeds.slice();
      const at = 230 + 512 * (200 + 8 * turn++) + SLICE * 150;
      for (let k = -3; k <= 3; k++) for (let j = -3; j <= 3; j++) next.fill(1, at + 512 * j + SLICE * k - 3, at + 512 * j + SLICE * k + 4);
      stroke = deltaBetween(seeds, next);
      seeds.set(next);
    },
  );
}

const before = labels.slice().fill(0);
const all = deltaBetween(before, labels);
time('volumes, first', () => (new SegmentVolumes(labels, grid), all));
const volumes = new SegmentVolumes(before, grid);
time(`volumes, ${all.runs.length / 4} runs`, () => (volumes.update(all), all));

// Rows as test/bench/workstation.ts prints them, for scripts/bench.mjs.
const rows = results.map(({ tool, user_ms, goal_ms }) => ({
  what: tool,
  value: user_ms,
  unit: 'ms',
  ...(goal_ms === undefined ? {} : { goal: goal_ms }),
}));
console.log(JSON.stringify([...rows, { what: 'memory at most', value: Math.round(process.resourceUsage().maxRSS / 1024), unit: 'MB' }]));
