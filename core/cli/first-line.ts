import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The first line of a stream, and the end of the stream. What comes after the line is thrown away. */
export function firstLine(stream: Readable): { readonly line: Promise<string>; readonly ended: Promise<void> } {
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  const ended = new Promise<void>((resolve) => lines.once('close', resolve));
  const line = Promise.race([new Promise<string>((resolve) => lines.once('line', resolve)), ended.then(() => '')]);
  return { line, ended };
}
