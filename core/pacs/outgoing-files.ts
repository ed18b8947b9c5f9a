import { stat } from 'node:fs/promises';
import { describeError, TesseraError } from '../base/errors.ts';
import { text } from '../imaging/dicom/data-set.ts';
import { mayBeDicom } from '../imaging/dicom/may-be-dicom.ts';
import { readDicomHeader } from '../imaging/dicom/read-header.ts';
import { byName, filesOf } from '../imaging/list-files.ts';
import { isUid } from './query.ts';

/** A DICOM file that is to be sent. */
export interface OutgoingFile {
  readonly path: string;
  readonly bytes: number;
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly transferSyntax: string;
}

/** A file that was not sent, and why. */
export interface NotSent {
  readonly path: string;
  readonly reason: string;
}

export interface Sent {
  readonly sent: readonly string[];
  readonly failed: readonly NotSent[];
}

/**
 * The DICOM files among files and folders. Other files of a folder are passed over; what is DICOM and cannot be sent is named.
 * @throws TesseraError `not-found`; `no-data` when there is nothing to send
 */
export async function outgoingFiles(
  paths: readonly string[],
): Promise<{ readonly files: readonly OutgoingFile[]; readonly failed: readonly NotSent[] }> {
  const files = new Map<string, OutgoingFile>();
  const failed: NotSent[] = [];
  for (const path of await candidates(paths)) {
    const found = outgoing(path);
    if (found === undefined) continue;
    if (typeof found === 'string') failed.push({ path, reason: found });
    else if (files.has(found.sopInstance))
      failed.push({ path, reason: `is the same instance as ${files.get(found.sopInstance)?.path ?? ''}.` });
    else files.set(found.sopInstance, found);
  }
  if (files.size === 0)
    throw new TesseraError(
      'no-data',
      failed[0] === undefined ? 'holds no DICOM file.' : `has no file that can be sent: ${failed[0].reason}`,
      {
        subject: failed[0]?.path ?? paths.join(', '),
        advice: 'Give DICOM files or their folder.',
      },
    );
  return { files: [...files.values()], failed };
}

async function candidates(paths: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const path of paths) {
    const status = await stat(path).catch((cause: unknown) => {
      throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.', cause });
    });
    all.push(...(status.isDirectory() ? (await filesOf(path)).filter(mayBeDicom).sort(byName) : [path]));
  }
  return all;
}

/** @returns the file, why it cannot be sent, or undefined when it is not DICOM */
function outgoing(path: string): OutgoingFile | string | undefined {
  try {
    const header = readDicomHeader(path);
    if (header === undefined) return undefined;
    if (!header.part10) return 'has no DICOM preamble.';
    const [sopClass = '', sopInstance = ''] = ['x00080016', 'x00080018'].map((tag) => text(header.dataSet, tag));
    if (!isUid(sopClass) || !isUid(sopInstance)) return 'has no SOP class or no SOP instance UID.';
    return { path, bytes: header.fileBytes, sopClass, sopInstance, transferSyntax: header.transferSyntax };
  } catch (error) {
    return describeError(error);
  }
}

/** Why a PACS did not take a file: the status of C-STORE (PS3.4 B.2.3), which STOW gives too (PS3.18 I.2). */
export function storeFailure(status: number): string {
  const known: Readonly<Record<number, string>> = {
    0x0110: 'The PACS failed to process it.',
    0x0111: 'The PACS has this instance already.',
    0x0117: 'The PACS finds it invalid.',
    0x0122: 'The PACS does not take this kind of object (SOP class).',
    0x0124: 'The PACS does not allow it.',
    0xa773: 'The PACS found no such study.',
  };
  const code = `0x${status.toString(16).padStart(4, '0')}`;
  const text = known[status] ?? groupOf(status);
  return `${text} (${code})`;
}

function groupOf(status: number): string {
  if (status >> 8 === 0xa7) return 'The PACS is out of room.';
  if (status >> 8 === 0xa9) return 'The PACS says that its content does not fit its SOP class.';
  if (status >> 12 === 0xc) return 'The PACS cannot read it.';
  return 'The PACS refuses it.';
}
