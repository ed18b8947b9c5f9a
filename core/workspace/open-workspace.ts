import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { describeError, TesseraError } from '../base/errors.ts';
import { AuditLog, type AuditDetails } from './audit.ts';
import { writeFailed } from './disk-trouble.ts';
import { readDocument, writeDocument } from './documents.ts';
import { makeFolder, namesIn, removeTemporaries } from './folders.ts';
import { newId } from './ids.ts';
import { LentLock, type Loan } from './loan.ts';
import { Lock, lockTrouble, type LockTimes } from './lock.ts';
import { workspaceKind } from './schemas.ts';
import { AUDIT, DOCUMENT, FOLDERS, LOCK, Workspace } from './workspace.ts';

export interface OpenOptions {
  /** Who works here, for the audit file and as author; the user's name on this computer unless given. */
  readonly who?: string;
  /** Do not even try to write. */
  readonly readOnly?: boolean;
  readonly lockTimes?: LockTimes;
}

/**
 * Makes a workspace in a new or empty folder and opens it.
 * @throws TesseraError `bad-setting` when the folder holds something, `write-failed`
 */
export async function createWorkspace(folder: string, options: OpenOptions & { readonly name: string }): Promise<Workspace> {
  const path = resolve(folder);
  const names = await namesIn(path);
  // Our own names may be there: an earlier making may have been interrupted.
  const ours: readonly string[] = [...FOLDERS, LOCK, AUDIT];
  if (names.some((name) => !ours.includes(name) && !name.startsWith('.'))) {
    const what = names.includes(DOCUMENT) ? 'already holds a workspace' : 'is not empty';
    throw new TesseraError('bad-setting', `${what}.`, { subject: path, advice: 'Open it, or choose a new folder.' });
  }
  for (const name of FOLDERS) await makeFolder(join(path, name));
  await writeDocument(join(path, DOCUMENT), workspaceKind, { id: newId(), name: options.name, created: new Date().toISOString() });
  const workspace = await openWorkspace(path, options);
  try {
    if (workspace.access.mode === 'write') await workspace.audit('workspace-created', { workspace: workspace.document.id });
    return workspace;
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/**
 * Opens a workspace: for writing, or for reading only where another process writes or nothing can be written (see `access`).
 * @throws TesseraError `not-found`, `bad-file`, `unsupported-file` when there is none, or a damaged or newer one
 */
export async function openWorkspace(folder: string, options: OpenOptions = {}): Promise<Workspace> {
  const path = resolve(folder);
  const document = await readDocument(join(path, DOCUMENT), workspaceKind);
  const who = options.who ?? userName();
  const lock = options.readOnly === true ? 'It was opened so.' : await takeLock(join(path, LOCK), options.lockTimes);
  if (typeof lock === 'string') return new Workspace(path, document, who, lock);
  try {
    for (const name of FOLDERS) await makeFolder(join(path, name));
    for (const name of ['scans', 'labels', 'splits', 'trash']) await removeTemporaries(join(path, name));
    const audit = await AuditLog.open(join(path, AUDIT), () => lock.check());
    return new Workspace(path, document, who, { lock, audit });
  } catch (error) {
    await lock.release();
    return new Workspace(path, document, who, describeError(error));
  }
}

/**
 * Opens a workspace in a child process of the one that holds its lock, with the right to add scans and layers. It opens layers for reading.
 * @param loan from the lender's `Workspace.loan`; without one it is opened for reading
 * @param audit hands an entry of the audit file to the lender, who writes it: the file is one chain
 * @throws TesseraError `not-found`, `bad-file`, `unsupported-file`
 */
export async function openLentWorkspace(
  folder: string,
  loan: Loan | undefined,
  audit: (entry: LentAuditEntry) => Promise<void>,
  who: string = userName(),
): Promise<Workspace> {
  if (loan === undefined) return openWorkspace(folder, { readOnly: true, who });
  const path = resolve(folder);
  const document = await readDocument(join(path, DOCUMENT), workspaceKind);
  const lock = new LentLock(join(path, LOCK), loan);
  return new Workspace(path, document, who, { lock, audit: { append: audit, close: () => Promise.resolve() } });
}

/** An entry of the audit file that a borrower hands to the lender. */
export interface LentAuditEntry {
  readonly what: string;
  readonly about: AuditDetails;
  readonly model?: string;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return 'unknown';
  }
}

async function takeLock(path: string, times: LockTimes | undefined): Promise<Lock | string> {
  try {
    return await Lock.take(path, times);
  } catch (error) {
    const reason = lockTrouble(error);
    if (reason === undefined) throw writeFailed(path, error);
    return reason;
  }
}
