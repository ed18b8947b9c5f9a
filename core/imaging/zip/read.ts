import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTesseraError, TesseraError } from '../../base/errors.ts';
import { readScanHere } from '../formats.ts';
import { note } from '../finding.ts';
import type { DatasetProblem } from '../label-names.ts';
import type { ReadOptions, ScanFile } from '../scan-file.ts';
import { listScans } from '../scan-folder.ts';
import { unpackZip } from './unpack.ts';

/**
 * Reads the one scan in a zip archive, of any format, such as a DICOM series as it comes from a PACS. It is unpacked into a folder that only
 * this user can read and that is removed afterwards.
 * @throws TesseraError as `unpackZip`; `no-data`, or `bad-setting` when the archive holds no scan or several; else as the scan's reader, with
 * the archive as its subject
 */
export async function readZip(path: string, options: ReadOptions = {}): Promise<ScanFile> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-zip-'));
  try {
    await unpackZip(path, folder, options.signal);
    const scan = await readScanHere(await onlyScan(folder, path), options);
    return { ...scan, findings: [note('zip', 'The scan was read from a zip archive.'), ...scan.findings] };
  } catch (error) {
    if (!isTesseraError(error) || error.subject === path) throw error;
    const { code, message, advice } = error;
    throw new TesseraError(code, message, {
      subject: path,
      ...(advice === undefined ? {} : { advice: advice.replaceAll(folder, path) }),
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function onlyScan(folder: string, archive: string): Promise<string> {
  const problems: DatasetProblem[] = [];
  const scans = await listScans(folder, { recursive: true }, problems);
  const [scan] = scans;
  if (scan !== undefined && scans.length === 1) return scan.path;
  // What is left out of a data folder, such as a series of several volumes, may still be what is wanted here.
  if (scan === undefined) return folder;
  throw new TesseraError('bad-setting', `holds ${scans.length} scans.`, {
    subject: archive,
    advice: 'Unpack it, and give one of them or the folder.',
  });
}
