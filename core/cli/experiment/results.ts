import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { parseEvaluation, type Evaluation } from '../../evaluation/index.ts';
import { readOptionalJson } from '../../imaging/optional-json.ts';
import { arms, type Cell, type PretrainedArm } from './plan.ts';

const settings = z.record(z.string(), z.unknown());
const versions = z.record(z.string(), z.string());

/** What a finished cell leaves behind. */
const cellResult = z.object({
  schema: z.literal('tessera-experiment-cell/1'),
  arm: z.enum(arms),
  labels: z.number().int(),
  seed: z.number().int(),
  /** Ids of the labelled cases. */
  training: z.array(z.string()),
  settings,
  versions,
  steps: z.number().int(),
  /** Wall time of the steps alone. */
  seconds: z.number(),
  /** Steps and the mean Dice of the validation scans after them. */
  curve: z.array(z.tuple([z.number(), z.number()])),
  /** The checkpoint that was tested: the best in validation. */
  chosen: z.object({ step: z.number(), validationDice: z.number() }),
  finished: z.string(),
  test: z.unknown(),
});
export type CellResult = Omit<z.infer<typeof cellResult>, 'test'> & { readonly test: Evaluation };

/** Errors over the masked patches of the test scans, each the mean over scans. */
const reconstructionResult = z.object({
  maskRatio: z.number(),
  mse: z.number(),
  meanOfVisibleMse: z.number(),
  nearestVisibleMse: z.number(),
  of: z.enum(['voxels', 'normalised patches']),
  scans: z.number().int(),
});
export type ReconstructionResult = z.infer<typeof reconstructionResult>;

/** What a finished pre-training leaves behind. */
const pretrainingResult = z.object({
  schema: z.literal('tessera-experiment-pretraining/1'),
  arm: z.enum(arms),
  seed: z.number().int(),
  settings,
  versions,
  steps: z.number().int(),
  seconds: z.number(),
  /** Means over the last tenth of the steps. */
  meters: z.record(z.string(), z.number()),
  /** Codes of what the run's own watch found. */
  health: z.array(z.string()),
  probe: z.record(z.string(), z.number()),
  reconstruction: z.array(reconstructionResult),
  finished: z.string(),
});
export type PretrainingResult = z.infer<typeof pretrainingResult>;

const RESULT = 'result.json';

/** Folder of a cell's run below the experiment's. */
export function cellFolder({ arm, labels, seed }: Cell): string {
  return join('cells', `seed-${String(seed)}`, `${String(labels)}-labels`, arm);
}

/** Folder of a pre-training run, which all label counts of a seed share. */
export function pretrainingFolder(arm: PretrainedArm, seed: number): string {
  return join('pretraining', `seed-${String(seed)}`, arm);
}

/** @throws TesseraError `bad-file` for a damaged result */
export async function readCell(folder: string): Promise<CellResult | undefined> {
  const file = join(folder, RESULT);
  const found = await readOptionalJson(file, cellResult, 'nothing there: delete it, and the cell is run again');
  return found === undefined ? undefined : { ...found.value, test: parseEvaluation(found.value.test, file) };
}

/** @throws TesseraError `bad-file` for a damaged result */
export async function readPretraining(folder: string): Promise<PretrainingResult | undefined> {
  return (await readOptionalJson(join(folder, RESULT), pretrainingResult, 'nothing there: delete it, and it is measured again'))?.value;
}

/** The last thing that a cell or pre-training does: what has no result is gone on with. */
export async function writeResult(folder: string, result: CellResult | PretrainingResult): Promise<void> {
  await writeFileAtomic(join(folder, RESULT), JSON.stringify(result, null, 1) + '\n');
}

export interface Results {
  readonly cells: readonly CellResult[];
  readonly pretrainings: readonly PretrainingResult[];
}

/** Everything finished in the folder of an experiment. */
export async function readResults(out: string): Promise<Results> {
  const cells: CellResult[] = [];
  const pretrainings: PretrainingResult[] = [];
  for (const seed of await foldersIn(join(out, 'cells')))
    for (const labels of await foldersIn(seed))
      for (const folder of await foldersIn(labels)) {
        const result = await readCell(folder);
        if (result !== undefined) cells.push(result);
      }
  for (const seed of await foldersIn(join(out, 'pretraining')))
    for (const folder of await foldersIn(seed)) {
      const result = await readPretraining(folder);
      if (result !== undefined) pretrainings.push(result);
    }
  return { cells, pretrainings };
}

async function foldersIn(place: string): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(place, name))
    .sort();
}
