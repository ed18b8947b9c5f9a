import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import type { Backend } from '../../compute/index.ts';
import { findCases, type DatasetCase } from '../../imaging/index.ts';
import { readOptionalJson } from '../../imaging/optional-json.ts';
import { splitForExperiment, type CaseSplit, type CaseSplitOptions } from './case-split.ts';
import type { Recipe } from './recipe.ts';

/** What all runs of an experiment share. */
export interface Experiment {
  readonly data: string;
  readonly out: string;
  readonly split: CaseSplit;
  readonly cases: ReadonlyMap<string, DatasetCase>;
  readonly recipe: Recipe;
  readonly backend: Backend;
}

export interface SetupOptions {
  readonly data: string;
  readonly out: string;
  readonly split: CaseSplitOptions;
  readonly recipe: Recipe;
  readonly backend: Backend;
  /** Go on with what the folder holds. */
  readonly resume: boolean;
}

const ids = z.array(z.string());
const experimentDocument = z.object({
  schema: z.literal('tessera-experiment/1'),
  split: z.object({ training: ids, validation: ids, test: ids }),
});

const FILE = 'experiment.json';

/**
 * Draws the split of a new experiment and writes it down, or takes that of an old one.
 * @throws TesseraError `bad-setting` when the folder holds an experiment and none is to be resumed, or one of other scans; `no-data`
 */
export async function setUpExperiment({ data, out, split: options, recipe, backend, resume }: SetupOptions): Promise<Experiment> {
  const { cases } = await findCases(data);
  const labelled = new Map(cases.filter(({ label }) => label !== undefined).map((c) => [c.id, c]));
  if (labelled.size <= options.training + options.validation)
    throw new TesseraError('no-data', `has ${String(labelled.size)} scans with labels.`, {
      subject: data,
      advice: `Training and validation take ${String(options.training + options.validation)}; some more must be left to test on.`,
    });
  const found = await readOptionalJson(join(out, FILE), experimentDocument, 'nothing there, or give another folder with --out');
  if (found !== undefined && !resume)
    throw new TesseraError('bad-setting', 'holds an experiment.', {
      subject: out,
      advice: 'Go on with it with --resume, or give another folder with --out.',
    });
  const split = found?.value.split ?? splitForExperiment([...labelled.keys()], options);
  const missing = [...split.training, ...split.validation, ...split.test].find((id) => !labelled.has(id));
  if (missing !== undefined)
    throw new TesseraError('no-data', `lacks the case ${missing} that the experiment began with.`, { subject: data });
  if (found === undefined)
    await writeFileAtomic(join(out, FILE), JSON.stringify({ schema: 'tessera-experiment/1', split }, null, 1) + '\n');
  return { data, out, split, cases: labelled, recipe, backend };
}
