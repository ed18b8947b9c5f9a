import dimse from 'dcmjs-dimse';
import { createServer, type Server } from 'node:net';
import { TesseraError } from '../../base/errors.ts';
import type { Task } from '../../base/task.ts';
import { IMPLICIT_LITTLE } from '../../imaging/dicom/transfer-syntax.ts';
import { expectedFiles } from '../expected-files.ts';
import type { PacsTarget } from '../query.ts';
import { ReceivedFiles, type Received } from '../received-files.ts';
import { associate, type OfferedContext } from './associate.ts';
import { failedStatus, notOffered } from './dimse-errors.ts';
import { find } from './find.ts';
import type { RetrieveJob } from './job.ts';
import { ReceivingPeer } from './receiving-peer.ts';
import { nameOf, type DimseServer } from './server.ts';
import { retrievable } from './storage-classes.ts';

const { SopClass, Status } = dimse.constants;
const { CGetRequest, CMoveRequest } = dimse.requests;
/** Done, but some files could not be sent. */
const SOME_FAILED = 0xb000;
const MOST_CONNECTIONS = 16;

/**
 * C-GET, or with `listen` C-MOVE (PS3.4 C.4.2, C.4.3).
 * @throws TesseraError as `associate`; `not-found` when nothing came; `server-failed` when files are missing. What came whole is kept.
 */
export async function get(job: RetrieveJob, task: Task): Promise<Received> {
  const { server, target, listen } = job;
  const expected = await expectedFiles((query) => find(server, query, task), target, nameOf(server));
  const files = new ReceivedFiles(job.folder, target, job.mostBytes);
  const request: dimse.requests.Request = listen === undefined ? getRequest(target) : moveRequest(server.aet, target);
  let last: dimse.responses.CGetResponse | undefined;
  request.on('response', (response: dimse.responses.CGetResponse) => {
    last = response;
    const done = files.count;
    task.progress({
      stage: 'get',
      done,
      total: Math.max(done, expected ?? 0, (response.getCompleted() || 0) + (response.getRemaining() || 0)),
    });
  });
  if (listen === undefined) await associate(server, getContexts(), [request], task, files);
  else await move(server, listen, request, files, task);

  const operation = listen === undefined ? 'C-GET' : 'C-MOVE';
  if (last === undefined) throw notOffered(server, operation);
  const status = last.getStatus();
  const failures = last.getFailures() || 0;
  if (status !== Status.Success && status !== SOME_FAILED) throw failedStatus(server, operation, status);
  if (files.count === 0 && failures === 0)
    throw new TesseraError('not-found', 'has nothing of these UIDs, or sent nothing.', {
      subject: nameOf(server),
      advice: 'Look for it with tessera pacs find.',
    });
  const wanted = Math.max(expected ?? 0, failures + files.count, last.getCompleted() || 0);
  if (files.count < wanted) throw incomplete(server, files, wanted);
  return files;
}

function incomplete(server: DimseServer, { count, written }: ReceivedFiles, wanted: number): TesseraError {
  return new TesseraError('server-failed', `sent ${count} of ${wanted} files. ${written.length} whole files were written and are kept.`, {
    subject: nameOf(server),
    advice: 'Run it again: what is there already is not written twice. Kinds that are not offered over C-GET come with --move.',
  });
}

function getRequest({ study, series, instance }: PacsTarget): dimse.requests.CGetRequest {
  if (series === undefined) return CGetRequest.createStudyGetRequest(study);
  if (instance === undefined) return CGetRequest.createSeriesGetRequest(study, series);
  return CGetRequest.createImageGetRequest(study, series, instance);
}

function moveRequest(aet: string, { study, series, instance }: PacsTarget): dimse.requests.CMoveRequest {
  if (series === undefined) return CMoveRequest.createStudyMoveRequest(aet, study);
  if (instance === undefined) return CMoveRequest.createSeriesMoveRequest(aet, study, series);
  return CMoveRequest.createImageMoveRequest(aet, study, series, instance);
}

function getContexts(): OfferedContext[] {
  const model = { abstractSyntax: SopClass.StudyRootQueryRetrieveInformationModelGet, transferSyntaxes: [IMPLICIT_LITTLE] };
  return [
    model,
    ...retrievable().map(({ sopClass, transferSyntaxes }) => ({ abstractSyntax: sopClass, transferSyntaxes, storesHere: true })),
  ];
}

/** Listens while the PACS is asked to send, and no longer. Files that were not asked for are refused. */
async function move(
  server: DimseServer,
  listen: NonNullable<RetrieveJob['listen']>,
  request: dimse.requests.Request,
  files: ReceivedFiles,
  task: Task,
): Promise<void> {
  let failure: unknown;
  const ended = new AbortController();
  const failed = (error: unknown): void => {
    // A file of something else may be meant for another program here; it was refused and is no reason to stop.
    if (error instanceof TesseraError && error.code === 'server-failed') return;
    failure ??= error;
    ended.abort();
  };
  const sockets = new Set<{ destroy(): unknown }>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const peer = new ReceivingPeer(socket, { timeoutSeconds: server.timeoutSeconds, aet: server.aet, files, failed });
    peer.on('networkError', () => socket.destroy());
  });
  listener.maxConnections = MOST_CONNECTIONS;
  await opened(listener, listen);
  const contexts = [{ abstractSyntax: SopClass.StudyRootQueryRetrieveInformationModelMove, transferSyntaxes: [IMPLICIT_LITTLE] }];
  try {
    await associate(server, contexts, [request], { ...task, signal: AbortSignal.any([task.signal, ended.signal]) });
  } catch (error) {
    throw failure ?? error;
  } finally {
    listener.close();
    for (const socket of sockets) socket.destroy();
  }
}

function opened(listener: Server, { port, host }: NonNullable<RetrieveJob['listen']>): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.on('error', (cause) =>
      reject(
        new TesseraError('no-connection', `port ${port} cannot be listened to (${'code' in cause ? String(cause.code) : cause.message}).`, {
          subject: '--listen-port',
          advice: 'Another program may have it; give the port that the PACS knows for this AE title.',
          cause,
        }),
      ),
    );
    listener.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}
