import { open, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { throwIfCancelled } from '../base/task.ts';
import { affineLPS, geometryFromLPS } from './geometry.ts';
import { DEFAULT_MAX_BYTES, type ReadOptions, type ScanFile } from './scan-file.ts';
import { pointLPS, voxelCount, type Geometry, type Triple, type VoxelArray } from './volume.ts';

const DOCUMENT = 'scan.json';
const MOST_DOCUMENT_BYTES = 16 * 1024 ** 2;
const PIECE = 64 * 1024 ** 2;

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<string, new (buffer: ArrayBuffer) => VoxelArray>;

const triple = z.tuple([z.number(), z.number(), z.number()]);
const size = z.number().int().min(1).max(65535);
/** The part of `tessera-scan/1` (docs/workspace-format.md) that says how the voxels beside it are to be read. */
const documentSchema = z.object({
  schema: z.literal('tessera-scan/1'),
  format: z.string(),
  geometry: z.object({
    dims: z.tuple([size, size, size]),
    spacing: triple,
    origin: triple,
    direction: z.tuple([triple, triple, triple]),
  }),
  slope: z.number(),
  intercept: z.number(),
  voxels: z.object({
    file: z.literal('voxels.raw'),
    type: z.enum(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64']),
  }),
});
type StoredScan = Omit<z.infer<typeof documentSchema>, 'geometry'> & { readonly geometry: Geometry };

/** Whether a path is the document of a scan in a workspace, whose raw voxels lie beside it. */
export function isStoredScan(path: string): boolean {
  return basename(path) === DOCUMENT;
}

/**
 * Reads a scan of a workspace where it lies, so that training need not copy it.
 * @param path of its `scan.json`
 * @throws TesseraError `not-found`, `bad-file`, `bad-geometry`, `too-large`, `cancelled`
 */
export async function readStoredScan(path: string, options: ReadOptions = {}): Promise<ScanFile> {
  const { geometry, slope, intercept, voxels, format } = await documentAt(path);
  const View = arrays[voxels.type];
  const bytes = voxelCount(geometry.dims) * View.BYTES_PER_ELEMENT;
  if (bytes > (options.maxBytes ?? DEFAULT_MAX_BYTES))
    throw new TesseraError('too-large', `has ${bytes} bytes of voxels.`, { subject: path, advice: 'Crop or downsample the scan.' });
  const buffer = await bytesOf(join(dirname(path), voxels.file), bytes, options.signal);
  return {
    volume: { geometry, voxels: new View(buffer), slope, intercept },
    findings: [],
    header: { format, storedType: voxels.type, shape: geometry.dims, volumes: 1, description: '', details: {} },
  };
}

/** Looks at the document alone. @returns voxels along i, j, k @throws TesseraError as above */
export async function checkStoredScan(path: string): Promise<Triple> {
  return (await documentAt(path)).geometry.dims;
}

async function documentAt(path: string): Promise<StoredScan> {
  let read: z.infer<typeof documentSchema>;
  try {
    const file = await open(path, 'r');
    try {
      if ((await file.stat()).size > MOST_DOCUMENT_BYTES) throw new Error('it is too long');
    } finally {
      await file.close();
    }
    read = documentSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw damaged(path, cause);
  }
  const { dims, spacing, origin, direction } = read.geometry;
  const geometry: Geometry = { dims, spacing, origin: pointLPS(...origin), direction };
  geometryFromLPS(affineLPS(geometry), dims, path);
  return { ...read, geometry };
}

async function bytesOf(path: string, expected: number, signal: AbortSignal | undefined): Promise<ArrayBuffer> {
  try {
    const file = await open(path, 'r');
    try {
      // Memory is taken for what is there, not for what is claimed.
      if ((await file.stat()).size !== expected) throw new Error(`it does not have ${expected} bytes`);
      const bytes = new Uint8Array(expected);
      for (let at = 0; at < expected;) {
        if (signal !== undefined) throwIfCancelled({ signal, progress: () => undefined });
        const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, expected - at), at);
        if (bytesRead === 0) throw new Error('it ends too early');
        at += bytesRead;
      }
      return bytes.buffer;
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof TesseraError) throw cause;
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown): TesseraError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (code === 'ENOENT')
    return new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'The scan may have been removed.', cause });
  const reason =
    cause instanceof z.ZodError ? z.prettifyError(cause).replace(/\s+/g, ' ') : (code ?? (cause instanceof Error ? cause.message : ''));
  return new TesseraError('bad-file', `cannot be read or is damaged (${reason}).`, {
    subject: path,
    advice: 'Import the scan again.',
    cause,
  });
}
