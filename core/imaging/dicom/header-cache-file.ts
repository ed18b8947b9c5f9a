import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { isTesseraError, TesseraError, type ErrorCode } from '../../base/errors.ts';
import type { CachedFile, DicomHeaderCache } from './index-files.ts';

/** To be raised when what is taken from a header changes: older files are then passed over. */
const VERSION = 1;
/** The oldest go first; a file takes about 700 bytes. */
const MOST_FILES = 200_000;

const triple = z.tuple([z.number(), z.number(), z.number()]);
const pair = z.tuple([z.number(), z.number()]);
const count = z.number().int().min(0);

const pixels = z.object({
  transferSyntax: z.string(),
  columns: count,
  rows: count,
  frames: count,
  samples: count,
  photometric: z.string(),
  bitsAllocated: count,
  bitsStored: count,
  highBit: count,
  signed: z.boolean(),
  padding: pair.exactOptional(),
  offset: count,
  length: count.optional(),
  lookupTable: z.boolean(),
});
const image = z.object({
  fileBytes: count,
  sopClass: z.string(),
  sopInstance: z.string(),
  series: z.string(),
  frameOfReference: z.string(),
  modality: z.string(),
  seriesNumber: z.number().optional(),
  description: z.string(),
  imageType: z.array(z.string()),
  instanceNumber: z.number(),
  pixels,
});
const frame = z.object({
  index: count,
  columns: count,
  rows: count,
  tile: pair.exactOptional(),
  position: triple.exactOptional(),
  axes: z.tuple([triple, triple]).exactOptional(),
  pixelSpacing: pair.exactOptional(),
  sliceSpacing: z.number().exactOptional(),
  slope: z.number(),
  intercept: z.number(),
  kind: z.string(),
  times: z.array(z.number()),
});
const error = z.object({ code: z.string(), message: z.string(), advice: z.string().exactOptional() });
const labels = z.object({
  kind: z.enum(['segmentation', 'structure-set']),
  series: z.array(z.string()),
  frameOfReference: z.string(),
});
const entry = z.object({
  state: z.string(),
  pictures: z.object({ image, frames: z.array(frame) }).exactOptional(),
  error: error.exactOptional(),
  labels: labels.exactOptional(),
});
const schema = z.object({ schema: z.literal(`tessera-dicom-headers/${VERSION}`), files: z.record(z.string(), entry) });

type Entry = z.infer<typeof entry>;

/**
 * What the headers of DICOM files said, kept in a file from one run to the next. Files are known by a hash of their path, their size and time of
 * change; no path is in it. It may be deleted at any time, and a damaged one counts as none.
 */
export class DicomHeaderFile implements DicomHeaderCache {
  readonly #path: string;
  /** By hash of the path, as in the file. */
  readonly #entries: Map<string, Entry>;
  /** By path, as far as they were asked for. */
  readonly #known = new Map<string, CachedFile>();
  #changed = false;

  private constructor(path: string, entries: Map<string, Entry>) {
    this.#path = path;
    this.#entries = entries;
  }

  static async open(path: string): Promise<DicomHeaderFile> {
    try {
      const { files } = schema.parse(JSON.parse(await readFile(path, 'utf8')));
      return new DicomHeaderFile(path, new Map(Object.entries(files)));
    } catch {
      return new DicomHeaderFile(path, new Map());
    }
  }

  get(path: string): CachedFile | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const stored = this.#entries.get(keyOf(path));
    if (stored === undefined) return undefined;
    const file = revived(stored, path);
    this.#known.set(path, file);
    return file;
  }

  set(path: string, file: CachedFile): void {
    const key = keyOf(path);
    // Newly read files come last.
    this.#entries.delete(key);
    this.#entries.set(key, storable(file));
    this.#known.set(path, file);
    this.#changed = true;
  }

  delete(path: string): void {
    this.#entries.delete(keyOf(path));
    this.#known.delete(path);
  }

  /** @throws TesseraError `write-failed` */
  async save(): Promise<void> {
    if (!this.#changed) return;
    const files = [...this.#entries].slice(-MOST_FILES);
    await writeFileAtomic(this.#path, JSON.stringify({ schema: `tessera-dicom-headers/${VERSION}`, files: Object.fromEntries(files) }));
    this.#changed = false;
  }
}

const keyOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 32);

/** The schema leaves paths out, and the image that each frame knows. */
function storable({ state, found, labels: drawn }: CachedFile): Entry {
  const what = found === undefined ? {} : isTesseraError(found) ? { error: withoutUndefined(found) } : { pictures: found };
  return entry.parse({ state, ...what, ...(drawn === undefined ? {} : { labels: drawn }) });
}

const withoutUndefined = ({ code, message, advice }: TesseraError): z.infer<typeof error> => ({
  code,
  message,
  ...(advice === undefined ? {} : { advice }),
});

function revived({ state, pictures, error: failed, labels: drawn }: Entry, path: string): CachedFile {
  const own = drawn === undefined ? {} : { labels: { path, ...drawn } };
  if (failed !== undefined) {
    const { code, message, ...advice } = failed;
    return { state, found: new TesseraError(code as ErrorCode, message, { subject: path, ...advice }), ...own };
  }
  if (pictures === undefined) return { state, found: undefined, ...own };
  const { seriesNumber, pixels: stored, ...rest } = pictures.image;
  const whole = { ...rest, path, seriesNumber, pixels: { ...stored, length: stored.length } };
  return { state, found: { image: whole, frames: pictures.frames.map((one) => ({ ...one, image: whole })) }, ...own };
}
