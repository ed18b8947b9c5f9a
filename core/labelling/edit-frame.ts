import { TesseraError } from '../base/errors.ts';
import { decodeDelta, encodeDelta } from './delta-bytes.ts';
import type { LabelDelta } from './label-delta.ts';

/** A change of labels as it travels between page and host: what is said about it, and the voxels that change. */
export interface Edit {
  /** Anything that JSON can say; whoever reads it checks it. */
  readonly json: unknown;
  readonly delta: LabelDelta;
}

export const EDIT_TYPE = 'application/vnd.tessera.edit';
/** Bytes of a frame. The change of a brush takes some kilobytes. */
export const MOST_EDIT_BYTES = 64 * 1024 ** 2;
/** Bytes of its JSON text: a table of 65,535 segments fits. */
export const MOST_EDIT_JSON_BYTES = 16 * 1024 ** 2;
/** Bytes of the length in front. */
const HEAD = 4;

/** u32 length of a JSON text, little-endian; the text in UTF-8; the delta as `encodeDelta` writes it. @throws TesseraError `too-large` */
export function encodeEdit(json: unknown, delta: LabelDelta): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const voxels = encodeDelta(delta);
  const bytes = new Uint8Array(HEAD + text.length + voxels.length);
  checkSize(bytes.length, text.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, HEAD);
  bytes.set(voxels, HEAD + text.length);
  return bytes;
}

/**
 * The edit of a frame. Whether its delta fits a label map is told when it is applied.
 * @throws TesseraError `too-large`; `bad-setting` when it is cut short or its text is no JSON; `bad-labels` when what follows is no delta
 */
export function decodeEdit(bytes: Uint8Array): Edit {
  if (bytes.length < HEAD) throw badFrame('is cut short');
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  checkSize(bytes.length, length);
  if (HEAD + length > bytes.length) throw badFrame('is cut short');
  const json = parsed(bytes.subarray(HEAD, HEAD + length));
  const delta = decodeDelta(bytes.subarray(HEAD + length));
  if (delta === undefined) throw new TesseraError('bad-labels', 'The change of labels cannot be read.', { advice: 'Repeat the change.' });
  return { json, delta };
}

function parsed(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (cause) {
    throw badFrame('has a text that is no JSON', cause);
  }
}

function checkSize(frame: number, json: number): void {
  if (frame > MOST_EDIT_BYTES || json > MOST_EDIT_JSON_BYTES)
    throw new TesseraError('too-large', `The change of labels takes ${frame} bytes, its description ${json}.`, {
      advice: 'Make the change in parts, or smooth what it makes.',
    });
}

function badFrame(what: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-setting', `The frame of the edit ${what}.`, { subject: 'edit', advice: 'Repeat the change.', cause });
}
