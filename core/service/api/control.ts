import * as z from 'zod';
import { id } from './common.ts';
import { errorDocument } from './errors.ts';

// What the desktop shell (electron/) and the host that it starts say to each other:
//
// 1. The shell starts `tessera serve --socket PATH [--workspace DIR]` with pipes for standard input and output.
// 2. It writes the control secret as the first line of the host's standard input and keeps that open. Its end means that the shell is gone
//    or done: the host finishes what it must and exits.
// 3. The host writes one line of JSON to standard output: a `hostReady` when it listens, or a `hostRefused` before it exits.
// 4. The shell alone calls `/control/…` on the socket, with the secret in a header. Its proxy for the page passes on neither.

/** Name of the header that carries the control secret. */
export const CONTROL_HEADER = 'x-tessera-control';

/** 32 random bytes in hexadecimal digits. */
export const controlSecret = z.string().regex(/^[0-9a-f]{64}$/);

export const hostReady = z.object({ ready: z.literal(true), version: z.string() });
export const hostRefused = z.object({ ready: z.literal(false), error: errorDocument });
/** The first line of the host's standard output. */
export const hostGreeting = z.discriminatedUnion('ready', [hostReady, hostRefused]);
export type HostGreeting = z.infer<typeof hostGreeting>;

/** POST /control/sources: absolute paths of files and folders the user chose; answered with a `newSource`, whose id the page may use. */
export const sourcesRequest = z.object({ paths: z.array(z.string().min(1).max(32_768)).min(1).max(100_000) });
export type SourcesRequest = z.infer<typeof sourcesRequest>;

/** POST /control/locate: where something of the workspace lies on the disk, to be shown in the system's file manager. */
export const locateRequest = z.discriminatedUnion('what', [
  z.object({ what: z.literal('workspace') }),
  z.object({ what: z.literal('scan'), id }),
  z.object({ what: z.literal('model'), id }),
]);
export type LocateRequest = z.infer<typeof locateRequest>;

export const located = z.object({ path: z.string() });
export type Located = z.infer<typeof located>;
