import dimse from 'dcmjs-dimse';
import { readFileSync } from 'node:fs';
import type { Task } from '../../base/task.ts';
import { readFileMeta } from '../../imaging/dicom/file-meta.ts';
import { transferSyntaxOf } from '../../imaging/dicom/transfer-syntax.ts';
import { storeFailure, type NotSent, type OutgoingFile, type Sent } from '../outgoing-files.ts';
import { associate, type OfferedContext } from './associate.ts';
import type { DimseServer } from './server.ts';

const { Status } = dimse.constants;
/** An association has room for 128 contexts. */
const MOST_CONTEXTS = 100;
/** dcmjs-dimse holds a file whole while it is sent. */
const LARGEST_FILE = 512 * 1024 ** 2;

/** C-STORE (PS3.4 annex B). Data sets are sent as they lie in the files: a PACS that does not take a file's transfer syntax does not get it. */
export async function send(server: DimseServer, files: readonly OutgoingFile[], task: Task): Promise<Sent> {
  const sent: string[] = [];
  const failed: NotSent[] = [];
  for (const batch of batches(files.filter(({ bytes }) => bytes <= LARGEST_FILE))) {
    const requests = batch.map((file) => {
      const request = new dimse.requests.CStoreRequest(new FileDataset(file));
      request.on('response', (response: dimse.responses.Response) => {
        const status = response.getStatus();
        // Warnings (0xBxxx) are of files that were stored.
        if (status === Status.Success || status >> 12 === 0xb) sent.push(file.path);
        else failed.push({ path: file.path, reason: storeFailure(status) });
        task.progress({ stage: 'send', done: sent.length + failed.length, total: files.length });
      });
      return request;
    });
    await associate(server, contextsOf(batch), requests, task);
  }
  const told = new Set([...sent, ...failed.map(({ path }) => path)]);
  return { sent, failed: [...failed, ...files.filter(({ path }) => !told.has(path)).map(untold)] };
}

/** A file in a kind of object or encoding that the PACS has not taken up, so that it was never sent. */
function untold({ path, bytes, transferSyntax }: OutgoingFile): NotSent {
  if (bytes > LARGEST_FILE) return { path, reason: `It is larger than ${LARGEST_FILE / 1024 ** 2} MB; send it over DICOMweb (--url).` };
  const name = transferSyntaxOf(transferSyntax)?.name ?? transferSyntax;
  return { path, reason: `The PACS does not take this kind of object as ${name}.` };
}

function batches(files: readonly OutgoingFile[]): OutgoingFile[][] {
  const all: { files: OutgoingFile[]; contexts: Set<string> }[] = [];
  for (const file of files) {
    let last = all.at(-1);
    if (last === undefined || last.contexts.size >= MOST_CONTEXTS) all.push((last = { files: [], contexts: new Set() }));
    last.files.push(file);
    last.contexts.add(keyOf(file));
  }
  return all.map((batch) => batch.files);
}

const keyOf = ({ sopClass, transferSyntax }: OutgoingFile): string => `${sopClass} ${transferSyntax}`;

function contextsOf(files: readonly OutgoingFile[]): OfferedContext[] {
  const kinds = new Map(files.map((file) => [keyOf(file), file]));
  return [...kinds.values()].map(({ sopClass, transferSyntax }) => ({ abstractSyntax: sopClass, transferSyntaxes: [transferSyntax] }));
}

/** The data set of a file, read when it is sent. dcmjs-dimse would parse and encode it anew, which changes many files. */
class FileDataset extends dimse.Dataset {
  private readonly path: string;

  constructor({ path, sopClass, sopInstance, transferSyntax }: OutgoingFile) {
    super({ SOPClassUID: sopClass, SOPInstanceUID: sopInstance }, transferSyntax);
    this.path = path;
  }

  override getDenaturalizedDataset(): Buffer {
    const bytes = readFileSync(this.path);
    return bytes.subarray(readFileMeta(bytes)?.dataSetStart ?? 0);
  }

  /** Asked for only to change the transfer syntax: there is nothing to be changed. */
  override getElements(): never {
    throw new Error('files are sent as they are');
  }
}
