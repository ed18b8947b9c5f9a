import { isTesseraError, TesseraError, type ErrorCode } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';

type Told = readonly [code: ErrorCode, message: string, advice: string];

const certificateAdvice = 'Give the file of the authority that signed it with --ca; ask who runs the server for it.';
const untrusted: Told = ['no-connection', 'shows a certificate that no trusted authority has signed.', certificateAdvice];
const portAdvice = 'Check https:// or http:// and the port.';
const brokenOff: Told = ['no-connection', 'broke the connection off.', 'Try again; if it stays, ask who runs the server.'];

/** What Node says of a connection that failed, in words. */
const byCode: Readonly<Record<string, Told>> = {
  ECONNREFUSED: ['no-connection', 'nobody listens there.', 'Check host and port, and that the server runs.'],
  ENOTFOUND: ['no-connection', 'there is no host of that name.', 'Check the name, and the network.'],
  EAI_AGAIN: ['no-connection', 'the name of the host cannot be looked up.', 'Check the network.'],
  EHOSTUNREACH: ['no-connection', 'the host cannot be reached.', 'Check the network.'],
  ENETUNREACH: ['no-connection', 'the host cannot be reached.', 'Check the network.'],
  ETIMEDOUT: ['timeout', 'the host does not answer.', 'Check host, port and firewall.'],
  ECONNRESET: brokenOff,
  EPIPE: brokenOff,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: [
    'no-connection',
    'shows a certificate that has expired.',
    'Ask who runs the server to renew it; check the clock here.',
  ],
  CERT_NOT_YET_VALID: ['no-connection', 'shows a certificate that is not valid yet.', 'Check the clock here.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'no-connection',
    'shows a certificate of another host.',
    'Use the name that the certificate has, or ask who runs the server.',
  ],
  EPROTO: ['no-connection', 'does not speak TLS here, or refuses this client.', `${portAdvice} A server may ask for --cert and --key.`],
};

/** A failed request as the user is told it. @param subject the server's address, without a query */
export function connectionError(cause: unknown, subject: string, signal: AbortSignal): TesseraError {
  if (signal.aborted) return cancelled();
  if (isTesseraError(cause)) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [kind, message, advice] = byCode[code] ?? byPrefix(code);
  return new TesseraError(kind, message, { subject, advice, cause });
}

function byPrefix(code: string): Told {
  if (code.startsWith('ERR_OSSL_'))
    return ['bad-file', `--ca, --cert or --key cannot be used (${code}).`, 'Give PEM files that belong together.'];
  if (/^ERR_SSL_WRONG_VERSION_NUMBER|^ERR_SSL_PACKET_LENGTH/.test(code)) return ['no-connection', 'does not speak TLS here.', portAdvice];
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return ['no-connection', `refuses this TLS connection (${code}).`, 'The server may ask for a certificate of yours: --cert and --key.'];
  if (code.startsWith('HPE_')) return ['server-failed', 'does not speak HTTP here.', `${portAdvice} For DIMSE give --host and --port.`];
  return ['no-connection', `cannot be talked to${code === '' ? '' : ` (${code})`}.`, 'Check the address and the network.'];
}

/** An HTTP status that is no success, as the user is told it. Nothing of the answer's text is repeated: it may name patients. */
export function statusError(status: number, subject: string, withCredentials: boolean): TesseraError {
  const error = (code: ErrorCode, message: string, advice: string): TesseraError =>
    new TesseraError(code, `${message} (${status}).`, { subject, advice });
  switch (status) {
    case 401:
      return withCredentials
        ? error('not-allowed', 'does not accept the user and password, or the token', 'Check them.')
        : error('not-allowed', 'wants to know who asks', 'Give --user NAME; the password is asked for.');
    case 403:
      return error('not-allowed', 'does not allow this', 'Ask who runs the server for the right to it.');
    case 404:
      return error(
        'not-found',
        'has nothing there',
        'Check the UIDs, and that --url is the root of DICOMweb, such as https://pacs.example/dicom-web.',
      );
    case 413:
      return error('too-large', 'takes no message of this size', 'Send fewer or smaller files at a time.');
    case 406:
    case 415:
      return error('server-failed', 'cannot give or take DICOM files in this form', 'Use DIMSE (--host, --port) with this server.');
    case 408:
    case 504:
      return error('timeout', 'took too long', 'Try again later.');
    case 429:
    case 503:
      return error('server-failed', 'is too busy', 'Try again later.');
    default:
      return status >= 500
        ? error('server-failed', 'failed', 'Look into the log of the server.')
        : error('server-failed', 'refused the request', 'Check that --url is the root of DICOMweb and the filters are right.');
  }
}

export function tooSlow(subject: string, seconds: number): TesseraError {
  return new TesseraError('timeout', `did not answer, or stalled, for ${seconds} s.`, {
    subject,
    advice: 'Try again, or give it longer with --timeout.',
  });
}
