import { isTesseraError } from '../../base/errors.ts';
import {
  currentSplit,
  drawSplit,
  lockedTest,
  type DrawnSplit,
  type Listing,
  type ScanDocument,
  type SplitDocument,
  type Workspace,
} from '../../workspace/index.ts';
import type { NewSplit, SplitDraw, SplitListing, SplitPreview, SplitSummary } from '../api/splits.ts';
import { wireError } from '../wire-error.ts';

/** Which scans train, validate and test. What was read is kept while this program alone may write. */
export class Splits {
  readonly #workspace: Workspace;
  readonly #scans: () => Promise<Listing<ScanDocument>>;
  #known: Promise<Listing<SplitDocument>> | undefined;
  /** One at a time: two that lock a test part must not both be the first. */
  #saving: Promise<unknown> = Promise.resolve();

  /** @param scans those that are not removed */
  constructor(workspace: Workspace, scans: () => Promise<Listing<ScanDocument>>) {
    this.#workspace = workspace;
    this.#scans = scans;
  }

  async list(): Promise<SplitListing> {
    const { found, problems } = await this.#read();
    const current = currentSplit(found);
    const splits = found.map((split) => summaryOf(split, split === current)).sort((a, b) => (a.created < b.created ? -1 : 1));
    return { splits, problems: problems.map(({ id, error }) => ({ id, error: wireError(error) })) };
  }

  /** The part of each scan in the split that is in use, by the scan's id. */
  async parts(): Promise<ReadonlyMap<string, string>> {
    const current = currentSplit((await this.#read()).found);
    return new Map(Object.entries(current?.parts ?? {}).flatMap(([part, scans]) => scans.map((id) => [id, part] as const)));
  }

  /** What a split would be. Too few scans for it are no failure: more may come. */
  async preview(wanted: SplitDraw): Promise<SplitPreview> {
    const found = await this.#draw(wanted).catch((error: unknown) => {
      if (isTesseraError(error) && error.code === 'no-data') return error;
      throw error;
    });
    if (found instanceof Error)
      return { parts: { training: 0, validation: 0, test: 0 }, patients: 0, locked: false, leftOut: 0, problem: wireError(found) };
    const { drawn, locked } = found;
    const { training, validation, test } = drawn.parts;
    return {
      parts: { training: training.length, validation: validation.length, test: test.length },
      patients: drawn.patients,
      locked,
      leftOut: drawn.leftOut.length,
    };
  }

  /** Draws a split and makes it the one in use. @throws TesseraError `no-data`, `bad-file`, `write-failed`, `read-only` */
  save(wanted: NewSplit): Promise<SplitSummary> {
    const saved = this.#saving.then(async () => {
      const { drawn } = await this.#draw(wanted);
      const parts = Object.fromEntries(Object.entries(drawn.parts).map(([part, scans]) => [part, [...scans]]));
      const split = await this.#workspace.saveSplit(wanted.name, parts, wanted.seed);
      this.#known = undefined;
      return summaryOf(split, true);
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async #draw({ seed, parts }: SplitDraw): Promise<{ drawn: DrawnSplit; locked: boolean }> {
    const [scans, splits] = await Promise.all([this.#scans(), this.#read()]);
    const locked = lockedTest(splits.found);
    return { drawn: drawSplit(scans.found, parts, seed, locked), locked: locked.length > 0 };
  }

  #read(): Promise<Listing<SplitDocument>> {
    if (this.#workspace.access.mode !== 'write') return this.#workspace.splits();
    return (this.#known ??= this.#workspace.splits());
  }
}

function summaryOf({ id, name, created, author, seed, parts }: SplitDocument, current: boolean): SplitSummary {
  const counts = Object.fromEntries(Object.entries(parts).map(([part, scans]) => [part, scans.length]));
  return { id, name, created, author, ...(seed === undefined ? {} : { seed }), parts: counts, current };
}
