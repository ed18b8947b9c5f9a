import { statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isTesseraError, type TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import { framesOf } from './frames.ts';
import type { DicomContent } from './image.ts';
import { damagedHeader, readDicomHeader, unreadable } from './read-header.ts';
import { stacksOf, type DicomStack } from './stacks.ts';

/** What the DICOM files of a folder make up. */
export interface DicomIndex {
  readonly stacks: readonly DicomStack[];
  /** DICOM files among those given, with and without pictures. */
  readonly files: number;
  /** DICOM files that are damaged. */
  readonly damaged: readonly TesseraError[];
  /** DICOM files that hold something else than scans: reports, plans, segmentations. */
  readonly others: readonly TesseraError[];
}

/** Files read between two looks at the signal, so that other work of the thread goes on. */
const FILES_AT_ONCE = 32;

/** What was found in files, by path, so that only files that are new or have changed are read again. */
export type DicomHeaderCache = Map<string, { readonly state: string; readonly found: DicomContent | TesseraError | undefined }>;

/**
 * Reads the headers of files and sorts their pictures into stacks. Files that are no DICOM files are passed over.
 * @param cache what an earlier call found; kept up to date
 * @throws TesseraError `cancelled`
 */
export async function indexDicomFiles(paths: readonly string[], signal?: AbortSignal, cache?: DicomHeaderCache): Promise<DicomIndex> {
  const contents: DicomContent[] = [];
  const damaged: TesseraError[] = [];
  const others: TesseraError[] = [];
  for (const [i, path] of paths.entries()) {
    if (i % FILES_AT_ONCE === 0) await setImmediate();
    if (signal?.aborted === true) throw isTesseraError(signal.reason) ? signal.reason : cancelled();
    const found = cache === undefined ? contentOf(path) : cachedContent(path, cache);
    if (found === undefined) continue;
    if (!isTesseraError(found)) contents.push(found);
    else (found.code === 'unsupported-file' ? others : damaged).push(found);
  }
  return { stacks: stacksOf(contents), files: contents.length + damaged.length + others.length, damaged, others };
}

/** The pictures of a file, why there are none, or undefined when it is no DICOM file. */
function contentOf(path: string): DicomContent | TesseraError | undefined {
  try {
    const header = readDicomHeader(path);
    return header === undefined ? undefined : framesOf(header);
  } catch (error) {
    if (isTesseraError(error)) return error;
    // dicom-parser throws strings where a value reaches beyond its element.
    return error instanceof Error && 'syscall' in error ? unreadable(path, error) : damagedHeader(path, error);
  }
}

function cachedContent(path: string, cache: DicomHeaderCache): DicomContent | TesseraError | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  const state = `${status?.size ?? -1} ${status?.mtimeMs ?? -1}`;
  const known = cache.get(path);
  if (known?.state === state) return known.found;
  const found = contentOf(path);
  cache.set(path, { state, found });
  return found;
}
