import { parseArgs } from 'node:util';
import type { Triple } from '../../core/imaging/volume.ts';
import {
  applyDelta,
  combine,
  decodeDelta,
  encodeDelta,
  floodFill,
  inverseDelta,
  LevelTracer,
  LiveWire,
  move,
  rangeAround,
  scissors,
  Stroke,
  type Brush,
  type Grid,
  type LabelDelta,
  type PaintRules,
  type ScanValues,
} from '../../core/labelling/index.ts';

/**
 * Times the painting tools on a made scan of 512 x 512 x 300 voxels, without drawing: processor time, so that other programs do not count.
 * Prints one JSON line of rows as test/bench/workstation.ts.
 */
interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'MB';
  /** At most; none where the number is told for comparison only. */
  readonly goal?: number;
}

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const runs = Number(options.runs);
const dims: Triple = [512, 512, 300];
const grid: Grid = { dims, spacing: [0.7, 0.7, 1] };
const SLICE = dims[0] * dims[1];
const labels = new Uint8Array(SLICE * dims[2]);
const scan = madeScan();
/** Everything that rules can ask for: a locked segment, and a range of scan values. */
const rules: PaintRules = { value: 1, over: 'everything', locked: new Set([9]), within: { values: scan, range: [-300, 300] } };
const eraser: PaintRules = { value: 0, over: 'everything', locked: new Set() };
const rows: Row[] = [];

const circle: Brush = { shape: 'circle', axis: 2, radius: 10 };
const sphere: Brush = { shape: 'sphere', radius: 30 };
const way = (n: number): Triple => [200 + 2 * n, 220 + 30 * Math.sin(n / 8), 150 + n / 12];

// The first strokes are compiled while they are drawn; nobody draws for the first time all day.
for (const brush of [circle, sphere]) for (let round = 0; round < 3; round++) draw(brush, 40).stroke.cancel();
moves('brush of 10 mm, one move in a slice', circle, 8);
moves('brush of 10 mm, one move in a slice from the side', { ...circle, axis: 0 }, 8);
moves('ball of 30 mm, one move', sphere, 30);
dabs('ball of 30 mm, first dab', sphere, 30);

const { stroke } = draw(sphere, 60);
const long = timed(() => stroke.finish());
add('end of a stroke with a ball of 30 mm', long.ms, 'ms');
const stored = encodeDelta(long.result);
median(
  'undo of that stroke',
  () => applyDelta(labels, inverseDelta(decoded(stored))),
  50,
  () => applyDelta(labels, long.result),
);
undoSteps();

labels.fill(0);
paintBall(1, [200, 240, 150], 60);
paintBall(2, [360, 240, 150], 45);
const outline = Array.from({ length: 400 }, (_, n): Triple => [256 + 150 * Math.cos(n / 63), 256 + 120 * Math.sin(n / 63), 0]);
median('scissors through the volume, erase inside', () => scissors(labels, grid, eraser, { axis: 2, side: 'inside', points: outline }));
median('scissors through the volume, erase outside', () => scissors(labels, grid, eraser, { axis: 0, side: 'outside', points: outline.map(([i, j]) => [0, i, j / 2]) })); // prettier-ignore
median('flood fill of an organ of 0.9 million voxels', () => floodFill(labels, grid, { ...rules, value: 3 }, { point: [200, 240, 150], alike: 'label' })); // prettier-ignore
median('fill with one value through the volume', () => floodFill(labels, grid, { ...rules, value: 3 }, { point: [256, 256, 150], alike: { values: scan, spread: 60 }, most: 1e8 })); // prettier-ignore
median('add one segment to another', () =>
  combine(labels, grid, { ...rules, value: 1 }, { operation: 'add', other: { labels, value: 2 } }),
);
median('turn an organ of 0.4 million voxels', () => move(labels, grid, { ...rules, value: 2 }, { kind: 'rotate', degrees: 10, about: [1, 1, 1] })); // prettier-ignore
median('range of values under a ball of 30 mm', () => rangeAround(scan, grid, [256, 256, 150], 30));
median('live wire, look at a slice', () => new LiveWire(scan, grid, 2, 150));
const wire = new LiveWire(scan, grid, 2, 150);
median('live wire, set an anchor', () => wire.anchor([60, 256, 150]));
median('live wire, one move', () => wire.path([400, 300, 150]), 8);
const tracer = new LevelTracer(scan, grid, 2, 150);
median('level tracing, one move', () => tracer.trace([36.3, 256, 150]), 8);

