import { TesseraError } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import type { DatasetCase } from '../imaging/index.ts';

export interface SplitOptions {
  /** Only these, by id. */
  readonly ids?: readonly string[];
  /** This many labelled cases, or this share of them, drawn by the seed. */
  readonly count?: number;
  readonly fraction?: number;
  /** Fold `fold` (0-based) of `folds` validates, the others train. */
  readonly folds?: number;
  readonly fold?: number;
  readonly validationShare: number;
  readonly seed: number;
}

export interface Split {
  readonly training: readonly DatasetCase[];
  readonly validation: readonly DatasetCase[];
}

/** Labelled cases for training and validation. @throws TesseraError `no-data` or `bad-setting` */
export function splitCases(cases: readonly DatasetCase[], options: SplitOptions): Split {
  const labelled = cases.filter((c) => c.label !== undefined);
  if (labelled.length === 0)
    throw new TesseraError('no-data', 'no scan has a label map.', {
      subject: 'data',
      advice: 'Put label maps of the same file names into labels/.',
    });
  const chosen = options.ids === undefined ? labelled : named(labelled, options.ids);
  const order = seededRandom(options.seed).fork('split').permutation(chosen.length);
  const shuffled = [...order].map((i) => chosen[i]).filter((c) => c !== undefined);
  const wanted =
    options.count ?? (options.fraction === undefined ? shuffled.length : Math.max(1, Math.round(options.fraction * shuffled.length)));
  if (wanted > shuffled.length)
    throw new TesseraError('bad-setting', `asks for ${String(wanted)} labelled scans, there are ${String(shuffled.length)}.`, {
      subject: '--label-count',
      advice: 'Ask for fewer.',
    });
  const drawn = shuffled.slice(0, wanted);
  if (options.folds !== undefined) return foldOf(drawn, options.folds, options.fold ?? 0);
  const held = drawn.length < 2 ? 0 : Math.round(options.validationShare * drawn.length);
  return { validation: drawn.slice(0, held), training: drawn.slice(held) };
}

function named(labelled: readonly DatasetCase[], ids: readonly string[]): DatasetCase[] {
  return ids.map((id) => {
    const found = labelled.find((c) => c.id === id);
    if (found === undefined)
      throw new TesseraError('no-data', 'is no labelled scan of this folder.', {
        subject: id,
        advice: 'Check the list given with --cases.',
      });
    return found;
  });
}

function foldOf(cases: readonly DatasetCase[], folds: number, fold: number): Split {
  if (folds < 2 || folds > cases.length || fold < 0 || fold >= folds)
    throw new TesseraError(
      'bad-setting',
      `fold ${String(fold)} of ${String(folds)} is impossible with ${String(cases.length)} labelled scans.`,
      {
        subject: '--folds',
        advice: 'Folds run from 0 to K − 1, K at most the number of labelled scans.',
      },
    );
  return { validation: cases.filter((_, i) => i % folds === fold), training: cases.filter((_, i) => i % folds !== fold) };
}
