import { isIP } from 'node:net';
import { TesseraError } from '../../base/errors.ts';
import type { Credentials, Secret } from '../secret.ts';

/** A DICOMweb server (PS3.18) and how to talk to it. */
export interface WebServer {
  /** The root under which `/studies` lies. */
  readonly url: URL;
  readonly credentials?: Credentials;
  readonly tls?: TlsOptions;
  /** Seconds without an answer or without progress after which a request is given up. */
  readonly timeoutSeconds: number;
}

/** Contents of PEM files. */
export interface TlsOptions {
  /** Authorities to trust instead of the system's. */
  readonly ca?: Buffer;
  /** What this client proves itself with, if the server asks. */
  readonly certificate?: Buffer;
  readonly key?: Buffer;
  readonly passphrase?: Secret;
}

/**
 * Reads the address of a DICOMweb server.
 * @throws TesseraError `bad-setting`; the text of the address is not repeated when it holds a password
 */
export function webServerUrl(text: string): URL {
  const wrong = (message: string, advice: string): TesseraError => new TesseraError('bad-setting', message, { subject: '--url', advice });
  const example = 'Give the root of DICOMweb, such as https://pacs.example/dicom-web.';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong('is no address.', example);
  }
  if (url.username !== '' || url.password !== '')
    throw wrong('holds a user or password, which others can see there.', 'Leave it out and give --user; the password is asked for.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong(`cannot be ${url.protocol}//.`, example);
  if (url.search !== '' || url.hash !== '') throw wrong('has a ? or # in it.', example);
  return url;
}

/**
 * Keeps a password from crossing a network in the clear.
 * @throws TesseraError `bad-setting` for credentials with http:// to another machine, unless `plainHttp`
 */
export function checkSecrecy({ url, credentials }: WebServer, plainHttp: boolean): void {
  if (credentials === undefined || url.protocol === 'https:' || plainHttp || isLoopback(url.hostname)) return;
  throw new TesseraError('bad-setting', 'is http://: everyone on the way could read the password.', {
    subject: '--url',
    advice: 'Use https://, or say --plain-http if that network is trusted.',
  });
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
