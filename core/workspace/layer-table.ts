import { join } from 'node:path';
import { readJournal } from './journal.ts';
import { hasVanished, layerFiles, readJournalFile, readLayer } from './layer-files.ts';
import type { LayerDocument, LayerSegment } from './schemas.ts';
import { changedSegments } from './segment-table.ts';

const ATTEMPTS = 5;

/**
 * What a layer is, with its segments as they are now, without reading its map. Changes nothing.
 * @throws TesseraError `not-found`, `bad-file`, `unsupported-file`
 */
export async function readLayerTable(folder: string): Promise<LayerDocument> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(folder);
    } catch (error) {
      if (attempt === ATTEMPTS || !hasVanished(error)) throw error;
    }
  }
}

async function readOnce(folder: string): Promise<LayerDocument> {
  const { journals } = await layerFiles(folder);
  const contents = await Promise.all(journals.map(async ({ name }) => readJournal(await readJournalFile(join(folder, name)))));
  // Last, for a journal goes only when the document says what it said.
  const document = await readLayer(folder);
  let segments: readonly LayerSegment[] = document.labels;
  let last = document.labelsAfter ?? 0;
  for (const { sequence, details } of contents.flatMap((content) => content?.records ?? [])) {
    if (sequence <= last) continue;
    try {
      segments = changedSegments(segments, details.segments);
    } catch {
      break; // As opening does: what is behind a change that does not fit is left out.
    }
    last = sequence;
  }
  return { ...document, labels: [...segments] };
}
