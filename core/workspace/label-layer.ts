import { TesseraError } from '../base/errors.ts';
import type { Finding } from '../imaging/index.ts';
import { decodedDelta, encodeDelta, inverseBytes } from '../labelling/delta-bytes.ts';
import {
  applyDelta,
  deltaBetween,
  fitsDelta,
  inverseDelta,
  isEmptyDelta,
  type LabelArray,
  type LabelDelta,
} from '../labelling/label-delta.ts';
import type { AuditDetails } from './audit.ts';
import type { RecordKind } from './journal.ts';
import { listVersions, readVersion, writeVersion } from './label-versions.ts';
import { LayerJournal } from './layer-journal.ts';
import type { LayerPlace } from './layer-place.ts';
import { LayerSaving, type PresentLayer } from './layer-saving.ts';
import { readOnly } from './read-only.ts';
import { loadLayer, type LoadedLayer } from './load-layer.ts';
import type { RecentChanges } from './recent-changes.ts';
import type { LayerDocument, LayerSegment, SegmentsChange, VersionDocument } from './schemas.ts';
import { changedSegments, checkSegments, inverseChange, segmentsChange } from './segment-table.ts';
import { done, emptyHistory, joined, redone, undone, undoStep, type UndoHistory } from './undo-history.ts';

/** A change of voxels, of the table of segments, or of both in one step. */
export interface LabelChange {
  readonly delta?: LabelDelta;
  /** The whole table as it shall be. */
  readonly segments?: readonly LayerSegment[];
  /** Of the step, as undo calls it. */
  readonly title?: string;
  /** A name by which it is known again (`knows`). */
  readonly edit?: string;
  /**
   * Name of the change that this one goes on with, as a long stroke that is kept piece by piece: they are one step, as long as that was the
   * last change and this one leaves the table alone.
   */
  readonly joins?: string;
}

/** What changes with every change; never changed itself, so that one whose writing failed is taken back by keeping the old. */
interface LayerState {
  /** Number of the last change. */
  readonly sequence: number;
  readonly segments: readonly LayerSegment[];
  readonly history: UndoHistory;
}

/** A change on its way to the journal. */
interface Commit {
  readonly kind: RecordKind;
  readonly title: string;
  readonly edit: string | undefined;
  readonly joins?: boolean;
  readonly delta: LabelDelta;
  /** The delta, encoded. */
  readonly bytes: Uint8Array;
  readonly segments: SegmentsChange | undefined;
  readonly history: UndoHistory;
}

const nothing: LabelDelta = { runs: new Uint32Array() };

/**
 * One label map of one scan with its segments, with every change on disk. A change shows at once; its promise resolves when it is on the disk.
 * When writing fails, the change and all that came after it are taken back in memory and their promises reject: what is shown is then again
 * what the disk holds, and the caller may try again.
 */
export class LabelLayer {
  /** What opening it had to deal with. */
  readonly findings: readonly Finding[];
  readonly #place: LayerPlace;
  readonly #journal: LayerJournal | undefined;
  readonly #saving: LayerSaving | undefined;
  readonly #recent: RecentChanges;
  #document: LayerDocument;
  #labels: LabelArray;
  #state: LayerState;
  #closing: Promise<void> | undefined;

  private constructor(place: LayerPlace, loaded: LoadedLayer, journal: LayerJournal | undefined) {
    this.#labels = loaded.labels;
    this.findings = loaded.findings;
    this.#place = place;
    this.#document = loaded.document;
    this.#journal = journal;
    this.#recent = loaded.recent;
    this.#state = { sequence: loaded.sequence, segments: loaded.document.labels, history: loaded.history };
    this.#saving = journal && new LayerSaving(place, loaded, journal, () => this.#present);
  }

  /** @throws TesseraError `not-found`, `bad-file` when no snapshot of it can be read, `write-failed` */
  static async open(place: LayerPlace): Promise<LabelLayer> {
    const loaded = await loadLayer(place.folder);
    const journal = place.guard === undefined ? undefined : await LayerJournal.continue(place.folder, loaded, place.guard);
    return new LabelLayer(place, loaded, journal);
  }

  /**
   * The current label map, i fastest. For reading only: it changes through `edit`, `undo`, `redo` and `restore`, and is another one from the
   * first value above 255 on.
   */
  get labels(): LabelArray {
    return this.#labels;
  }

