import { setImmediate } from 'node:timers/promises';
import { isTesseraError, type TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import { framesOf } from './frames.ts';
import type { DicomContent } from './image.ts';
import { readDicomHeader } from './read-header.ts';
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

/**
 * Reads the headers of files and sorts their pictures into stacks. Files that are no DICOM files are passed over.
 * @throws TesseraError `cancelled`
 */
export async function indexDicomFiles(paths: readonly string[], signal?: AbortSignal): Promise<DicomIndex> {
  const contents: DicomContent[] = [];
  const damaged: TesseraError[] = [];
  const others: TesseraError[] = [];
  for (const [i, path] of paths.entries()) {
    if (i % FILES_AT_ONCE === 0) await setImmediate();
    if (signal?.aborted === true) throw isTesseraError(signal.reason) ? signal.reason : cancelled();
    try {
      const header = readDicomHeader(path);
      if (header !== undefined) contents.push(framesOf(header));
    } catch (error) {
      if (!isTesseraError(error)) throw error;
      (error.code === 'unsupported-file' ? others : damaged).push(error);
    }
  }
  return { stacks: stacksOf(contents), files: contents.length + damaged.length + others.length, damaged, others };
}
