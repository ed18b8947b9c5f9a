import { Agent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { HostDoor } from './host-run.ts';

const agent = new Agent({ keepAlive: true });

export interface HostRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Request['body'];
  readonly signal?: AbortSignal;
}

/** Sends a request over the host's socket; the answer's body is still on its way. @throws Error of Node when the host cannot be reached */
export function requestHost({ socketPath }: HostDoor, { method, path, headers, body, signal }: HostRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { socketPath, agent, method, path, headers: { ...headers, host: 'app' } };
    const sent = httpRequest(signal === undefined ? options : { ...options, signal }, resolve).on('error', reject);
    if (body === undefined || body === null || typeof body === 'string') sent.end(body ?? undefined);
    else
      Readable.fromWeb(body)
        .on('error', (error) => sent.destroy(error))
        .pipe(sent);
  });
}
