import { fileFingerprint, type DatasetCase, type TestLock } from '../imaging/index.ts';
import type { RunDocument } from './run-folder.ts';

/** The data fingerprint of a run: each case, what it was used for, and the SHA-256 of its files joined; and what was locked away. */
export async function dataDocument(
  folder: string,
  uses: readonly { readonly case: DatasetCase; readonly use: string }[],
  lock?: TestLock,
): Promise<RunDocument['data']> {
  const cases = [];
  for (const { case: found, use } of uses) {
    const files = [...found.images, ...(use === 'unlabelled' || found.label === undefined ? [] : [found.label])];
    const hashes = [];
    for (const file of files) hashes.push(await fileFingerprint(file));
    const patient = found.patient === undefined || found.patient === found.id ? {} : { patient: found.patient };
    cases.push({ id: found.id, use, sha256: hashes.join('+'), ...patient });
  }
  return { folder, cases, ...(lock === undefined ? {} : { lock: { ...lock, test: [...lock.test] } }) };
}
