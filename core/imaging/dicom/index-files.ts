import { statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isTesseraError, type TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import { framesOf } from './frames.ts';
import type { DicomContent, DicomImage } from './image.ts';
import { labelObjectOf, type DicomLabelObject } from './label-object.ts';
import { damagedHeader, readDicomHeader, unreadable, type DicomHeader } from './read-header.ts';
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
  /** Those of them that are segmentations or structure sets. */
  readonly labels: readonly DicomLabelObject[];
  /** Pictures that are not in the stacks, being copies of others that are. */
  readonly copies: readonly DicomImage[];
}

/** What one file holds: pictures, or why none; nothing for what is no DICOM file. */
export interface FileContent {
  readonly found: DicomContent | TesseraError | undefined;
  readonly labels?: DicomLabelObject;
}

/** Files read between two looks at the signal, so that other work of the thread goes on. */
const FILES_AT_ONCE = 32;

/** What was found in files, by path, so that only files that are new or have changed are read again. */
export interface DicomHeaderCache {
  get(path: string): CachedFile | undefined;
  set(path: string, file: CachedFile): unknown;
  delete(path: string): unknown;
}

export interface CachedFile extends FileContent {
  /** Size and time of change. */
  readonly state: string;
}

/**
 * Reads the headers of files and sorts their pictures into stacks. Files that are no DICOM files are passed over.
 * @param cache what an earlier call found; kept up to date
 * @throws TesseraError `cancelled`
 */
export async function indexDicomFiles(paths: readonly string[], signal?: AbortSignal, cache?: DicomHeaderCache): Promise<DicomIndex> {
  const contents: DicomContent[] = [];
  const damaged: TesseraError[] = [];
  const others: TesseraError[] = [];
  const labels: DicomLabelObject[] = [];
  for (const [i, path] of paths.entries()) {
    if (i % FILES_AT_ONCE === 0) await setImmediate();
    if (signal?.aborted === true) throw isTesseraError(signal.reason) ? signal.reason : cancelled();
    const content = cache === undefined ? contentOf(path) : cachedContent(path, cache);
    if (content.labels !== undefined) labels.push(content.labels);
    const { found } = content;
    if (found === undefined) continue;
    if (!isTesseraError(found)) contents.push(found);
    else (found.code === 'unsupported-file' ? others : damaged).push(found);
  }
  const stacks = stacksOf(contents);
  const used = new Set(stacks.flatMap(({ frames }) => frames.map(({ image }) => image)));
  const copies = contents.map(({ image }) => image).filter((image) => !used.has(image));
  return { stacks, copies, files: contents.length + damaged.length + others.length, damaged, others, labels };
}

function contentOf(path: string): FileContent {
  try {
    const header = readDicomHeader(path);
    if (header === undefined) return { found: undefined };
    const labels = labelObjectOf(header);
    return { found: picturesOf(header), ...(labels === undefined ? {} : { labels }) };
  } catch (error) {
    if (isTesseraError(error)) return { found: error };
    // dicom-parser throws strings where a value reaches beyond its element.
    return { found: error instanceof Error && 'syscall' in error ? unreadable(path, error) : damagedHeader(path, error) };
  }
}

function picturesOf(header: DicomHeader): DicomContent | TesseraError {
  try {
    return framesOf(header);
  } catch (error) {
    if (isTesseraError(error)) return error;
    throw error;
  }
}

function cachedContent(path: string, cache: DicomHeaderCache): FileContent {
  const status = statSync(path, { throwIfNoEntry: false });
  const state = `${status?.size ?? -1} ${status?.mtimeMs ?? -1}`;
  const known = cache.get(path);
  if (known?.state === state) return known;
  const content = contentOf(path);
  cache.set(path, { state, ...content });
  return content;
}
