// Which scans to label next, by ranking and at random: `npm run bench -- ranking` prints one JSON document (docs/results.md).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../../core/base/project-folder.ts';
import { seededRandom, type Random } from '../../core/base/random.ts';
import { silentTask } from '../../core/base/task.ts';
import { startBackend } from '../../core/compute/index.ts';
import { bootstrapMean, bootstrapMeanDifference, wilcoxonSignedRank, type MeanInterval } from '../../core/evaluation/index.ts';
import { findTrainingCases, prepareScan, readScan, type DatasetCase } from '../../core/imaging/index.ts';
import { embeddingOf } from '../../core/inference/ranking/embeddings.ts';
import { orderScans, usualWeights, type MeasuredScan, type RankingWeights } from '../../core/inference/ranking/order-scans.ts';
import { paintingError } from '../../core/inference/ranking/painting-error.ts';
import { scanUncertainty } from '../../core/inference/ranking/scan-uncertainty.ts';
import { scanFeatures } from '../../core/inference/scan-features.ts';
import { patchFeatures } from '../../core/learning/patch-features.ts';
import { loadPretrainedRun } from '../../core/learning/pretrained-run.ts';
import { diceOfCases, mean, tinyFinetuning, tinyPretraining, withModelAt } from './study-network.ts';

const { values: o } = parseArgs({
  options: {
    data: { type: 'string', default: join(projectFolder(), '..', 'shared', 'data', 'hippocampus_msd') },
    seeds: { type: 'string', default: '1,2,3' },
    pool: { type: 'string', default: '80' },
    test: { type: 'string', default: '30' },
    first: { type: 'string', default: '6' },
    more: { type: 'string', default: '6' },
    steps: { type: 'string', default: '200' },
    epochs: { type: 'string', default: '60' },
  },
});
const [pool, test, first, more, steps, epochs] = [o.pool, o.test, o.first, o.more, o.steps, o.epochs].map(Number) as [
  number,
  number,
  number,
  number,
  number,
  number,
];
const none: RankingWeights = { uncertainty: 0, distance: 0, error: 0 };
const rankings = {
  ranking: usualWeights,
  uncertainty: { ...none, uncertainty: 1 },
  distance: { ...none, distance: 1 },
  error: { ...none, error: 1 },
} as const satisfies Record<string, RankingWeights>;
type Arm = 'first' | 'random' | keyof typeof rankings;
const arms: readonly Arm[] = ['first', 'random', 'ranking', 'uncertainty', 'distance', 'error'];
const dice: Record<Arm, number[]> = { first: [], random: [], ranking: [], uncertainty: [], distance: [], error: [] };

const backend = await startBackend();
const folder = mkdtempSync(join(tmpdir(), 'tessera-ranking-'));
try {
  const { cases } = await findTrainingCases(o.data);
  const shuffled = drawn(cases, cases.length, seededRandom(0));
  const [tested, others] = [shuffled.slice(0, test), shuffled.slice(test)];
  for (const seed of o.seeds.split(',').map(Number)) await study(seed, tested, others);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const rounded = ({ mean: middle, low, high, count }: MeanInterval): object => ({
  mean: +middle.toFixed(4),
  low: +low.toFixed(4),
  high: +high.toFixed(4),
  count,
});
console.log(
  JSON.stringify({
    settings: { pool, test, first, more, steps, epochs, seeds: o.seeds, backend: backend.name },
    dice: Object.fromEntries(arms.map((arm) => [arm, rounded(bootstrapMean(dice[arm]))])),
    againstRandom: Object.fromEntries(
      arms.slice(2).map((arm) => [
        arm,
        {
          ...rounded(bootstrapMeanDifference(dice.random, dice[arm])),
          pValue: +wilcoxonSignedRank(dice[arm].map((d, n) => d - (dice.random[n] ?? NaN))).pValue.toFixed(4),
        },
      ]),
    ),
  }),
);
process.exit(0);

/** One draw of the pool, of the first labels, and of what starts from nothing. */
async function study(seed: number, tested: readonly DatasetCase[], others: readonly DatasetCase[]): Promise<void> {
  const random = seededRandom(seed);
  const chosen = drawn(others, pool, random.fork('pool'));
  const ids = chosen.map(({ id }) => id);
  const [labelled, unlabelled] = [ids.slice(0, first), ids.slice(first)];
  const encoder = await tinyPretraining(o.data, new Set(ids), join(folder, `encoder-${seed}`), epochs, seed, backend);
  const trained = async (arm: Arm, more: readonly string[]): Promise<string> => {
    const out = join(folder, `${arm}-${seed}`);
    const model = await tinyFinetuning(o.data, [...labelled, ...more], out, encoder, steps, seed, backend);
    const found = await withModelAt(model, (network) => diceOfCases(network, tested));
    dice[arm].push(...found);
    process.stderr.write(`${new Date().toISOString()} seed ${seed} ${arm}: ${mean(found).toFixed(4)} ${more.join(' ')}\n`);
    return model;
  };
  const model = await trained('first', []);
  const measured = await measure(chosen, model, encoder);
  const known = labelled.flatMap((id) => measured.get(id)?.embedding ?? []);
  await trained('random', drawn(unlabelled, more, random.fork('random')));
  for (const arm of Object.keys(rankings) as (keyof typeof rankings)[]) {
    const order = orderScans(
      unlabelled.flatMap((id) => measured.get(id) ?? []),
      known,
      rankings[arm],
    );
    await trained(
      arm,
      order.slice(0, more).map(({ scan }) => scan),
    );
  }
}

async function measure(all: readonly DatasetCase[], model: string, encoder: string): Promise<Map<string, MeasuredScan>> {
  const run = await loadPretrainedRun(encoder);
  const { parameters, settings } = run;
  return withModelAt(model, async (network) => {
    const found = new Map<string, MeasuredScan>();
    for (const { id, images } of all) {
      const { volume } = await readScan(images[0] ?? '');
      const scan = prepareScan([volume], settings.preparation);
      const features = await scanFeatures(
        scan,
        settings,
        (patches, grid) => patchFeatures(patches, grid, parameters, settings),
        silentTask,
      );
      found.set(id, {
        scan: id,
        uncertainty: await scanUncertainty(prepareScan([volume], network.document.preparation), network, silentTask),
        error: await paintingError(scan, parameters, settings),
        embedding: embeddingOf(features),
      });
    }
    return found;
  });
}

function drawn<T>(from: readonly T[], count: number, random: Random): T[] {
  return [...random.permutation(from.length)].slice(0, count).flatMap((at) => from[at] ?? []);
}
