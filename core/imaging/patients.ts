import { join } from 'node:path';
import { z } from 'zod';
import { readOptionalJson } from './optional-json.ts';

/**
 * Which patient each case is of, from `patients.json` of a data folder: `{ "case id": "patient id" }`. Cases that it does not name, or all
 * of them without the file, are patients of their own. Several scans of one patient are never parted between training, validation and test.
 * @throws TesseraError `bad-file`: a draw that depends on a damaged file would mix patients silently
 */
export async function readPatients(folder: string): Promise<ReadonlyMap<string, string>> {
  const schema = z.record(z.string(), z.string().min(1));
  const found = await readOptionalJson(join(folder, 'patients.json'), schema, '{ "case id": "patient id", … }');
  return new Map(Object.entries(found?.value ?? {}));
}
