import { TesseraError } from '../../base/errors.ts';
import type { Task } from '../../base/task.ts';
import { expectedFiles } from '../expected-files.ts';
import { checkTarget, type PacsTarget } from '../query.ts';
import { ReceivedFiles, type Received } from '../received-files.ts';
import { webFind } from './find.ts';
import { boundaryOf, MultipartError, partsOf } from './multipart.ts';
import { addressOf, webRequest } from './request.ts';
import type { WebServer } from './server.ts';

const PART_HEADER_BYTES = 16 * 1024;
const MOST_FILES = 200_000;

/**
 * WADO-RS (PS3.18 10.4): every file of a study, series or instance, its bytes as the server has them.
 * @param folder for the files ({@link ReceivedFiles})
 * @param mostBytes of all files together
 * @throws TesseraError of `webRequest`; `not-found`; `too-large`; `server-failed` when files are missing or not what was asked for. What came
 * whole is kept.
 */
export async function webGet(server: WebServer, target: PacsTarget, folder: string, mostBytes: number, task: Task): Promise<Received> {
  checkTarget(target);
  const expected = await expectedFiles((query) => webFind(server, query, task), target, addressOf(server.url));
  const path = [
    `/studies/${target.study}`,
    target.series && `/series/${target.series}`,
    target.instance && `/instances/${target.instance}`,
  ].join('');
  const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
  const answer = await webRequest(server, { method: 'GET', path, accept }, task.signal);
  const files = new ReceivedFiles(folder, target, mostBytes);
  const subject = `${addressOf(server.url).replace(/\/$/, '')}${path}`;
  const boundary = boundaryOf(answer.contentType);
  try {
    if (answer.type === 'application/dicom') await files.take(answer.pieces);
    else if (boundary === undefined)
      throw new MultipartError(`is neither DICOM nor multipart (${answer.type === '' ? 'no type' : answer.type})`);
    else
      for await (const { body } of partsOf(answer.pieces, boundary, { headerBytes: PART_HEADER_BYTES, parts: MOST_FILES })) {
        await files.take(body);
        task.progress({ stage: 'get', done: files.count, total: expected ?? files.count + 1 });
      }
  } catch (cause) {
    if (cause instanceof MultipartError) throw incomplete(subject, `gives an answer that ${cause.message}`, files, cause);
    throw cause;
  }
  if (files.count < (expected ?? 1)) throw incomplete(subject, `gave ${files.count} of ${expected ?? 'its'} files`, files);
  return files;
}

function incomplete(subject: string, what: string, { written }: Received, cause?: unknown): TesseraError {
  return new TesseraError('server-failed', `${what}. ${written.length} whole files were written and are kept.`, {
    subject,
    advice: 'Run it again: what is there already is not written twice.',
    cause,
  });
}