console.log(JSON.stringify(rows));

/** A body with a brighter organ and noise that takes no memory. */
function madeScan(): ScanValues {
  const voxels = new Int16Array(SLICE * dims[2]);
  for (let k = 0, v = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++)
      for (let i = 0; i < dims[0]; i++, v++) {
        const noise = ((Math.imul(v ^ (v >>> 15), 0x2c1b3c6d) >>> 8) % 41) - 20;
        voxels[v] = (((i - 256) / 220) ** 2 + ((j - 256) / 180) ** 2 < 1 ? 30 : -1000) + noise;
      }
  return { voxels, slope: 1, intercept: 0 };
}

function paintBall(value: number, middle: Triple, radius: number): void {
  new Stroke(labels, { dims, spacing: [1, 1, 1] }, { ...eraser, value }, { shape: 'sphere', radius }).to(middle);
}

/** A stroke of some moves, each a little further, and what each took. */
function draw(brush: Brush, count: number, place = way): { stroke: Stroke; times: number[] } {
  const stroke = new Stroke(labels, grid, rules, brush);
  stroke.to(place(0));
  return { stroke, times: Array.from({ length: count }, (_, n) => timed(() => stroke.to(place(n + 1))).ms) };
}

function moves(what: string, brush: Brush, goal: number): void {
  const { stroke, times } = draw(brush, 200);
  stroke.cancel();
  add(`${what}, middle one`, middle(times), 'ms', goal);
  add(`${what}, 19 of 20 take less`, [...times].sort((a, b) => a - b)[Math.floor(0.95 * times.length)] ?? NaN, 'ms', goal);
}

function dabs(what: string, brush: Brush, goal: number): void {
  const times = Array.from({ length: 7 }, (_, n) => {
    const stroke = new Stroke(labels, grid, rules, brush);
    const { ms } = timed(() => stroke.to(way(20 * n)));
    stroke.cancel();
    return ms;
  });
  add(what, middle(times), 'ms', goal);
}

/** The changes of 200 strokes, half of them circles in slices, half balls of 15 mm, each with 60 moves. */
function undoSteps(): void {
  const before = labels.slice();
  const steps: LabelDelta[] = [];
  for (let n = 0; n < 200; n++) {
    const brush: Brush = n % 2 === 0 ? circle : { shape: 'sphere', radius: 15 };
    // Crossing strokes of changing values, so that there is something to change each time.
    const stroke = new Stroke(labels, grid, { ...rules, value: 1 + (n % 8) }, brush);
    for (let m = 0; m <= 60; m++) stroke.to([180 + 2 * m, 200 + 40 * Math.sin((m + n) / 9), 100 + (n % 50) + m / 20]);
    steps.push(stroke.finish());
  }
  const megabytes = (bytes: number): number => bytes / 1e6;
  add('200 undo steps as bytes', megabytes(steps.reduce((sum, delta) => sum + encodeDelta(delta).length, 0)), 'MB', 100);
  add('200 undo steps as runs in memory', megabytes(steps.reduce((sum, { runs }) => sum + runs.byteLength, 0)), 'MB', 100);
  for (const delta of steps.reverse()) applyDelta(labels, inverseDelta(delta));
  if (Buffer.compare(before, labels) !== 0) throw new Error('undoing 200 steps did not lead back');
}

function median(what: string, run: () => unknown, goal?: number, after?: () => void): void {
  const times = Array.from({ length: Math.max(1, runs) + 1 }, () => {
    const { ms } = timed(run);
    after?.();
    return ms;
  });
  // The first time compiles.
  add(what, middle(times.slice(1)), 'ms', goal);
}

function timed<T>(run: () => T): { result: T; ms: number } {
  const began = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(began);
  return { result, ms: (user + system) / 1000 };
}

function decoded(bytes: Uint8Array): LabelDelta {
  const delta = decodeDelta(bytes);
  if (delta === undefined) throw new Error('a delta was not stored well');
  return delta;
}

function middle(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? NaN;
}

function add(what: string, value: number, unit: Row['unit'], goal?: number): void {
  rows.push({ what, value, unit, ...(goal === undefined ? {} : { goal }) });
  process.stderr.write(`${what}: ${value.toFixed(2)} ${unit}\n`);
}
