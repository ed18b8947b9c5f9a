import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { findCases, formatOf, seriesPathOf } from '../imaging/index.ts';

/** One scan to work on and where its result goes. */
export interface ScanToDo {
  /** File name without ending; below a folder that was given, with its folders. */
  readonly name: string;
  /** One path a channel. */
  readonly paths: readonly string[];
}

/**
 * Scans named on the command line: files, or folders whose scans are all taken.
 * @throws TesseraError `not-found`, `no-data` for a folder without scans, `usage` when two scans have one name
 */
export async function scansOf(args: readonly string[]): Promise<ScanToDo[]> {
  const scans: ScanToDo[] = [];
  for (const path of args) scans.push(...(await scansAt(path)));
  const byName = new Map<string, ScanToDo>();
  for (const scan of scans) {
    const other = byName.get(scan.name);
    if (other !== undefined)
      throw new TesseraError('usage', `has the same name as ${other.paths[0] ?? ''}; their results would overwrite each other.`, {
        subject: scan.paths[0] ?? scan.name,
        advice: 'Give them in two calls with a folder each.',
      });
    byName.set(scan.name, scan);
  }
  return scans;
}

async function scansAt(path: string): Promise<ScanToDo[]> {
  const series = seriesPathOf(path);
  // One of several DICOM series in a folder, as `tessera info` names it.
  if (series?.key !== undefined) {
    const volume = series.volume === undefined ? '' : `-volume-${series.volume}`;
    return [{ name: `${basename(resolve(series.folder))}-${series.key}${volume}`, paths: [path] }];
  }
  const status = await stat(path).catch((cause: unknown) => {
    throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.', cause });
  });
  if (!status.isDirectory()) return [{ name: nameOfScan(path), paths: [path] }];
  const { cases } = await findCases(path);
  return cases.map(({ id, images }) => ({ name: id, paths: images }));
}

export function nameOfScan(path: string): string {
  const name = basename(path);
  const extension = formatOf(path)?.extension ?? '';
  return name.slice(0, name.length - extension.length);
}

/**
 * The file that a result is written to.
 * @throws TesseraError `usage` when that is a scan that was given: results never overwrite their input
 */
export function resultPath(out: string, { name }: ScanToDo, ending: string, inputs: readonly ScanToDo[]): string {
  const path = join(out, ...name.split('/')) + ending;
  if (inputs.some(({ paths }) => paths.some((input) => resolve(input) === resolve(path))))
    throw new TesseraError('usage', `would overwrite the scan ${path}.`, { subject: '--out', advice: 'Choose another folder.' });
  return path;
}
