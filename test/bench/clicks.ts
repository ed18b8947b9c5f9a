// Interactive clicks, simulated: `node dist/test/bench/clicks.js --model RUN --pairs IMAGE:LABELS,… --structures 1+2,3` prints one JSON document.
import { parseArgs } from 'node:util';
import { seededRandom } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import { startBackend } from '../../core/compute/index.ts';
import { bootstrapMean, bootstrapMeanDifference, type MeanInterval } from '../../core/evaluation/bootstrap.ts';
import { prepareScan, readScan, type Volume } from '../../core/imaging/index.ts';
import { featureSpace, type FeatureSpace } from '../../core/inference/prompts/feature-space.ts';
import { fineFeatures } from '../../core/inference/prompts/fine-features.ts';
import { proposal, promptScan } from '../../core/inference/prompts/proposal.ts';
import { seenValues, type SeenValues } from '../../core/inference/prompts/seen-values.ts';
import { patchFeatures } from '../../core/learning/patch-features.ts';
import { loadPretrainedRun, type PretrainedRun } from '../../core/learning/pretrained-run.ts';
import { createParameters, type Parameters } from '../../core/model/parameters.ts';
import { pretrainingMethod } from '../../core/model/pretraining-methods.ts';
import { regionGrowing } from './clicks-growing.ts';
import { diceOf, nextClick, type Click } from './clicks-simulator.ts';

const { values: o } = parseArgs({
  options: {
    model: { type: 'string' },
    pairs: { type: 'string' },
    structures: { type: 'string' },
    clicks: { type: 'string', default: '10' },
  },
});
if (o.model === undefined || o.pairs === undefined || o.structures === undefined)
  throw new Error('needs --model, --pairs and --structures');
const structures = o.structures.split(',').map((one) => one.split('+').map(Number));
const shown = [1, 3, 5, 10];
const arms = ['pre-trained', 'random', 'values alone', 'region growing'] as const;
type Arm = (typeof arms)[number];
const dice: Record<Arm, number[][]> = { 'pre-trained': [], random: [], 'values alone': [], 'region growing': [] };
const times: number[] = [];

await startBackend();
const run = await loadPretrainedRun(o.model);
const random = createParameters(pretrainingMethod(run.settings).specs.student, seededRandom(7));
const warming: number[] = [];
for (const pair of o.pairs.split(',')) {
  const [image = '', labels = ''] = pair.split(':');
  const { volume } = await readScan(image);
  const { volume: truth } = await readScan(labels);
  const seen = seenValues(volume, run.settings.preparation.intensity);
  const began = performance.now();
  const trained = await spaceOf(run, run.parameters, volume);
  warming.push((performance.now() - began) / 1000);
  const untrained = await spaceOf(run, random, volume);
  const nothing: FeatureSpace = { ...trained, codes: new Float32Array(trained.codes.length) };
  for (const values of structures) {
    const wanted = Uint8Array.from(truth.voxels, (v) => (values.includes(v) ? 1 : 0));
    if (!wanted.includes(1)) continue;
    for (const [arm, space] of [
      ['pre-trained', trained],
      ['random', untrained],
      ['values alone', nothing],
    ] as const)
      dice[arm].push(withProposals(seen, space, wanted, arm === 'pre-trained'));
    dice['region growing'].push(withGrowing(seen, wanted));
    const last = arms.map((arm) => `${arm} ${(dice[arm].at(-1) ?? []).map((d) => d.toFixed(2)).join(' ')}`);
    process.stderr.write(`${pair.split('/').at(-1) ?? ''} ${values.join('+')}: ${last.join('; ')}\n`);
  }
}
const at = (arm: Arm, n: number): number[] => dice[arm].map((each) => each[n - 1] ?? NaN);
const rounded = ({ mean, low, high, count }: MeanInterval): object => ({
  mean: +mean.toFixed(3),
  low: +low.toFixed(3),
  high: +high.toFixed(3),
  count,
});
const sorted = [...times].sort((a, b) => a - b);
console.log(
  JSON.stringify({
    dice: Object.fromEntries(arms.map((arm) => [arm, shown.map((n) => rounded(bootstrapMean(at(arm, n))))])),
    differences: Object.fromEntries(
      arms.slice(1).map((arm) => [arm, shown.map((n) => rounded(bootstrapMeanDifference(at(arm, n), at('pre-trained', n))))]),
    ),
    milliseconds: { median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? NaN), slowest: Math.round(sorted.at(-1) ?? NaN) },
    warmingSeconds: +(warming.reduce((sum, s) => sum + s, 0) / warming.length).toFixed(1),
  }),
);
process.exit(0);

async function spaceOf({ settings }: PretrainedRun, parameters: Parameters, volume: Volume): Promise<FeatureSpace> {
  const scan = prepareScan([volume], settings.preparation);
  return featureSpace(
    await fineFeatures(scan, settings, (patches, grid) => patchFeatures(patches, grid, parameters, settings), silentTask),
  );
}

function withProposals(seen: SeenValues, space: FeatureSpace, wanted: Uint8Array, timed: boolean): number[] {
  const scan = promptScan(seen, space);
  return clicking(wanted, seen, (clicks) => {
    const began = performance.now();
    const voxels = (positive: boolean): number[] => clicks.filter((click) => click.positive === positive).map(({ voxel }) => voxel);
    const drawn = proposal(scan, { positive: voxels(true), negative: voxels(false), gestures: clicks.length, boxes: [] });
    if (timed) times.push(performance.now() - began);
    return drawn;
  });
}

function withGrowing(seen: SeenValues, wanted: Uint8Array): number[] {
  const values = Float32Array.from(seen.levels, (level) => level * seen.unit);
  return clicking(wanted, seen, (clicks) => regionGrowing(values, seen.geometry.dims, clicks));
}

/** Dice after each click. Once nothing is wrong it stays. */
function clicking(wanted: Uint8Array, { geometry }: SeenValues, draw: (clicks: readonly Click[]) => Uint8Array): number[] {
  const clicks: Click[] = [];
  const found: number[] = [];
  let drawn = new Uint8Array(wanted.length);
  for (let n = 0; n < Number(o.clicks); n++) {
    const click = nextClick(wanted, drawn, geometry);
    if (click !== undefined) {
      clicks.push(click);
      drawn = Uint8Array.from(draw(clicks));
    }
    found.push(diceOf(wanted, drawn));
  }
  return found;
}
