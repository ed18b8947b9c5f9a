import type { Socket } from 'node:net';
import { TesseraError } from '../../base/errors.ts';

/** We ask for pieces of 256 KiB at most (PS3.8 D.1); negotiations are shorter. */
const LONGEST_PDU = 4 * 1024 ** 2;
const HEAD_BYTES = 6;

/**
 * Ends a connection on which a message (PDU, PS3.8 9.3) is announced that is longer than any should be: dcmjs-dimse would gather it in
 * memory, whatever length it says it has.
 */
export function guardPdus(socket: Socket): void {
  const head = Buffer.alloc(HEAD_BYTES);
  let headBytes = 0;
  let left = 0;
  socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length;) {
      if (left > 0) {
        const step = Math.min(left, bytes.length - at);
        left -= step;
        at += step;
        continue;
      }
      head[headBytes++] = bytes[at++] ?? 0;
      if (headBytes < HEAD_BYTES) continue;
      headBytes = 0;
      left = head.readUInt32BE(2);
      if (left <= LONGEST_PDU) continue;
      socket.destroy(
        new TesseraError('server-failed', 'sends what is no DICOM message.', {
          subject: `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`,
          advice: 'Check that this is the DIMSE port.',
        }),
      );
      return;
    }
  });
}
