import dimse from 'dcmjs-dimse';
import { connect } from 'node:net';
import { cancelled, type Task } from '../../base/task.ts';
import type { ReceivedFiles } from '../received-files.ts';
import { aborted, networkError, rejection } from './dimse-errors.ts';
import { ReceivingPeer } from './receiving-peer.ts';
import type { DimseServer } from './server.ts';

/** What may be done over an association, and in which encodings. */
export interface OfferedContext {
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
  /** The PACS may store here by it (C-GET). */
  readonly storesHere?: boolean;
}

export interface Association {
  /** Ends it early, without an error. */
  end(): void;
}

/**
 * Opens an association, makes requests one after another, and releases it. Answers are heard by listeners of the requests.
 * @param files where files go that the PACS stores over it
 * @param accepted told before the first request
 * @throws TesseraError `no-connection`, `not-allowed`, `timeout`, `server-failed`, `cancelled`; what keeping a file throws
 */
export function associate(
  server: DimseServer,
  contexts: readonly OfferedContext[],
  requests: readonly dimse.requests.Request[],
  { signal }: Task,
  files?: ReceivedFiles,
  accepted: (control: Association) => void = () => undefined,
): Promise<void> {
  const { host, port, aet, calledAet, timeoutSeconds } = server;
  return new Promise((resolve, reject) => {
    let socketError: unknown;
    const abort = (): void => fail(networkError(server, undefined, false, signal));
    const leave = (): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
    };
    const fail = (error: unknown): void => {
      leave();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const end = (): void => {
      leave();
      resolve();
    };
    // Before the peer listens, so that the reason is known when the peer speaks.
    const socket = connect({ host, port }).on('error', (error) => (socketError = error));
    const peer = new ReceivingPeer(socket, { timeoutSeconds, aet, failed: fail, ...(files === undefined ? {} : { files }) });
    signal.addEventListener('abort', abort, { once: true });
    peer.on('connect', () => peer.sendAssociationRequest(association(aet, calledAet, contexts)));
    peer.on('associationAccepted', () => {
      accepted({ end });
      peer.sendRequests([...requests]);
    });
    peer.on('associationRejected', (why: { result: number; source: number; reason: number }) => fail(rejection(server, why)));
    peer.on('done', () => peer.sendAssociationReleaseRequest());
    peer.on('associationReleaseResponse', end);
    peer.on('abort', () => fail(signal.aborted ? cancelled() : aborted(server)));
    peer.on('networkError', (error: Error) => fail(networkError(server, socketError ?? error, /timeout/i.test(error.message), signal)));
    peer.on('close', () =>
      fail(socketError === undefined && !signal.aborted ? aborted(server) : networkError(server, socketError, false, signal)),
    );
    if (signal.aborted) abort();
  });
}

function association(aet: string, calledAet: string, contexts: readonly OfferedContext[]): dimse.association.Association {
  const made = new dimse.association.Association(aet, calledAet);
  for (const { abstractSyntax, transferSyntaxes, storesHere = false } of contexts) {
    const id = made.addPresentationContext(abstractSyntax);
    for (const syntax of transferSyntaxes) made.addTransferSyntaxToPresentationContext(id, syntax);
    if (storesHere) made.getPresentationContext(id).setProviderRole(true);
  }
  return made;
}
