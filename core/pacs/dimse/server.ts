import { TesseraError } from '../../base/errors.ts';

/** A PACS that speaks DIMSE (PS3.7, PS3.8), and as who to talk to it. */
export interface DimseServer {
  readonly host: string;
  readonly port: number;
  /** AE title of this program. */
  readonly aet: string;
  /** AE title of the PACS. */
  readonly calledAet: string;
  /** Seconds without an answer or without progress after which it is given up. */
  readonly timeoutSeconds: number;
}

/** @throws TesseraError `bad-setting` for what is no AE title (PS3.5 table 6.2-1) */
export function checkAeTitle(title: string, subject: string): void {
  if (/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(title) && title.trim() === title) return;
  throw new TesseraError('bad-setting', 'is no AE title.', { subject, advice: 'It has 1 to 16 plain characters, without backslash.' });
}

/** How errors name it. */
export const nameOf = ({ host, port, calledAet }: DimseServer): string => `${host}:${port} (${calledAet})`;
