import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import type { Finding } from '../imaging/index.ts';
import { AppendFile } from './append-file.ts';
import type { LabelArray } from '../labelling/label-delta.ts';
import { readJournal, type JournalFormat } from './journal.ts';
import {
  createJournal,
  hasVanished,
  layerFiles,
  readJournalFile,
  readLabelMap,
  readLayer,
  setAside,
  writeLayer,
  type NumberedFile,
} from './layer-files.ts';
import type { RecentChanges } from './recent-changes.ts';
import { Replay } from './replay.ts';
import type { LayerDocument } from './schemas.ts';
import type { UndoHistory } from './undo-history.ts';

/** A layer as its files tell it. */
export interface LoadedLayer {
  /** With the segments as they are now. */
  readonly document: LayerDocument;
  /** Whether the document on the disk does not say so yet. */
  readonly outdated: boolean;
  readonly labels: LabelArray;
  /** Number of the last change. */
  readonly sequence: number;
  /** Number of the last change that a snapshot holds. */
  readonly snapshot: number;
  readonly history: UndoHistory;
  readonly recent: RecentChanges;
  readonly findings: readonly Finding[];
  /** Where the next record belongs; undefined when there is no journal to go on with. */
  readonly journal: { readonly name: string; readonly length: number; readonly format: JournalFormat } | undefined;
  /** The journal to go on with holds good records behind damage, which must not be lost when it is cut. */
  readonly damaged: boolean;
  /** Journals that do not continue what was read. */
  readonly strangers: readonly string[];
  /** Journals without records that a failed rotation left behind. */
  readonly leftOver: readonly string[];
}

const ATTEMPTS = 5;

/**
 * Reads a layer: its document and the newest snapshot that is sound, then the journals. Changes nothing.
 * @throws TesseraError `not-found`, `bad-file` when no snapshot can be read
 */
export async function loadLayer(folder: string): Promise<LoadedLayer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await loadOnce(folder, attempt === ATTEMPTS);
    } catch (error) {
      if (attempt === ATTEMPTS || !hasVanished(error)) throw error;
    }
  }
}

async function loadOnce(folder: string, last: boolean): Promise<LoadedLayer> {
  const document = await readLayer(folder);
  const { snapshots, journals } = await layerFiles(folder);
  const findings: Finding[] = [];
  const { labels, snapshot } = await newestSnapshot(folder, snapshots, document, findings);
  const inTable = document.labelsAfter ?? 0;
  const replay = new Replay(labels, snapshot, document.labels, inTable);
  const read: { name: string; length: number; format: JournalFormat; end: number; damaged: boolean; empty: boolean }[] = [];
  const strangers: string[] = [];
  for (const { name } of journals) {
    const content = readJournal(await readJournalFile(join(folder, name)));
    if (content === undefined || content.after > replay.sequence) {
      strangers.push(name);
      continue;
    }
    const { format, after, records, ends, tail } = content;
    // Whoever writes has compacted the layer since its document was read: changes of its segments are in the new one alone.
    if (format > 1 && read.length === 0 && after > inTable && !last) throw changedMeanwhile(folder);
    const good = replay.run(records);
    const damaged = tail === 'damaged' || good < records.length;
    read.push({ name, length: ends[good] ?? 0, format, end: after + good, damaged, empty: records.length === 0 });
    if (tail === 'torn') findings.push(torn());
  }
  const { sequence, history, recent, segments } = replay;
  if (recent.last?.sequence !== sequence) recent.clear();
  if (strangers.length > 0 || read.some(({ damaged }) => damaged)) findings.push(lost());
  const journal = read.findLast(({ end }) => end === sequence);
  return {
    document: { ...document, labels: [...segments] },
    outdated: segments !== document.labels || document.labelsAfter === undefined || inTable > sequence,
    labels,
    sequence,
    snapshot,
    history,
    recent,
    findings,
    journal,
    damaged: journal?.damaged === true,
    strangers,
    leftOver: read.filter((one) => one.empty && one !== journal).map(({ name }) => name),
  };
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

/**
 * Makes the journal ready to be continued: the torn tail is cut, and what cannot be read is put aside, never thrown away. First the document
 * comes up to date: an older program, which does not know what new records say, then leaves the layer alone.
 */
export async function journalToAppend(
  folder: string,
  { document, outdated, journal, damaged, strangers, leftOver, sequence }: LoadedLayer,
): Promise<AppendFile> {
  if (outdated) await writeLayer(folder, { ...document, labelsAfter: sequence });
  if (damaged && journal !== undefined) await copyFile(join(folder, journal.name), join(folder, `set-aside-${Date.now()}-${journal.name}`));
  for (const name of strangers) await setAside(folder, name);
  for (const name of leftOver) await rm(join(folder, name), { force: true });
  if (journal !== undefined) {
    const file = new AppendFile(join(folder, journal.name), journal.length);
    await file.cut();
    if (journal.format === 2) return file;
    await file.close();
  }
  const { path, length } = await createJournal(folder, sequence);
  return new AppendFile(path, length);
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

function changedMeanwhile(folder: string): TesseraError {
  return new TesseraError('not-found', 'was changed while it was read.', { subject: folder, advice: 'Read it again.' });
}
