import dimse from 'dcmjs-dimse';
import { TesseraError, type ErrorCode } from '../../base/errors.ts';
import { connectionError } from '../web/web-errors.ts';
import { nameOf, type DimseServer } from './server.ts';

const { RejectReason, RejectResult, RejectSource } = dimse.constants;

/** A PACS does not want to talk (A-ASSOCIATE-RJ, PS3.8 table 9-21). */
export function rejection(
  server: DimseServer,
  { result, source, reason }: { result: number; source: number; reason: number },
): TesseraError {
  const error = (code: ErrorCode, message: string, advice: string): TesseraError =>
    new TesseraError(code, message, { subject: nameOf(server), advice });
  if (source === RejectSource.ServiceUser && reason === RejectReason.CalledAeNotRecognized)
    return error('not-allowed', `is not called ${server.calledAet}.`, 'Give its AE title with --called-aet; who runs the PACS knows it.');
  if (source === RejectSource.ServiceUser && reason === RejectReason.CallingAeNotRecognized)
    return error(
      'not-allowed',
      `does not know this program as ${server.aet}.`,
      'Ask who runs the PACS to register that AE title for this machine, or give one that is with --aet.',
    );
  if (result === RejectResult.Transient) return error('server-failed', 'is too busy.', 'Try again later.');
  return error(
    'not-allowed',
    `refuses the connection (source ${source}, reason ${reason}).`,
    'Check --aet and --called-aet; some servers say no more than this. Ask who runs the PACS.',
  );
}

/** A PACS ended the connection in the middle (A-ABORT), with no reason that means anything. */
export function aborted(server: DimseServer): TesseraError {
  return new TesseraError('no-connection', 'broke the connection off.', {
    subject: nameOf(server),
    advice: `Servers do so with those who may not ask: check --aet (${server.aet}) and --called-aet, and what the PACS allows to that AE title.`,
  });
}

/** @param stalled the library's own clocks have run out */
export function networkError(server: DimseServer, cause: unknown, stalled: boolean, signal: AbortSignal): TesseraError {
  const subject = nameOf(server);
  if (stalled && !signal.aborted)
    return new TesseraError('timeout', `did not answer, or stalled, for ${server.timeoutSeconds} s.`, {
      subject,
      advice: 'Check that this is the DIMSE port; try again, or give it longer with --timeout.',
      cause,
    });
  return connectionError(cause, subject, signal);
}

/** An operation ended with a status that is no success (PS3.4 C.4). */
export function failedStatus(server: DimseServer, what: string, status: number): TesseraError {
  const code = `0x${status.toString(16).padStart(4, '0')}`;
  const subject = nameOf(server);
  if (status === 0xa801)
    return new TesseraError('not-allowed', `does not know where ${server.aet} is (${code}).`, {
      subject,
      advice: 'Ask who runs the PACS to register that AE title with this machine and the port of --listen-port, or leave out --move.',
    });
  if (status === 0x0124)
    return new TesseraError('not-allowed', `does not allow this (${code}).`, {
      subject,
      advice: 'Ask who runs the PACS for the right to it.',
    });
  return new TesseraError('server-failed', `failed at ${what} (${code}).`, {
    subject,
    advice: 'Check the filters and UIDs; look into the log of the PACS.',
  });
}

/** The PACS does not offer an operation at all. */
export function notOffered(server: DimseServer, what: string): TesseraError {
  const advice =
    what === 'C-GET' ? 'Use --move with --listen-port, or DICOMweb (--url).' : 'Ask who runs the PACS whether this AE title may.';
  return new TesseraError('not-allowed', `does not offer ${what} to ${server.aet}.`, { subject: nameOf(server), advice });
}
