import { isTesseraError } from '../base/errors.ts';
import { silentTask, throwIfCancelled, type Task } from '../base/task.ts';
import type { FoundScan, ImportProblem, RepairName, ScanFile } from '../imaging/index.ts';
import { labelTargetOf } from '../imaging/segmentations/index.ts';
import { importLabels } from './import-labels.ts';
import type { LayerDocument, ScanDocument } from './schemas.ts';
import type { Workspace } from './workspace.ts';

export interface ImportOptions {
  /** What to mend in scans whose findings offer it; nothing unless given. */
  readonly repairs?: readonly RepairName[];
  /** The user's word to store label maps of the same name, and DICOM objects that point at the scan, as layers. */
  readonly labels?: boolean;
  /** The user's word to keep the names of series and files as titles: they may tell who the patient is. */
  readonly keepNames?: boolean;
  /** Awaited before each scan. */
  readonly breathe?: () => Promise<void>;
}

/** One scan of an import. */
export interface ImportedScan {
  readonly name: string;
  readonly scan: ScanDocument;
  /** `known`: it was there before. `restored`: it came back out of the trash. */
  readonly state: 'added' | 'restored' | 'known';
  readonly layers: readonly LayerDocument[];
}

export interface Imported {
  readonly scans: readonly ImportedScan[];
  readonly problems: readonly ImportProblem[];
}

/**
 * Stores found scans in a workspace, each volume of a file or series that holds several as a scan of its own. What fails becomes a problem;
 * the others are stored. Scans whose source files are known by their hashes are not read again, unless repairs are asked for.
 * @param tell told of each scan as it is stored
 * @throws TesseraError `cancelled`, `write-failed`, `read-only`: a full disk is no fault of one file
 */
export async function importScans(
  workspace: Workspace,
  found: readonly FoundScan[],
  options: ImportOptions = {},
  task: Task = silentTask,
  tell: (one: ImportedScan) => void = () => undefined,
): Promise<Imported> {
  const work = new Import(workspace, options, task, tell);
  for (const [done, scan] of found.entries()) {
    throwIfCancelled(task);
    task.progress({ stage: 'import', done, total: found.length });
    await options.breathe?.();
    await work.take(scan);
  }
  task.progress({ stage: 'import', done: found.length, total: found.length });
  return { scans: work.scans, problems: work.problems };
}

const aboutAll: ReadonlySet<string> = new Set(['cancelled', 'write-failed', 'read-only']);

class Import {
  readonly scans: ImportedScan[] = [];
  readonly problems: ImportProblem[] = [];
  readonly #workspace: Workspace;
  readonly #options: ImportOptions;
  /** The bar counts scans, not the bytes of each. */
  readonly #quiet: Task;
  readonly #tell: (one: ImportedScan) => void;
  /** Scans by their sources: listing them anew for each scan takes longer than reading it, where there are thousands. */
  #bySources: Promise<Map<string, ScanDocument>> | undefined;

  constructor(workspace: Workspace, options: ImportOptions, { signal }: Task, tell: (one: ImportedScan) => void) {
    this.#workspace = workspace;
    this.#options = options;
    this.#quiet = { signal, progress: () => undefined };
    this.#tell = tell;
  }

  async take(found: FoundScan): Promise<void> {
    await this.#orProblem(found.name, async () => {
      const sources = await found.sources();
      const { repairs = [] } = this.#options;
      const known = repairs.length > 0 || sources.length === 0 ? undefined : (await this.#known()).get(keyOf(sources));
      // A repaired one is another scan than its source; of one with several volumes, some may be missing.
      if (known !== undefined && known.volume === undefined && !isRepaired(known)) await this.#report(found, known, 'known');
      else await this.#readAndStore(found, sources);
    });
  }

  #known(): Promise<Map<string, ScanDocument>> {
    return (this.#bySources ??= this.#workspace.scans().then(({ found }) => new Map(found.map((scan) => [keyOf(scan.sources), scan]))));
  }

  async #readAndStore(found: FoundScan, sources: readonly string[]): Promise<void> {
    const { repairs = [] } = this.#options;
    const first = await found.read(0, repairs);
    const { volumes } = first.header;
    for (let index = 0; index < volumes; index++) {
      const file = index === 0 ? first : await found.read(index, repairs);
      await this.#store(found, file, sources, volumes === 1 ? undefined : { index, of: volumes });
    }
  }

  async #store(found: FoundScan, file: ScanFile, sources: readonly string[], volume: ScanDocument['volume']): Promise<void> {
    const { header, findings } = file;
    const { frameOfReference } = header.details;
    const name = volume === undefined ? found.name : `${found.name} (${volume.index + 1} of ${volume.of})`;
    const { scan, added, restored } = await this.#workspace.addScan(
      {
        volume: file.volume,
        findings,
        format: header.format,
        sources,
        ...(found.modality === undefined ? {} : { modality: found.modality }),
        ...(typeof frameOfReference === 'string' ? { frameOfReference } : {}),
        ...(volume === undefined ? {} : { volumeOf: volume }),
        ...(this.#options.keepNames === true ? { title: name } : {}),
      },
      this.#quiet,
    );
    if (sources.length > 0) (await this.#known()).set(keyOf(sources), scan);
    await this.#report({ ...found, name }, scan, restored === true ? 'restored' : added ? 'added' : 'known');
  }

  /** Labels of a scan that was there before are not stored a second time. */
  async #report(found: FoundScan, scan: ScanDocument, state: ImportedScan['state']): Promise<void> {
    const layers = this.#options.labels === true && state === 'added' ? await this.#labels(found, scan) : [];
    const one = { name: found.name, scan, state, layers };
    this.scans.push(one);
    this.#tell(one);
  }

  async #labels(found: FoundScan, scan: ScanDocument): Promise<LayerDocument[]> {
    const layers: LayerDocument[] = [];
    for (const path of [...(found.labels === undefined ? [] : [found.labels]), ...(found.labelObjects ?? [])]) {
      await this.#orProblem(`labels of ${found.name}`, async () => {
        const target = await labelTargetOf(found.path, scan.geometry);
        layers.push(...(await importLabels(this.#workspace, scan, path, { target }, this.#quiet)));
      });
    }
    return layers;
  }

  async #orProblem(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isTesseraError(error) || aboutAll.has(error.code)) throw error;
      this.problems.push({ name, error });
    }
  }
}

const keyOf = (sources: readonly string[]): string => [...sources].sort().join();
const isRepaired = ({ findings }: ScanDocument): boolean => findings.some(({ code }) => code.startsWith('repaired-'));
