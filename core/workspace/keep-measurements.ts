import { join } from 'node:path';
import { isTesseraError } from '../base/errors.ts';
import { readDocument, writeDocument, type DocumentKind } from './documents.ts';
import { checkedId } from './ids.ts';
import { measurements, type MeasurementsDocument } from './measurements.ts';

const kind: DocumentKind<MeasurementsDocument> = { name: 'tessera-measurements', version: 1, schema: measurements, migrations: {} };

/** Beside the scan, so that it goes to the trash and comes back with it. */
const pathOf = (scansFolder: string, scan: string): string => join(scansFolder, checkedId(scan), 'measurements.json');

/** @throws TesseraError `bad-file`, `unsupported-file` */
export async function readMeasurements(scansFolder: string, scan: string): Promise<MeasurementsDocument> {
  try {
    return await readDocument(pathOf(scansFolder, scan), kind);
  } catch (error) {
    if (isTesseraError(error) && error.code === 'not-found') return { items: [] };
    throw error;
  }
}

/** Writes them whole or not at all. @throws TesseraError `write-failed` */
export async function keepMeasurements(scansFolder: string, scan: string, measured: MeasurementsDocument): Promise<void> {
  await writeDocument(pathOf(scansFolder, scan), kind, measured);
}
