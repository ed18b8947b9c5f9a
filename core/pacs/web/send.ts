import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { TesseraError } from '../../base/errors.ts';
import { throwIfCancelled, type Task } from '../../base/task.ts';
import { storeFailure, type NotSent, type OutgoingFile, type Sent } from '../outgoing-files.ts';
import { DicomJsonError, itemsOf, readDicomJson, textOf } from './dicom-json.ts';
import { addressOf, webRequest, type WebRequest } from './request.ts';
import type { WebServer } from './server.ts';

/** A message holds so much, so that a server need not swallow a whole study at once. */
const BATCH_FILES = 50;
const BATCH_BYTES = 64 * 1024 ** 2;
/** Statuses with which a server may refuse some of the files, or a message for one of them. */
const REFUSALS = [400, 409, 415, 422];
const LARGEST_ANSWER = 16 * 1024 ** 2;

/**
 * STOW-RS (PS3.18 10.5). Files are sent as they are, byte for byte.
 * @returns which files the server says it has stored, and why it did not take others
 * @throws TesseraError of `webRequest`; what was stored before stays there
 */
export async function webSend(server: WebServer, files: readonly OutgoingFile[], task: Task): Promise<Sent> {
  const sent: string[] = [];
  const failed: NotSent[] = [];
  for (const batch of batches(files)) {
    throwIfCancelled(task);
    task.progress({ stage: 'send', done: sent.length + failed.length, total: files.length });
    const result = await sendBatch(server, batch, task.signal);
    sent.push(...result.sent);
    failed.push(...result.failed);
  }
  return { sent, failed };
}

function batches(files: readonly OutgoingFile[]): OutgoingFile[][] {
  const all: OutgoingFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const last = all.at(-1);
    if (last === undefined || last.length >= BATCH_FILES || bytes + file.bytes > BATCH_BYTES) {
      all.push([file]);
      bytes = file.bytes;
    } else {
      last.push(file);
      bytes += file.bytes;
    }
  }
  return all;
}

async function sendBatch(server: WebServer, batch: readonly OutgoingFile[], signal: AbortSignal): Promise<Sent> {
  const request: WebRequest = {
    method: 'POST',
    path: '/studies',
    accept: 'application/dicom+json',
    body: multipart(batch),
    alsoAccept: REFUSALS,
  };
  const answer = await webRequest(server, request, signal);
  const subject = addressOf(server.url);
  try {
    const [report] = answer.status < 400 || answer.type.endsWith('json') ? await readDicomJson(answer, LARGEST_ANSWER) : [];
    if (report?.['00081199'] === undefined && report?.['00081198'] === undefined) {
      if (answer.status >= 400) return await oneByOne(server, batch, answer.status, signal);
      if (answer.status === 200 && report === undefined) return { sent: batch.map(({ path }) => path), failed: [] };
    }
    const stored = new Set(itemsOf(report, '00081199').map((item) => textOf(item, '00081155')));
    const reasons = new Map(itemsOf(report, '00081198').map((item) => [textOf(item, '00081155'), Number(textOf(item, '00081197'))]));
    return {
      sent: batch.filter(({ sopInstance }) => stored.has(sopInstance)).map(({ path }) => path),
      failed: batch
        .filter(({ sopInstance }) => !stored.has(sopInstance))
        .map(({ path, sopInstance }) => ({ path, reason: reasonOf(reasons.get(sopInstance)) })),
    };
  } catch (cause) {
    if (!(cause instanceof DicomJsonError)) throw cause;
    if (answer.status >= 400) return oneByOne(server, batch, answer.status, signal);
    throw new TesseraError(
      'server-failed',
      `took the files and answers with what ${cause.message}; whether it has stored them is not known.`,
      {
        subject,
        advice: 'Look with tessera pacs find.',
        cause,
      },
    );
  }
}

/** Some servers refuse a whole message for one file that they do not like: the others must not suffer. */
async function oneByOne(server: WebServer, batch: readonly OutgoingFile[], status: number, signal: AbortSignal): Promise<Sent> {
  const [only, second] = batch;
  if (only !== undefined && second === undefined)
    return { sent: [], failed: [{ path: only.path, reason: `The PACS refuses it (${status}).` }] };
  const middle = batch.length >> 1;
  const first = await sendBatch(server, batch.slice(0, middle), signal);
  const last = await sendBatch(server, batch.slice(middle), signal);
  return { sent: [...first.sent, ...last.sent], failed: [...first.failed, ...last.failed] };
}

function reasonOf(status: number | undefined): string {
  return status === undefined || !Number.isInteger(status) ? 'The PACS does not say that it has stored it.' : storeFailure(status);
}

/** The files as one message (PS3.18 8.6.1.2). */
function multipart(files: readonly OutgoingFile[]): NonNullable<WebRequest['body']> {
  const boundary = `tessera-${randomUUID()}`;
  const head = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  const foot = Buffer.from('\r\n');
  const end = Buffer.from(`--${boundary}--\r\n`);
  return {
    type: `multipart/related; type="application/dicom"; boundary=${boundary}`,
    length: files.reduce((sum, { bytes }) => sum + head.length + bytes + foot.length, end.length),
    async *pieces() {
      for (const file of files) {
        yield head;
        yield* bytesOf(file);
        yield foot;
      }
      yield end;
    },
  };
}

/** A file's bytes, as many as were announced. */
async function* bytesOf({ path, bytes }: OutgoingFile): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Uint8Array>) {
    read += piece.length;
    if (read <= bytes) yield piece;
  }
  if (read !== bytes)
    throw new TesseraError('bad-file', 'changed while it was sent.', { subject: path, advice: 'Send it again when nothing writes to it.' });
}
