import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import type { Finding } from '../imaging/index.ts';
import type { AuditDetails } from './audit.ts';
import { writing } from './disk-trouble.ts';
import { decodedDelta, encodeDelta, inverseBytes } from '../labelling/delta-bytes.ts';
import type { RecordKind } from './journal.ts';
import {
  applyDelta,
  deltaBetween,
  fitsDelta,
  inverseDelta,
  isEmptyDelta,
  type LabelArray,
  type LabelDelta,
} from '../labelling/label-delta.ts';
import { listVersions, readVersion, writeVersion } from './label-versions.ts';
import { LayerJournal } from './layer-journal.ts';
import type { LayerPlace } from './layer-place.ts';
import { removeOutdated, snapshotName, writeLabelMap } from './layer-files.ts';
import { readOnly } from './read-only.ts';
import { loadLayer, type LoadedLayer } from './load-layer.ts';
import type { LayerDocument, VersionDocument } from './schemas.ts';
import { done, emptyHistory, redone, undone, type UndoHistory } from './undo-history.ts';

/** Changes, or bytes of them, after which a new snapshot is worth its writing. */
const COMPACT_CHANGES = 1000;
const COMPACT_BYTES = 8 * 1024 ** 2;
/** Changes to the next attempt when one failed. */
const COMPACT_AGAIN = 100;

/**
 * One label map of one scan, with every change on disk. A change shows in `labels` at once; its promise resolves when it is on the disk. When
 * writing fails, the change and all that came after it are taken back in memory and their promises reject: what is shown is then again what the
 * disk holds, and the caller may try again.
 */
export class LabelLayer {
  readonly document: LayerDocument;
  /** The current label map, i fastest. For reading only: it changes through `apply`, `undo`, `redo` and `restore`. */
  readonly labels: LabelArray;
  /** What opening it had to deal with. */
  readonly findings: readonly Finding[];
  readonly #place: LayerPlace;
  readonly #journal: LayerJournal | undefined;
  #sequence: number;
  #history: UndoHistory;
  #snapshot: number;
  #compaction: Promise<void> | undefined;
  /** Number of the last change when a snapshot was last tried. */
  #tried = -COMPACT_AGAIN;
  #closing: Promise<void> | undefined;

  private constructor(place: LayerPlace, loaded: LoadedLayer, journal: LayerJournal | undefined) {
    this.document = place.document;
    this.labels = loaded.labels;
    this.findings = loaded.findings;
    this.#place = place;
    this.#journal = journal;
    this.#sequence = loaded.sequence;
    this.#history = loaded.history;
    this.#snapshot = loaded.snapshot;
  }

  /** @throws TesseraError `bad-file` when no snapshot of it can be read, `write-failed` */
  static async open(place: LayerPlace): Promise<LabelLayer> {
    const loaded = await loadLayer(place.folder, place.document);
    const journal = place.guard === undefined ? undefined : await LayerJournal.continue(place.folder, loaded, place.guard);
    return new LabelLayer(place, loaded, journal);
  }

  /** Number of the last change; those that wait for the disk count. */
  get sequence(): number {
    return this.#sequence;
  }

  get undoSteps(): number {
    return this.#history.undo.length;
  }

  get redoSteps(): number {
    return this.#history.redo.length;
  }

  /**
   * Changes labels.
   * @returns the number of the change, when it is on the disk
   * @throws TesseraError `bad-labels` when the delta does not fit the map, `write-failed`, `read-only`
   */
  async apply(delta: LabelDelta): Promise<number> {
    if (isEmptyDelta(delta)) return this.#sequence;
    const bytes = encodeDelta(delta);
    return this.#commit('stroke', delta, bytes, done(this.#history, bytes));
  }

  /**
   * Takes the newest step back.
   * @returns what changed in the map, or undefined when there is nothing to undo
   * @throws TesseraError `write-failed`, `read-only`; `bad-labels` once when the step does not fit, for its journal was changed by others
   */
  async undo(): Promise<LabelDelta | undefined> {
    const step = this.#history.undo.at(-1);
    if (step === undefined) return undefined;
    const delta = inverseDelta(decodedDelta(step));
    this.#mustFit(delta);
    await this.#commit('undo', delta, inverseBytes(step), undone(this.#history, step));
    return delta;
  }

  /** Does again what was undone last. @returns what changed in the map, or undefined when there is nothing to redo. Throws as `undo`. */
  async redo(): Promise<LabelDelta | undefined> {
    const step = this.#history.redo.at(-1);
    if (step === undefined) return undefined;
    const delta = decodedDelta(step);
    this.#mustFit(delta);
    await this.#commit('redo', delta, step, redone(this.#history, step));
    return delta;
  }