  /** What the layer is, with its segments as they are now. */
  get document(): LayerDocument {
    return { ...this.#document, labels: [...this.#state.segments] };
  }

  /** Number of the last change; those that wait for the disk count. */
  get sequence(): number {
    return this.#state.sequence;
  }

  get segments(): readonly LayerSegment[] {
    return this.#state.segments;
  }

  get undoSteps(): number {
    return this.#state.history.undo.length;
  }

  get redoSteps(): number {
    return this.#state.history.redo.length;
  }

  /** Title of the step that `undo` takes back; empty where it has none. */
  get undoTitle(): string | undefined {
    return this.#state.history.undo.at(-1)?.title;
  }

  get redoTitle(): string | undefined {
    return this.#state.history.redo.at(-1)?.title;
  }

  /** Whether a change of this name is among the recent ones. */
  knows(edit: string): boolean {
    return this.#recent.has(edit);
  }

  /** What changed in the map after the change of this number; undefined when that is too long ago, or was never. */
  changesSince(sequence: number): LabelDelta | undefined {
    return sequence === this.sequence ? nothing : this.#recent.since(sequence);
  }

  /** Changes labels. As {@link edit}. */
  apply(delta: LabelDelta): Promise<number> {
    return this.edit({ delta });
  }

  /**
   * One step, which can be undone. What changes nothing makes none. The first segment above 255 makes a layer of 8 bits one of 16.
   * @returns the number of the change, when it is on the disk
   * @throws TesseraError `bad-labels` when the delta does not fit the map or the table is none of this layer, `write-failed`, `read-only`
   */
  async edit({ delta = nothing, segments: table, title = '', edit, joins: name }: LabelChange): Promise<number> {
    this.#writable();
    if (table !== undefined) {
      checkSegments(table);
      if (this.#document.type === 'uint8' && table.some(({ value }) => value > 255)) await this.#widen();
    }
    const segments = table === undefined ? undefined : segmentsChange(this.segments, table);
    if (isEmptyDelta(delta) && segments === undefined) return this.sequence;
    const joins = name !== undefined && segments === undefined && this.undoSteps > 0 && this.#recent.last?.edit === name;
    return this.#do('stroke', { delta, segments, title, edit, joins });
  }

  /**
   * Takes the newest step back.
   * @returns what changed in the map, or undefined when there is nothing to undo
   * @throws TesseraError `write-failed`, `read-only`; `bad-labels` once when the step does not fit, for its journal was changed by others
   */
  async undo(edit?: string): Promise<LabelDelta | undefined> {
    const { history } = this.#state;
    const step = history.undo.at(-1);
    if (step === undefined) return undefined;
    const delta = inverseDelta(decodedDelta(step.delta));
    const segments = inverseChange(step.segments);
    this.#mustFit(delta, segments);
    const undoing = { kind: 'undo', title: step.title, edit, delta, bytes: inverseBytes(step.delta), segments } as const;
    await this.#commit({ ...undoing, history: undone(history, { ...step, moved: this.sequence + 1 }) });
    return delta;
  }

  /** Does again what was undone last. @returns what changed in the map, or undefined when there is nothing to redo. Throws as `undo`. */
  async redo(edit?: string): Promise<LabelDelta | undefined> {
    const { history } = this.#state;
    const step = history.redo.at(-1);
    if (step === undefined) return undefined;
    const { title, segments, delta: bytes } = step;
    const delta = decodedDelta(bytes);
    this.#mustFit(delta, segments);
    const again = redone(history, { ...step, moved: this.sequence + 1 });
    await this.#commit({ kind: 'redo', title, edit, delta, bytes, segments, history: again });
    return delta;
  }

  /** Gives the layer another name. No step of undo. @throws TesseraError `write-failed`, `read-only` */
  async rename(name: string): Promise<void> {
    this.#writable();
    await this.#saving?.rewrite({ name });
    this.#document = { ...this.#document, name };
    await this.#place.audit('layer-renamed', this.#about({}));
  }

  /** Keeps the present state under a name. @param author who works here unless given */
  async version(name: string, author = this.#place.who): Promise<VersionDocument> {
    const { sequence, segments } = this.#state;
    const labels = this.labels.slice();
    await this.#writable().settled();
    const about = { name, author, sequence, labels: [...segments] };
    const version = await writeVersion(this.#place.folder, about, labels, this.#place.geometry);
    await this.#place.audit('version-kept', this.#about({ version: version.id, change: sequence }));
    return version;
  }

  /** The oldest first. */
  versions(): Promise<VersionDocument[]> {
    return listVersions(this.#place.folder);
  }

  /** The label map of a version. @throws TesseraError `not-found`, `bad-file`, `bad-labels` */
  async versionLabels(versionId: string): Promise<LabelArray> {
    return (await readVersion(this.#place.folder, versionId, this.#document)).labels;
  }

  /**
   * Brings a version back, voxels and segments, as one step that can be undone.
   * @param edit as in `edit`
   * @returns what changed in the map
   */
  async restore(versionId: string, edit?: string): Promise<LabelDelta> {
    this.#writable();
    const { version, labels } = await readVersion(this.#place.folder, versionId, this.#document);
    const delta = deltaBetween(this.labels, labels);
    const segments = version.labels === undefined ? undefined : segmentsChange(this.segments, version.labels);
    if (isEmptyDelta(delta) && segments === undefined) return delta;
    const change = await this.#do('restore', { delta, segments, title: version.name, edit });
    await this.#place.audit('version-restored', this.#about({ version: versionId, change }));
    return delta;
  }

  /** Writes the present state as a snapshot, so that the next opening is quick. Changes may go on meanwhile. @throws TesseraError `write-failed` */
  async compact(): Promise<void> {
    this.#writable();
    await this.#saving?.compact();
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
      await this.#saving?.settled();
      await this.#journal?.close();
    } finally {
      this.#place.closed();
    }
  }

  /** Something new. */
  #do(kind: 'stroke' | 'restore', change: Pick<Commit, 'delta' | 'segments' | 'title' | 'edit' | 'joins'>): Promise<number> {
    const { title, segments, joins } = change;
    const bytes = encodeDelta(change.delta);
    const step = undoStep({ title, delta: bytes, segments, moved: this.sequence + 1 });
    return this.#commit({ ...change, kind, bytes, history: (joins === true ? joined : done)(this.#state.history, step) });
  }

  async #commit({ kind, title, edit, joins, delta, bytes, segments: change, history }: Commit): Promise<number> {
    const journal = this.#writable();
    const before = this.#state;
    const segments = changedSegments(before.segments, change);
    applyDelta(this.labels, delta);
    const sequence = before.sequence + 1;
    this.#state = { sequence, segments, history };
    this.#recent.add({ sequence, delta: bytes, edit });
    const after = this.#present;
    const details = {
      title,
      author: this.#place.who,
      ...(edit === undefined ? {} : { edit }),
      ...(joins === true ? { joins } : {}),
      ...(change === undefined ? {} : { segments: change }),
    };
    await journal.append({ sequence, kind, time: Date.now(), details, delta: bytes }, () => {
      applyDelta(this.labels, inverseDelta(delta));
      this.#state = before;
      this.#recent.takeBack();
    });
    // Who lists layers without opening them reads the document. Where it cannot be written, the journal still has the change.
    if (change !== undefined) await this.#saving?.keepDocument(after).catch(() => undefined);
    this.#saving?.compactWhenLarge();
    return sequence;
  }

  /** Makes room for values above 255. Snapshots and versions from before stay: they are read into wider maps. */
  async #widen(): Promise<void> {
    await this.#saving?.rewrite({ type: 'uint16' });
    this.#document = { ...this.#document, type: 'uint16' };
    this.#labels = new Uint16Array(this.#labels);
  }

  /** A step that does not fit ends the history, for none beyond it fits either. */
  #mustFit(delta: LabelDelta, segments: SegmentsChange | undefined): void {
    this.#writable();
    if (fitsDelta(this.labels, delta) && fitsTable(this.segments, segments)) return;
    this.#state = { ...this.#state, history: emptyHistory };
    throw new TesseraError(
      'bad-labels',
      'has a journal that was changed: earlier steps do not fit its labels and can no longer be undone.',
      {
        subject: this.#place.folder,
        advice: 'Go on from here, or bring the journal back from a backup.',
      },
    );
  }

  get #present(): PresentLayer {
    const { sequence, history } = this.#state;
    return { document: this.document, labels: this.labels, sequence, history };
  }

  #about(more: AuditDetails): AuditDetails {
    return { scan: this.#document.scan, layer: this.#document.id, ...more };
  }

  #writable(): LayerJournal {
    if (this.closed) throw new TesseraError('read-only', 'The layer was closed.', { advice: 'Open it again.' });
    if (this.#journal === undefined) throw readOnly();
    return this.#journal;
  }
}

function fitsTable(segments: readonly LayerSegment[], change: SegmentsChange | undefined): boolean {
  try {
    changedSegments(segments, change);
    return true;
  } catch {
    return false;
  }
}
