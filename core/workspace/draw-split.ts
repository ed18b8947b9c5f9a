import { TesseraError } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import type { ScanDocument } from './schemas.ts';

export const splitParts = ['training', 'validation', 'test'] as const;
export type SplitPart = (typeof splitParts)[number];
/** Of 1 together. */
export type SplitShares = Readonly<Record<SplitPart, number>>;

export interface DrawnSplit {
  /** Ids of scans. */
  readonly parts: Readonly<Record<SplitPart, readonly string[]>>;
  /** How many patients were drawn from, as far as the scans tell who belongs together. */
  readonly patients: number;
  /** New scans of patients in the locked test part: they may not train, and the test part does not change. */
  readonly leftOut: readonly string[];
}

/**
 * Draws which scans train, validate and test: whole patients, the same ones for the same seed, whatever the order of the scans. A test part that
 * was locked stays as it is, and its share counts for nothing.
 * @param locked scans of the locked test part; empty where there is none yet
 * @throws TesseraError `no-data` when there are fewer patients than parts
 */
export function drawSplit(scans: readonly ScanDocument[], shares: SplitShares, seed: number, locked: readonly string[] = []): DrawnSplit {
  const isLocked = new Set(locked);
  const groups = scansByPatient(scans);
  const isTested = (group: readonly string[]): boolean => group.some((id) => isLocked.has(id));
  const free = groups.filter((group) => !isTested(group));
  const order = seededRandom(seed).fork('split').permutation(free.length);
  const drawn = [...order].flatMap((at) => (free[at] === undefined ? [] : [free[at]]));

  const wanted = splitParts.filter((part) => shares[part] > 0 && !(part === 'test' && locked.length > 0));
  if (drawn.length < Math.max(1, wanted.length))
    throw new TesseraError('no-data', `${counted(drawn.length, 'patient')} cannot be split into ${counted(wanted.length, 'part')}.`, {
      advice: 'Import more scans, or set the share of a part to 0.',
    });
  const sum = wanted.reduce((total, part) => total + shares[part], 0);
  const total = drawn.flat().length;
  const parts: Record<SplitPart, readonly string[]> = { training: [], validation: [], test: locked };
  // Training comes last and takes the rest. Every wanted part gets a patient.
  for (const [at, part] of [...wanted].reverse().entries()) {
    const after = wanted.length - 1 - at;
    const count = after === 0 ? Infinity : Math.max(1, Math.round((shares[part] / sum) * total));
    const taken: string[] = [];
    while (taken.length < count && drawn.length > after) taken.push(...(drawn.shift() ?? []));
    parts[part] = taken.sort();
  }
  const leftOut = groups
    .filter(isTested)
    .flat()
    .filter((id) => !isLocked.has(id));
  return { parts, patients: groups.length, leftOut };
}

/** Ids of scans that belong to one patient for sure: they were read from the same files, or lie in the same DICOM frame of reference. */
export function scansByPatient(scans: readonly ScanDocument[]): string[][] {
  const above = new Map<string, string>();
  const topOf = (key: string): string => {
    let at = key;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    return at;
  };
  for (const { id, sources, frameOfReference = '' } of scans) {
    const ties = [...sources.map((hash) => `file ${hash}`), ...(frameOfReference === '' ? [] : [`frame ${frameOfReference}`])];
    for (const tie of ties) {
      const [scan, other] = [topOf(id), topOf(tie)];
      if (scan !== other) above.set(other, scan);
    }
  }
  const groups = new Map<string, string[]>();
  for (const { id } of [...scans].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const top = topOf(id);
    groups.set(top, [...(groups.get(top) ?? []), id]);
  }
  return [...groups.values()];
}

function counted(n: number, what: string): string {
  return `${String(n)} ${what}${n === 1 ? '' : 's'}`;
}