  /** Keeps the present state under a name. */
  async version(name: string, author: string): Promise<VersionDocument> {
    const [sequence, labels] = [this.#sequence, this.labels.slice()];
    await this.#writable().settled();
    const version = await writeVersion(this.#place.folder, { name, author, sequence }, labels, this.#place.geometry);
    await this.#place.audit('version-kept', this.#about({ version: version.id, change: sequence }));
    return version;
  }

  /** The oldest first. */
  versions(): Promise<VersionDocument[]> {
    return listVersions(this.#place.folder);
  }

  /** Brings a version back, as one step that can be undone. @returns what changed in the map */
  async restore(versionId: string): Promise<LabelDelta> {
    this.#writable();
    const labels = await readVersion(this.#place.folder, versionId, this.document);
    const delta = deltaBetween(this.labels, labels);
    if (isEmptyDelta(delta)) return delta;
    const bytes = encodeDelta(delta);
    const change = await this.#commit('restore', delta, bytes, done(this.#history, bytes));
    await this.#place.audit('version-restored', this.#about({ version: versionId, change }));
    return delta;
  }

  /**
   * Writes the present state as a snapshot, so that the next opening is quick. First a new journal is begun, then the snapshot is written, then
   * what is outdated goes; after each step an opening finds all there is. Changes may go on meanwhile.
   */
  async compact(): Promise<void> {
    while (this.#compaction !== undefined) await this.#compaction;
    const work = this.#compactNow(this.#writable());
    this.#compaction = work.catch(() => undefined).finally(() => (this.#compaction = undefined));
    await work;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Waits for all that is on its way to the disk; nothing can be changed afterwards. */
  close(): Promise<void> {
    return (this.#closing ??= this.#finish());
  }

  async #finish(): Promise<void> {
    try {
      await this.#compaction;
      await this.#journal?.close();
    } finally {
      this.#place.closed();
    }
  }

  async #commit(kind: RecordKind, delta: LabelDelta, bytes: Uint8Array, history: UndoHistory): Promise<number> {
    const journal = this.#writable();
    applyDelta(this.labels, delta);
    const before = { history: this.#history, sequence: this.#sequence };
    const sequence = before.sequence + 1;
    this.#history = history;
    this.#sequence = sequence;
    await journal.append({ sequence, kind, time: Date.now(), delta: bytes }, () => {
      applyDelta(this.labels, inverseDelta(delta));
      this.#history = before.history;
      this.#sequence = before.sequence;
    });
    this.#compactWhenLarge(journal);
    return sequence;
  }

  /** A step that does not fit ends the history, for none beyond it fits either. */
  #mustFit(delta: LabelDelta): void {
    this.#writable();
    if (fitsDelta(this.labels, delta)) return;
    this.#history = emptyHistory;
    throw new TesseraError(
      'bad-labels',
      'has a journal that was changed: earlier steps do not fit its labels and can no longer be undone.',
      {
        subject: this.#place.folder,
        advice: 'Go on from here, or bring the journal back from a backup.',
      },
    );
  }

  async #compactNow(journal: LayerJournal): Promise<void> {
    const { folder, geometry } = this.#place;
    const [sequence, labels] = [this.#sequence, this.labels.slice()];
    await journal.rotate(sequence);
    await writeLabelMap(join(folder, snapshotName(sequence)), labels, geometry);
    this.#snapshot = sequence;
    await journal.settled();
    await writing(folder, () => removeOutdated(folder, sequence));
  }

  #compactWhenLarge(journal: LayerJournal): void {
    const large = this.#sequence - this.#snapshot >= COMPACT_CHANGES || journal.bytes >= COMPACT_BYTES;
    if (!large || this.#compaction !== undefined || this.#sequence - this.#tried < COMPACT_AGAIN) return;
    this.#tried = this.#sequence;
    // Nothing depends on it: on a full disk the journal alone holds everything.
    void this.compact().catch(() => undefined);
  }

  #about(more: AuditDetails): AuditDetails {
    return { scan: this.document.scan, layer: this.document.id, ...more };
  }

  #writable(): LayerJournal {
    if (this.closed) throw new TesseraError('read-only', 'The layer was closed.', { advice: 'Open it again.' });
    if (this.#journal === undefined) throw readOnly();
    return this.#journal;
  }
}
