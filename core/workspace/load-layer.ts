import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import type { Finding } from '../imaging/index.ts';
import { AppendFile } from './append-file.ts';
import { decodeDelta, inverseBytes } from '../labelling/delta-bytes.ts';
import { createJournal, hasVanished, layerFiles, readJournalFile, readLabelMap, setAside, type NumberedFile } from './layer-files.ts';
import { readJournal, type JournalRecord } from './journal.ts';
import { applyDelta, type LabelArray } from '../labelling/label-delta.ts';
import type { LayerDocument } from './schemas.ts';
import { done, emptyHistory, redone, undone, type UndoHistory } from './undo-history.ts';

/** A layer as its files tell it. */
export interface LoadedLayer {
  readonly labels: LabelArray;
  /** Number of the last change. */
  readonly sequence: number;
  /** Number of the last change that a snapshot holds. */
  readonly snapshot: number;
  readonly history: UndoHistory;
  readonly findings: readonly Finding[];
  /** Where the next record belongs; undefined when there is no journal to go on with. */
  readonly journal: { readonly name: string; readonly length: number } | undefined;
  /** The journal to go on with holds good records behind damage, which must not be lost when it is cut. */
  readonly damaged: boolean;
  /** Journals that do not continue what was read. */
  readonly strangers: readonly string[];
  /** Journals without records that a failed rotation left behind. */
  readonly leftOver: readonly string[];
}

/**
 * Reads a layer: the newest snapshot that is sound, then the journals. Changes nothing.
 * @throws TesseraError `bad-file` when no snapshot can be read
 */
export async function loadLayer(folder: string, document: LayerDocument): Promise<LoadedLayer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadOnce(folder, document);
    } catch (error) {
      if (attempt === 5 || !hasVanished(error)) throw error;
    }
  }
}

async function loadOnce(folder: string, document: LayerDocument): Promise<LoadedLayer> {
  const { snapshots, journals } = await layerFiles(folder);
  const findings: Finding[] = [];
  const { labels, snapshot } = await newestSnapshot(folder, snapshots, document, findings);
  const replay = new Replay(labels, snapshot);
  const read: { name: string; length: number; end: number; damaged: boolean; empty: boolean }[] = [];
  const strangers: string[] = [];
  for (const { name } of journals) {
    const content = readJournal(await readJournalFile(join(folder, name)));
    if (content === undefined || content.after > replay.sequence) {
      strangers.push(name);
      continue;
    }
    const good = replay.run(content.records);
    const damaged = content.tail === 'damaged' || good < content.records.length;
    read.push({ name, length: content.ends[good] ?? 0, end: content.after + good, damaged, empty: content.records.length === 0 });
    if (content.tail === 'torn') findings.push(torn());
  }
  const { sequence, history } = replay;
  if (strangers.length > 0 || read.some(({ damaged }) => damaged)) findings.push(lost());
  const journal = read.findLast(({ end }) => end === sequence);
  const leftOver = read.filter((one) => one.empty && one !== journal).map(({ name }) => name);
  return { labels, sequence, snapshot, history, findings, journal, damaged: journal?.damaged === true, strangers, leftOver };
}

async function newestSnapshot(
  folder: string,
  snapshots: readonly NumberedFile[],
  document: LayerDocument,
  findings: Finding[],
): Promise<{ labels: LabelArray; snapshot: number }> {
  let cause: unknown;
  for (const { name, sequence } of [...snapshots].reverse()) {
    try {
      return { labels: await readLabelMap(join(folder, name), document), snapshot: sequence };
    } catch (error) {
      if (hasVanished(error)) throw error;
      cause = error;
      findings.push({ code: 'snapshot-damaged', severity: 'warning', message: `${name} cannot be read; an older snapshot was taken.` });
    }
  }
  throw new TesseraError('bad-file', 'has no snapshot that can be read.', {
    subject: folder,
    advice: 'Bring a snapshot back from a backup; the journals beside it are kept.',
    cause,
  });
}

/** Carries changes over to a label map and follows what can be undone. */
class Replay {
  readonly #labels: LabelArray;
  sequence: number;
  history = emptyHistory;
  /** The number of the last record seen; those up to the snapshot tell only what can be undone. */
  #seen = 0;

  constructor(labels: LabelArray, snapshot: number) {
    this.#labels = labels;
    this.sequence = snapshot;
  }

  /** @returns how many of the records could be taken */
  run(records: readonly JournalRecord[]): number {
    for (const [n, record] of records.entries()) {
      if (record.sequence > this.sequence && !this.#apply(record)) return n;
      // After a failed rotation two journals may hold one record.
      if (record.sequence > this.#seen) this.history = nextHistory(this.history, record);
      this.#seen = Math.max(this.#seen, record.sequence);
    }
    return records.length;
  }

  #apply(record: JournalRecord): boolean {
    const delta = decodeDelta(record.delta);
    if (record.sequence !== this.sequence + 1 || delta === undefined) return false;
    try {
      applyDelta(this.#labels, delta);
    } catch {
      return false;
    }
    this.sequence = record.sequence;
    return true;
  }
}

function nextHistory(history: UndoHistory, { kind, delta }: JournalRecord): UndoHistory {
  switch (kind) {
    case 'undo':
      return undone(history, inverseBytes(delta));
    case 'redo':
      return redone(history, new Uint8Array(delta));
    case 'stroke':
    case 'restore':
      // A copy: the record is a view of the whole journal.
      return done(history, new Uint8Array(delta));
  }
}

/** Makes the journal ready to be continued: the torn tail is cut, and what cannot be read is put aside, never thrown away. */
export async function journalToAppend(
  folder: string,
  { journal, damaged, strangers, leftOver, sequence }: LoadedLayer,
): Promise<AppendFile> {
  if (damaged && journal !== undefined) await copyFile(join(folder, journal.name), join(folder, `set-aside-${Date.now()}-${journal.name}`));
  for (const name of strangers) await setAside(folder, name);
  for (const name of leftOver) await rm(join(folder, name), { force: true });
  const { path, length } =
    journal === undefined ? await createJournal(folder, sequence) : { path: join(folder, journal.name), length: journal.length };
  const file = new AppendFile(path, length);
  await file.cut();
  return file;
}

function torn(): Finding {
  return {
    code: 'journal-torn',
    severity: 'note',
    message: 'The last change was cut off while it was written, before it was acknowledged; it was left out.',
  };
}

function lost(): Finding {
  return {
    code: 'journal-damaged',
    severity: 'warning',
    message:
      'A journal is damaged: changes behind the damage were left out. Its files are kept; once written to, under names that begin with set-aside-.',
  };
}
