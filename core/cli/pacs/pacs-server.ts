import { readFileSync } from 'node:fs';
import { TesseraError } from '../../base/errors.ts';
import type { Task } from '../../base/task.ts';
import {
  checkAeTitle,
  checkSecrecy,
  runDimse,
  Secret,
  webEcho,
  webFind,
  webGet,
  webSend,
  webServerUrl,
  type DimseServer,
  type OutgoingFile,
  type PacsAnswer,
  type PacsQuery,
  type PacsTarget,
  type Received,
  type Sent,
  type TlsOptions,
  type WebServer,
} from '../../pacs/index.ts';
import { credentialsOf, type CredentialOptions } from './secrets.ts';

/** Options that name a PACS and how to talk to it. */
export interface ServerOptions extends CredentialOptions {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly aet: string;
  readonly calledAet?: string;
  readonly timeout: number;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly plainHttp: boolean;
  readonly move: boolean;
  readonly listenPort?: number;
  readonly listenHost?: string;
}

/** A PACS, whichever way it is talked to. */
export interface Pacs {
  readonly protocol: 'dicomweb' | 'dimse';
  /** @returns milliseconds */
  echo(task: Task): Promise<number>;
  find(query: PacsQuery, task: Task): Promise<PacsAnswer>;
  get(target: PacsTarget, folder: string, mostBytes: number, task: Task): Promise<Received>;
  send(files: readonly OutgoingFile[], task: Task): Promise<Sent>;
}

/** @throws TesseraError `usage` or `bad-setting` for options that do not name a PACS, or do not go together */
export async function pacsOf(options: ServerOptions, signal: AbortSignal): Promise<Pacs> {
  if (options.url !== undefined && options.host !== undefined)
    throw usage('--url and --host cannot go together.', 'Give --url for DICOMweb, or --host, --port and --called-aet for DIMSE.');
  if (options.url !== undefined) return overWeb(await webServerOf(options.url, options, signal));
  if (options.host === undefined)
    throw usage('which PACS is not said.', 'Give --url https://pacs.example/dicom-web, or --host, --port and --called-aet.');
  return overDimse(dimseServerOf(options.host, options), options);
}

async function webServerOf(address: string, options: ServerOptions, signal: AbortSignal): Promise<WebServer> {
  refuse(options, ['port', 'calledAet', 'listenPort', 'listenHost'], 'is for DIMSE.', 'Leave it out with --url.');
  if (options.move) throw usage('--move is for DIMSE.', 'Leave it out with --url.');
  const url = webServerUrl(address);
  const tls = tlsOf(options);
  const credentials = await credentialsOf(options, signal);
  const server = { url, timeoutSeconds: options.timeout, tls, ...(credentials === undefined ? {} : { credentials }) };
  checkSecrecy(server, options.plainHttp);
  return server;
}

function tlsOf({ ca, cert, key }: ServerOptions): TlsOptions {
  if ((cert === undefined) !== (key === undefined)) throw usage('--cert and --key go together.', 'Give both.');
  const passphrase = process.env['TESSERA_PACS_KEY_PASSPHRASE'] ?? '';
  return {
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(cert === undefined ? {} : { certificate: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    ...(passphrase === '' ? {} : { passphrase: new Secret(passphrase) }),
  };
}

function pem(path: string): Buffer {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    throw new TesseraError('not-found', 'cannot be read.', { subject: path, advice: 'Check the path and who may read it.', cause });
  }
  // Node takes anything and trusts nobody then, which says nothing of the file.
  if (content.includes('-----BEGIN ')) return content;
  throw new TesseraError('bad-file', 'is no PEM file.', {
    subject: path,
    advice: 'It begins with -----BEGIN; others can be converted with openssl.',
  });
}

function dimseServerOf(host: string, options: ServerOptions): DimseServer {
  refuse(
    options,
    ['user', 'passwordFd', 'tokenFd', 'ca', 'cert', 'key'],
    'is for DICOMweb.',
    'Leave it out with --host; DIMSE is not encrypted here.',
  );
  const { port, aet, calledAet, timeout } = options;
  if (port === undefined || calledAet === undefined)
    throw usage('--host needs --port and --called-aet.', 'Who runs the PACS knows both; ports are often 104, 4242 or 11112.');
  if (options.move && options.listenPort === undefined)
    throw usage('--move needs --listen-port.', 'It is the port that the PACS knows for this AE title.');
  checkAeTitle(aet, '--aet');
  checkAeTitle(calledAet, '--called-aet');
  return { host, port, aet, calledAet, timeoutSeconds: timeout };
}

function refuse(options: ServerOptions, names: readonly (keyof ServerOptions)[], message: string, advice: string): void {
  const name = names.find((one) => options[one] !== undefined);
  if (name === undefined) return;
  throw usage(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${message}`, advice);
}

const usage = (message: string, advice: string): TesseraError => new TesseraError('usage', message, { advice });

function overWeb(server: WebServer): Pacs {
  return {
    protocol: 'dicomweb',
    echo: (task) => webEcho(server, task),
    find: (query, task) => webFind(server, query, task),
    get: (target, folder, mostBytes, task) => webGet(server, target, folder, mostBytes, task),
    send: (files, task) => webSend(server, files, task),
  };
}

function overDimse(server: DimseServer, { move, listenPort, listenHost }: ServerOptions): Pacs {
  const listen =
    move && listenPort !== undefined ? { listen: { port: listenPort, ...(listenHost === undefined ? {} : { host: listenHost }) } } : {};
  return {
    protocol: 'dimse',
    echo: (task) => runDimse({ kind: 'echo', server }, task),
    find: (query, task) => runDimse({ kind: 'find', server, query }, task),
    get: (target, folder, mostBytes, task) => runDimse({ kind: 'get', server, target, folder, mostBytes, ...listen }, task),
    send: (files, task) => runDimse({ kind: 'send', server, files }, task),
  };
}
