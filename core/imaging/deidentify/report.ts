import type { Done } from './action-log.ts';
import type { PixelRisk } from './pixel-risk.ts';
import type { ProfileOptions } from './rules.ts';

/** What was done to a folder: counts and keywords of DICOM, never a value, a name or a path of the source. */
export interface DeidentificationReport {
  readonly schema: 'tessera-deidentification/1';
  readonly profile: string;
  readonly options: ProfileOptions;
  /** With a key of a file, another run gives the same replacements. */
  readonly key: 'file' | 'this run';
  readonly files: FileCounts;
  readonly patients: number;
  readonly studies: number;
  readonly series: number;
  readonly actions: readonly { readonly attribute: string; readonly action: Done; readonly count: number }[];
  /** What a person should look at, by file of the result. */
  readonly risks: readonly { readonly risk: PixelRisk; readonly files: readonly string[] }[];
  /** Identifiers taken out, summed over files, each searched for in the bytes of its file before that was written. */
  readonly verification: { readonly identifiers: number; readonly surviving: 0 };
}

export interface FileCounts {
  written: number;
  /** Written by an earlier run, with the same bytes. */
  alreadyThere: number;
  /** The same object twice. */
  duplicate: number;
  notDicom: number;
  /** Left out because their pixels may show names, where that was asked for. */
  atRisk: number;
  failed: number;
}

export const PROFILE = 'DICOM PS3.15 Basic Application Level Confidentiality Profile, table E.1-1 (2024b)';
