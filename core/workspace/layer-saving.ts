import { join } from 'node:path';
import type { Geometry } from '../imaging/index.ts';
import type { LabelArray } from '../labelling/label-delta.ts';
import { writing } from './disk-trouble.ts';
import { removeOutdated, snapshotName, writeLabelMap, writeLayer } from './layer-files.ts';
import type { LayerJournal } from './layer-journal.ts';
import type { LayerPlace } from './layer-place.ts';
import type { LoadedLayer } from './load-layer.ts';
import type { LayerDocument } from './schemas.ts';
import { firstChange, type UndoHistory } from './undo-history.ts';

/** Changes, or bytes of them, after which a new snapshot is worth its writing. */
const COMPACT_CHANGES = 1000;
const COMPACT_BYTES = 8 * 1024 ** 2;
/** Changes to the next attempt when one failed. */
const COMPACT_AGAIN = 100;

/** A layer as it is now, with changes that wait for the disk. */
export interface PresentLayer {
  /** With the segments as they are now. */
  readonly document: LayerDocument;
  readonly labels: LabelArray;
  /** Number of the last change. */
  readonly sequence: number;
  readonly history: UndoHistory;
}

/** What is written of an open layer beside its journal, which alone holds everything: the document with its segments, and snapshots of the map. */
export class LayerSaving {
  readonly #folder: string;
  readonly #geometry: Geometry;
  readonly #journal: LayerJournal;
  readonly #now: () => PresentLayer;
  #snapshot: number;
  /** Up to which change the document on the disk has the segments. */
  #inDocument: number;
  #compaction: Promise<void> | undefined;
  /** Number of the last change when a snapshot was last tried. */
  #tried = -COMPACT_AGAIN;

  constructor({ folder, geometry }: LayerPlace, loaded: LoadedLayer, journal: LayerJournal, now: () => PresentLayer) {
    this.#folder = folder;
    this.#geometry = geometry;
    this.#journal = journal;
    this.#now = now;
    this.#snapshot = loaded.snapshot;
    this.#inDocument = loaded.outdated ? loaded.sequence : (loaded.document.labelsAfter ?? 0);
  }

  /** Writes the document as it is after a change, unless a later one was written. */
  keepDocument({ document, sequence }: Pick<PresentLayer, 'document' | 'sequence'>): Promise<void> {
    return this.#journal.afterwards(async () => {
      if (sequence <= this.#inDocument) return;
      await this.#write(document, sequence);
    });
  }

  /** Writes the present document with another name, or type. */
  rewrite(change: Partial<Pick<LayerDocument, 'name' | 'type'>>): Promise<void> {
    const { document, sequence } = this.#now();
    return this.#journal.afterwards(() => this.#write({ ...this.#now().document, labels: document.labels, ...change }, sequence));
  }

  /**
   * Writes the present state as a snapshot, so that the next opening is quick. First a new journal is begun, then the snapshot is written, then
   * what is outdated goes; after each step an opening finds all there is. Changes may go on meanwhile.
   */
  async compact(): Promise<void> {
    while (this.#compaction !== undefined) await this.#compaction;
    const work = this.#compactNow();
    this.#compaction = work.catch(() => undefined).finally(() => (this.#compaction = undefined));
    await work;
  }

  compactWhenLarge(): void {
    const { sequence } = this.#now();
    const large = sequence - this.#snapshot >= COMPACT_CHANGES || this.#journal.bytes >= COMPACT_BYTES;
    if (!large || this.#compaction !== undefined || sequence - this.#tried < COMPACT_AGAIN) return;
    this.#tried = sequence;
    // Nothing depends on it: on a full disk the journal alone holds everything.
    void this.compact().catch(() => undefined);
  }

  /** Resolves when no snapshot is being written. */
  async settled(): Promise<void> {
    await this.#compaction;
  }

  async #compactNow(): Promise<void> {
    const now = this.#now();
    const labels = now.labels.slice();
    await this.#journal.rotate(now.sequence);
    await writeLabelMap(join(this.#folder, snapshotName(now.sequence)), labels, this.#geometry);
    this.#snapshot = now.sequence;
    // Journals that change the table go only when the document has it.
    await this.keepDocument(now);
    const { history } = this.#now();
    await this.#journal.settled();
    await writing(this.#folder, () => removeOutdated(this.#folder, firstChange(history)));
  }

  async #write(document: LayerDocument, sequence: number): Promise<void> {
    await writeLayer(this.#folder, { ...document, labelsAfter: sequence });
    this.#inDocument = sequence;
  }
}
