import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { isTesseraError, TesseraError } from '../../base/errors.ts';
import { throwIfCancelled, type Task } from '../../base/task.ts';
import { readFileMeta } from '../dicom/file-meta.ts';
import { unreadable } from '../dicom/read-header.ts';
import { byName, filesOf } from '../list-files.ts';
import { ActionLog } from './action-log.ts';
import { deidentifyObject, type DeidentifiedObject } from './deidentify-object.ts';
import { loadDictionary, type Dictionary } from './dictionary.ts';
import { freshKey, keyFromFile } from './key-file.ts';
import type { PixelRisk } from './pixel-risk.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { PROFILE, type DeidentificationReport, type FileCounts } from './report.ts';
import type { ProfileOptions } from './rules.ts';

export interface DeidentifyOptions extends ProfileOptions {
  /** File of the key, made where there is none. Without one the key is forgotten, and no other run gives the same replacements. */
  readonly keyFile?: string;
  /** Leave out objects whose pixels may show text. */
  readonly skipBurnedIn: boolean;
}

export interface DeidentifyResult {
  readonly report: DeidentificationReport;
  readonly reportPath: string;
  /** Files that were left out, with why. These name files of the source and are not in the report. */
  readonly failures: readonly TesseraError[];
}

export const REPORT_NAME = 'deidentification-report.json';
const LARGEST_FILE = 2 * 1024 ** 3;
const FIRST_BYTES = 64 * 1024;

/**
 * De-identifies every DICOM file of a folder tree, or one file, into `out/<patient>/<study>/<series>/<object>.dcm`, all of them new names.
 * Each file is written whole, after it was searched for what was taken out of it, or not at all; a report of counts comes last.
 * @throws TesseraError `not-found`, `usage` when folders or key lie in one another, `no-data` without a DICOM file, `write-failed`,
 *   `cancelled`, and what {@link keyFromFile} throws. What is wrong with single files is in `failures`.
 */
export async function deidentifyFolder(source: string, out: string, options: DeidentifyOptions, task: Task): Promise<DeidentifyResult> {
  const files = await sourceFiles(source);
  refuseNested(source, out, options.keyFile);
  const run = new Run(out, options, new Pseudonyms(await keyOf(options)), await loadDictionary());
  for (const [i, path] of files.entries()) {
    throwIfCancelled(task);
    await run.take(path);
    task.progress({ stage: 'de-identify', done: i + 1, total: files.length });
  }
  if (run.isEmpty)
    throw new TesseraError('no-data', 'holds no DICOM files.', { subject: source, advice: 'Other formats are not de-identified.' });
  const report = run.report();
  const reportPath = join(out, REPORT_NAME);
  await writeFileAtomic(reportPath, `${JSON.stringify(report, null, 2)}\n`);
  return { report, reportPath, failures: run.failures };
}

async function sourceFiles(source: string): Promise<readonly string[]> {
  const status = await stat(source).catch((cause: unknown) => {
    throw unreadable(source, cause);
  });
  return status.isDirectory() ? (await filesOf(source)).sort(byName) : [source];
}

/** Results among scans would be taken for scans; a key that is given away with the results undoes them. */
function refuseNested(source: string, out: string, keyFile: string | undefined): void {
  if (isWithin(out, source) || isWithin(source, out))
    throw new TesseraError('usage', 'and the source lie in one another.', { subject: '--out', advice: 'Choose a folder apart.' });
  if (keyFile !== undefined && isWithin(keyFile, out))
    throw new TesseraError('usage', 'lies in the folder of the results; whoever gets them could undo them.', {
      subject: '--key',
      advice: 'Keep the key elsewhere.',
    });
}

function isWithin(inner: string, outer: string): boolean {
  const path = relative(resolve(outer), resolve(inner));
  return (
    path === '' || (path !== '..' && !path.startsWith(`..${sep}`) && resolve(outer, path) === resolve(inner) && !/^[a-z]:/i.test(path))
  );
}

const keyOf = async ({ keyFile }: DeidentifyOptions): Promise<Uint8Array> => (keyFile === undefined ? freshKey() : keyFromFile(keyFile));

/** What a run has seen and done so far. */
class Run {
  readonly failures: TesseraError[] = [];
  private readonly counts: FileCounts = { written: 0, alreadyThere: 0, duplicate: 0, notDicom: 0, atRisk: 0, failed: 0 };
  private readonly log = new ActionLog();
  private readonly risks = new Map<PixelRisk, string[]>();
  private readonly patients = new Set<string>();
  private readonly studies = new Set<string>();
  private readonly series = new Set<string>();
  private readonly hashes = new Map<string, string>();
  private identifiers = 0;
  private readonly out: string;
  private readonly options: DeidentifyOptions;
  private readonly pseudonyms: Pseudonyms;
  private readonly dictionary: Dictionary;

