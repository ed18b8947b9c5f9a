import { TesseraError } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import type { DatasetCase, TestLock } from '../imaging/index.ts';

export interface SplitOptions {
  /** Only these, by id; one that is named twice counts once. */
  readonly ids?: readonly string[];
  /** This many labelled cases, or this share of them, drawn by the seed: whole patients until there are as many. */
  readonly count?: number;
  readonly fraction?: number;
  /** Fold `fold` (0-based) of `folds` validates, the others train. */
  readonly folds?: number;
  readonly fold?: number;
  /** Share of the drawn cases that validates, where there are no folds. */
  readonly validationShare: number;
  readonly seed: number;
  /** What is locked away for testing: naming one of it is an error. */
  readonly lock?: TestLock;
}

export interface Split {
  readonly training: readonly DatasetCase[];
  readonly validation: readonly DatasetCase[];
}

/**
 * Labelled cases for training and validation (docs/method.md, Fine-tuning). Patients are drawn, not cases: scans of one patient stay
 * together. Test cases are not among `cases` to begin with (`findTrainingCases`).
 * @throws TesseraError `no-data`, `bad-setting`, or `test-case` when `ids` names a locked one
 */
export function splitCases(cases: readonly DatasetCase[], options: SplitOptions): Split {
  const labelled = cases.filter((c) => c.label !== undefined);
  if (labelled.length === 0)
    throw new TesseraError('no-data', 'no scan has a label map.', {
      subject: 'data',
      advice: 'Put label maps of the same file names into labels/.',
    });
  const chosen = options.ids === undefined ? labelled : named(labelled, new Set(options.ids), options.lock);
  const patients = byPatient(chosen);
  const order = seededRandom(options.seed).fork('split').permutation(patients.length);
  const shuffled = [...order].map((i) => patients[i]).filter((group) => group !== undefined);
  const drawn = atLeast(shuffled, wantedCount(chosen.length, options));
  if (options.folds !== undefined) return foldOf(drawn, options.folds, options.fold ?? 0);
  const total = drawn.flat().length;
  // At least one patient trains.
  const held = drawn.length < 2 ? [] : atLeast(drawn.slice(0, -1), Math.round(options.validationShare * total));
  return { validation: held.flat(), training: drawn.slice(held.length).flat() };
}

function named(labelled: readonly DatasetCase[], ids: ReadonlySet<string>, lock: TestLock | undefined): DatasetCase[] {
  return [...ids].map((id) => {
    if (lock?.test.includes(id) === true)
      throw new TesseraError('test-case', `is a test case: ${lock.file} locks it, or its patient, away from training.`, {
        subject: id,
        advice: 'Take it out of the list given with --cases.',
      });
    const found = labelled.find((c) => c.id === id);
    if (found === undefined)
      throw new TesseraError('no-data', 'is no labelled scan of this folder.', {
        subject: id,
        advice: 'Check the list given with --cases.',
      });
    return found;
  });
}

/** The cases of each patient, in the order in which patients first occur. */
function byPatient(cases: readonly DatasetCase[]): DatasetCase[][] {
  const groups = new Map<string, DatasetCase[]>();
  for (const c of cases) {
    const patient = c.patient ?? c.id;
    groups.set(patient, [...(groups.get(patient) ?? []), c]);
  }
  return [...groups.values()];
}

function wantedCount(total: number, { count, fraction }: SplitOptions): number {
  const wanted = count ?? (fraction === undefined ? total : Math.max(1, Math.round(fraction * total)));
  if (wanted < 1 || wanted > total)
    throw new TesseraError('bad-setting', `asks for ${String(wanted)} labelled scans, there are ${String(total)}.`, {
      subject: '--label-count',
      advice: `Ask for 1 to ${String(total)}.`,
    });
  return wanted;
}

/** The first patients that have `wanted` cases or more together, or all. */
function atLeast(patients: readonly (readonly DatasetCase[])[], wanted: number): readonly (readonly DatasetCase[])[] {
  let [count, taken] = [0, 0];
  while (count < wanted && taken < patients.length) count += patients[taken++]?.length ?? 0;
  return patients.slice(0, taken);
}

function foldOf(patients: readonly (readonly DatasetCase[])[], folds: number, fold: number): Split {
  if (folds < 2 || folds > patients.length || fold < 0 || fold >= folds)
    throw new TesseraError(
      'bad-setting',
      `fold ${String(fold)} of ${String(folds)} is impossible with the labelled scans of ${String(patients.length)} patients.`,
      {
        subject: '--folds',
        advice: 'Folds run from 0 to K − 1, K at most the number of patients with labelled scans.',
      },
    );
  return {
    validation: patients.filter((_, i) => i % folds === fold).flat(),
    training: patients.filter((_, i) => i % folds !== fold).flat(),
  };
}
