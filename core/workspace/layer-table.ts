import { join } from 'node:path';
import { readJournal } from './journal.ts';
import { hasVanished, layerFiles, readJournalFile, readLayer } from './layer-files.ts';
import type { LayerDocument, LayerSegment } from './schemas.ts';
import { changedSegments } from './segment-table.ts';

/** A layer without its map. */
export interface LayerTable {
  /** With the segments as they are now. */
  readonly document: LayerDocument;
  /** When somebody last changed voxels or segments, in milliseconds since 1970; when it was made, if nobody has. */
  readonly changed: number;
}

const ATTEMPTS = 5;

/**
 * What a layer is, without reading its map. Changes nothing.
 * @throws TesseraError `not-found`, `bad-file`, `unsupported-file`
 */
export async function readLayerTable(folder: string): Promise<LayerTable> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(folder);
    } catch (error) {
      if (attempt === ATTEMPTS || !hasVanished(error)) throw error;
    }
  }
}

async function readOnce(folder: string): Promise<LayerTable> {
  const { journals } = await layerFiles(folder);
  const contents = await Promise.all(journals.map(async ({ name }) => readJournal(await readJournalFile(join(folder, name)))));
  // Last, for a journal goes only when the document says what it said.
  const document = await readLayer(folder);
  let segments: readonly LayerSegment[] = document.labels;
  let last = document.labelsAfter ?? 0;
  let changed = Date.parse(document.created);
  for (const { sequence, time, details } of contents.flatMap((content) => content?.records ?? [])) {
    if (sequence <= last) {
      changed = time;
      continue;
    }
    try {
      segments = changedSegments(segments, details.segments);
    } catch {
      break; // As opening does: what is behind a change that does not fit is left out.
    }
    last = sequence;
    changed = time;
  }
  return { document: { ...document, labels: [...segments] }, changed };
}