  constructor(out: string, options: DeidentifyOptions, pseudonyms: Pseudonyms, dictionary: Dictionary) {
    this.out = out;
    this.options = options;
    this.pseudonyms = pseudonyms;
    this.dictionary = dictionary;
  }

  get isEmpty(): boolean {
    const { written, alreadyThere, atRisk, failed } = this.counts;
    return written + alreadyThere + atRisk + failed === 0;
  }

  async take(path: string): Promise<void> {
    try {
      const bytes = await readDicom(path);
      const object = bytes === undefined ? undefined : deidentifyObject(bytes, path, this.options, this.pseudonyms, this.dictionary);
      if (object === undefined) this.counts.notDicom++;
      else if (this.options.skipBurnedIn && object.risks.includes('burned-in-text')) this.counts.atRisk++;
      else await this.write(object);
    } catch (error) {
      // A full disk or results of another run end this one: the next file would fare no better.
      if (!isTesseraError(error) || error.code === 'write-failed' || error.code === 'bad-setting') throw error;
      this.counts.failed++;
      this.failures.push(error);
    }
  }

  private async write(object: DeidentifiedObject): Promise<void> {
    const { name, state } = await this.place(object);
    if (state === 'duplicate') {
      this.counts.duplicate++;
      return;
    }
    if (state === 'new') await writeFileAtomic(join(this.out, ...name.split('/')), object.bytes);
    this.counts[state === 'new' ? 'written' : 'alreadyThere']++;
    this.patients.add(object.patient);
    this.studies.add(object.study);
    this.series.add(object.series);
    this.log.merge(object.log);
    this.identifiers += object.identifiers;
    for (const risk of object.risks) this.risks.set(risk, [...(this.risks.get(risk) ?? []), name]);
  }

  /** The name of an object in the result. Objects that share a UID but differ are told apart by a number. */
  private async place(object: DeidentifiedObject): Promise<{ name: string; state: 'new' | 'there' | 'duplicate' }> {
    const hash = createHash('sha256').update(object.bytes).digest('hex');
    const stem = [object.patient, object.study, object.series, object.instance].join('/');
    for (let copy = 1; ; copy++) {
      const name = `${stem}${copy === 1 ? '' : `-${copy}`}.dcm`;
      const taken = this.hashes.get(name);
      if (taken === hash) return { name, state: 'duplicate' };
      if (taken !== undefined) continue;
      const there = await readFile(join(this.out, ...name.split('/'))).catch(() => undefined);
      if (there !== undefined && !there.equals(object.bytes))
        throw new TesseraError('bad-setting', 'holds other results of the same scans.', {
          subject: this.out,
          advice: 'Choose an empty folder, or the options of the earlier run.',
        });
      this.hashes.set(name, hash);
      return { name, state: there === undefined ? 'new' : 'there' };
    }
  }

  report(): DeidentificationReport {
    const { keepDatesShifted, keepPrivateSafe, cleanDescriptors, keyFile } = this.options;
    return {
      schema: 'tessera-deidentification/1',
      profile: PROFILE,
      options: { keepDatesShifted, keepPrivateSafe, cleanDescriptors },
      key: keyFile === undefined ? 'this run' : 'file',
      files: this.counts,
      patients: this.patients.size,
      studies: this.studies.size,
      series: this.series.size,
      actions: this.log.rows(),
      risks: [...this.risks].map(([risk, files]) => ({ risk, files })),
      verification: { identifiers: this.identifiers, surviving: 0 },
    };
  }
}

/** The bytes of a file, unless its beginning shows that it is no DICOM file. */
async function readDicom(path: string): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const status = await file.stat();
      if (!status.isFile()) return undefined;
      const start = Buffer.alloc(Math.min(status.size, FIRST_BYTES));
      await file.read(start, 0, start.length, 0);
      const marked = start.toString('latin1', 128, 132) === 'DICM';
      if (!marked && readFileMeta(start) === undefined) return undefined;
      if (status.size > LARGEST_FILE) throw new TesseraError('too-large', 'is larger than 2 GiB; it is left out.', { subject: path });
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw isTesseraError(cause) ? cause : unreadable(path, cause);
  }
}
