import { join } from 'node:path';
import { z } from 'zod';
import { TesseraError } from '../base/errors.ts';
import { findCases, type Dataset } from './dataset.ts';
import { readOptionalJson } from './optional-json.ts';
import { readPatients } from './patients.ts';

/** The test part of a data folder, which training never sees. */
export interface TestLock {
  /** `split.json` of the data folder, and its SHA-256. */
  readonly file: string;
  readonly sha256: string;
  /** Ids of the cases that are locked away: those that the file names, and other scans of the same patients. */
  readonly test: readonly string[];
}

export interface TrainingDataset extends Dataset {
  readonly lock?: TestLock;
}

/** Other keys are notes of the owner: the bundled scans list `training` and `labelled`. */
const splitSchema = z.looseObject({ test: z.array(z.string()).default([]) });

/**
 * The cases of a folder that training may see: as `findCases`, with the patient of each, and without the test cases that `split.json`
 * locks away (`{ "test": ["case id", …] }`). All code that trains gets its cases here, so that a locked one cannot be read by it.
 * @throws TesseraError as `findCases`; `bad-file` for a damaged `split.json` or `patients.json`; `no-data` when everything is locked
 */
export async function findTrainingCases(folder: string): Promise<TrainingDataset> {
  const dataset = await findCases(folder);
  const patients = await readPatients(folder);
  const cases = dataset.cases.map((c) => {
    const own = c.patient ?? c.id;
    return { ...c, patient: patients.get(c.id) ?? patients.get(own) ?? own };
  });
  const file = join(folder, 'split.json');
  const split = await readOptionalJson(file, splitSchema, '{ "test": ["case id", …] }');
  if (split === undefined) return { ...dataset, cases };

  const named = new Set(split.value.test);
  const patientOf = new Map(cases.map((c) => [c.id, c.patient]));
  const lockedPatients = new Set([...named].map((id) => patientOf.get(id) ?? patients.get(id) ?? id));
  const locked = cases.filter((c) => lockedPatients.has(c.patient));
  if (locked.length === cases.length)
    throw new TesseraError('no-data', 'locks every scan away as a test case.', { subject: file, advice: 'Leave some for training.' });
  const present = new Set(dataset.cases.flatMap((c) => [c.id, c.patient ?? c.id]));
  const absent = [...named].filter((id) => !present.has(id));
  return {
    ...dataset,
    cases: cases.filter((c) => !lockedPatients.has(c.patient)),
    problems: [
      ...dataset.problems,
      ...absent.map((id) => ({ file, message: `It locks the test case ${id}, which is not in this folder: check its name.` })),
    ],
    lock: { file, sha256: split.sha256, test: [...absent, ...locked.map((c) => c.id)].sort() },
  };
}
