import { availableParallelism } from 'node:os';
import { TesseraError } from '../base/errors.ts';
import { cancelled } from '../base/task.ts';
import { SECONDS_A_PICTURE } from './decode-limits.ts';
import { decodePicture, type PictureJob } from './decode-picture.ts';
import { DecodePool, ProcessLost, type Loss } from './decode-pool.ts';
import type { DecodeJob } from './decode-process-child.ts';

/** A second process is worth its start when so many pictures wait. */
const WORTH_ANOTHER = 8;

let pool: DecodePool | undefined;
let apart = true;

/** From now on pictures are decoded in this process, for it is itself a decode process. */
export function decodeHereFromNowOn(): void {
  apart = false;
}

/**
 * Decodes a compressed picture in a child process with bounded memory and time. Whatever is in the picture, it ends at most that process.
 * Run from TypeScript source by a Node that cannot load it (tests), decoding happens in this process.
 * @param subject the file, for the error
 * @returns columns · rows pixels in little-endian order
 * @throws TesseraError `bad-file` when the picture is damaged or takes too much memory or time; `cancelled` by `signal`
 */
export async function decodeApart(job: PictureJob, bytes: Uint8Array, subject: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (signal?.aborted === true) throw cancelled();
  const program = decodeProgram();
  try {
    if (program === undefined || !apart) return await decodePicture(job, bytes);
    pool ??= new DecodePool({ program, most: Math.min(2, availableParallelism()), worthAnother: WORTH_ANOTHER });
    const head: DecodeJob = { kind: 'picture', picture: job };
    const answer = await pool.run(head, bytes, { seconds: SECONDS_A_PICTURE, signal });
    if (isOk(answer.head)) return answer.body;
  } catch (cause) {
    if (cause instanceof TesseraError) throw cause;
    throw damaged(subject, cause instanceof ProcessLost ? reasons[cause.why] : 'are damaged', cause);
  }
  throw damaged(subject, 'are damaged');
}

/** The program of decode processes beside this file, compiled as this file is; undefined where Node cannot load it. */
export function decodeProgram(): URL | undefined {
  const source = import.meta.url.endsWith('.ts');
  if (source && !('typescript' in process.features && process.features.typescript)) return undefined;
  return new URL(source ? './decode-process-child.ts' : './decode-process-child.js', import.meta.url);
}

export function isOk(head: unknown): boolean {
  return typeof head === 'object' && head !== null && 'ok' in head && head.ok === true;
}

const reasons: Readonly<Record<Loss, string>> = {
  time: `are not decoded within ${SECONDS_A_PICTURE} s`,
  memory: 'take more memory than is allowed',
  died: 'take more memory than is allowed, or end the decoder',
};

function damaged(subject: string, what: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-file', `holds compressed pixels that ${what}.`, {
    subject,
    advice: 'Copy or export it again, uncompressed if you can.',
    cause,
  });
}
