import type { OutgoingFile, Sent } from '../outgoing-files.ts';
import type { PacsAnswer, PacsQuery, PacsTarget } from '../query.ts';
import type { Received } from '../received-files.ts';
import type { DimseServer } from './server.ts';

/** What is asked of a PACS over one association. Plain data: it goes to a process of its own. */
export type DimseJob =
  | { readonly kind: 'echo'; readonly server: DimseServer }
  | { readonly kind: 'find'; readonly server: DimseServer; readonly query: PacsQuery }
  | RetrieveJob
  | { readonly kind: 'send'; readonly server: DimseServer; readonly files: readonly OutgoingFile[] };

/** C-GET: files come over the same connection. With `listen` C-MOVE: the PACS opens connections of its own to this machine. */
export interface RetrieveJob {
  readonly kind: 'get';
  readonly server: DimseServer;
  readonly target: PacsTarget;
  readonly folder: string;
  readonly mostBytes: number;
  readonly listen?: { readonly port: number; readonly host?: string };
}

export interface DimseResults {
  /** Milliseconds. */
  echo: number;
  find: PacsAnswer;
  get: Received;
  send: Sent;
}
