import { isTesseraError, TesseraError } from '../../../base/errors.ts';
import type { Task } from '../../../base/task.ts';
import { findScans, type FoundScan, type Volume } from '../../../imaging/index.ts';
import type { ScanDocument } from '../../../workspace/index.ts';
import type { ImportProblem, JobResult } from '../../api/jobs.ts';
import type { EngineContext, EngineHandler } from '../context.ts';
import { toWire } from '../wire-error.ts';
import { storeLabels } from './store-labels.ts';

/** Volumes of one series or file (time points, echoes) that are stored, each as a scan of its own. */
const MOST_VOLUMES = 64;

/** Stores every scan in files, folders and archives, with the label map beside it where there is one; what fails is told, the rest is done. */
export const importScans: EngineHandler<'import'> = async ({ paths }, context) => {
  const found = await findScans(paths, context.task);
  try {
    const known = await scansBySources(context);
    const work = new Import(context, known);
    for (const { name, error } of found.problems) work.problems.push(problem(name, error));
    for (const [i, scan] of found.scans.entries()) await work.take(scan, i, found.scans.length);
    const { scans, already, layers, problems } = work;
    if (scans.size + already.size === 0 && problems.length === 0)
      throw new TesseraError('no-data', 'There is no scan among the files.', {
        advice: 'Give DICOM, NIfTI, NRRD or MetaImage files, folders of them, or zip archives.',
      });
    return { scans: [...scans], known: [...already], layers, problems };
  } finally {
    await found.close();
  }
};

/** Scans of the workspace by the SHA-256 of what they were read from. */
async function scansBySources({ workspace }: EngineContext): Promise<Map<string, ScanDocument>> {
  const { found } = await workspace.scans();
  return new Map(found.filter(({ sources }) => sources.length > 0).map((scan) => [keyOf(scan.sources), scan]));
}

const keyOf = (sources: readonly string[]): string => [...sources].sort().join();

function problem(name: string, error: TesseraError): ImportProblem {
  const { subject, ...rest } = toWire(error);
  // The name says which file; its whole path is nobody's business.
  return { name, error: subject?.includes('/') === false && !subject.includes('\\') ? { subject, ...rest } : rest };
}

class Import {
  readonly scans = new Set<string>();
  readonly already = new Set<string>();
  readonly layers: NonNullable<JobResult['layers']> = [];
  readonly problems: ImportProblem[] = [];
  readonly #context: EngineContext;
  readonly #known: Map<string, ScanDocument>;

  constructor(context: EngineContext, known: Map<string, ScanDocument>) {
    this.#context = context;
    this.#known = known;
  }

  async take(scan: FoundScan, index: number, total: number): Promise<void> {
    const { task, breathe } = this.#context;
    task.progress({ stage: 'import', done: index, total });
    await breathe();
    await this.#orProblem(scan.name, async () => {
      const sources = await scan.sources();
      const known = this.#known.get(keyOf(sources));
      if (known !== undefined) this.#report(known.id, false);
      else await this.#store(scan, sources, quiet(task));
    });
    task.progress({ stage: 'import', done: index + 1, total });
  }

  async #store(scan: FoundScan, sources: readonly string[], task: Task): Promise<void> {
    const first = await scan.read();
    const volumes = Math.min(MOST_VOLUMES, first.header.volumes);
    for (let v = 0; v < volumes; v++) {
      const { volume, findings, header } = v === 0 ? first : await scan.read(v);
      const title = volumes === 1 ? scan.name : `${scan.name} (${v + 1} of ${header.volumes})`;
      const { scan: stored, added } = await this.#context.workspace.addScan(
        {
          volume,
          findings,
          format: header.format,
          title,
          // Of a file with several volumes its hash does not tell which one this is.
          sources: header.volumes === 1 ? sources : [],
          ...(scan.modality === undefined ? {} : { modality: scan.modality }),
        },
        task,
      );
      this.#report(stored.id, added);
      if (header.volumes === 1 && sources.length > 0) this.#known.set(keyOf(sources), stored);
      if (added && scan.labels !== undefined) await this.#storeLabels(stored, volume, scan.labels);
    }
    if (first.header.volumes > volumes)
      this.problems.push(
        problem(scan.name, new TesseraError('too-large', `holds ${first.header.volumes} volumes; the first ${volumes} are there.`)),
      );
  }

  async #storeLabels({ id }: ScanDocument, { geometry }: Volume, path: string): Promise<void> {
    const name = path.split(/[\\/]/).at(-1) ?? path;
    await this.#orProblem(name, async () => {
      this.layers.push(...(await storeLabels(this.#context, id, geometry, path)));
    });
  }

  #report(scan: string, added: boolean): void {
    if (added) this.scans.add(scan);
    else if (!this.scans.has(scan)) this.already.add(scan);
    this.#context.emit({ kind: 'scan-stored', scan, added });
  }

  async #orProblem(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // A full disk or a lost workspace is no fault of one file.
      if (!isTesseraError(error) || aboutAll.has(error.code)) throw error;
      this.problems.push(problem(name, error));
    }
  }
}

const aboutAll: ReadonlySet<string> = new Set(['cancelled', 'write-failed', 'read-only']);

/** The bar counts scans, not the bytes of each. */
const quiet = ({ signal }: Task): Task => ({ signal, progress: () => undefined });
