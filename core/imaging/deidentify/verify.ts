import { isSequence, PIXEL_DATA_TAG, type DicomElement, type LeafElement } from './element.ts';
import type { Identifiers } from './identifiers.ts';
import { contains } from './search.ts';
import { textOf } from './value.ts';

/** Texts at least this long do not stand in pixels by chance. */
const SHORTEST_IN_PIXELS = 8;

/**
 * Searches the bytes of a de-identified object for everything that was taken out of it.
 * @param bytes the object as it will lie on disk, inflated
 * @param elements the same, parsed again; their values are views of `bytes`
 * @param generated texts that were put in, in small letters; they may by chance equal something that was taken out
 * @returns how many identifiers survive
 */
export function survivors(bytes: Buffer, elements: readonly DicomElement[], found: Identifiers, generated: string): number {
  const leaves = leavesOf(elements);
  const pixels = leaves.filter(({ tag, vr }) => tag === PIXEL_DATA_TAG || /^O[BWFDLV]$/.test(vr));
  const uids = leaves.filter((leaf) => leaf.vr === 'UI' && textOf(leaf).startsWith('2.25.'));
  const numbers = leaves.filter(({ vr }) => vr === 'DS' || vr === 'IS');
  // Digits of replaced UIDs are random; short runs of digits stand in measured numbers by chance.
  const text = withoutValues(bytes, [...pixels, ...uids]);
  const short = withoutValues(bytes, [...pixels, ...uids, ...numbers]);

  let count = 0;
  for (const identifier of new Set([...found.strong, ...found.weak])) {
    if (contains(generated, identifier)) continue;
    const digits = /^[\d.]+$/.test(identifier);
    if (contains(digits && identifier.length < SHORTEST_IN_PIXELS ? short : text, identifier)) count++;
    else if (found.strong.has(identifier) && identifier.length >= SHORTEST_IN_PIXELS && inPixels(pixels, identifier)) count++;
  }
  return count + survivingUids(withoutValues(bytes, pixels), found.uids);
}

/** UIDs that stand in a text, also with something appended. */
function survivingUids(text: string, uids: ReadonlySet<string>): number {
  const surviving = new Set<string>();
  for (const [token] of text.matchAll(/\d+(?:\.\d+)+/g))
    for (let end = token.length; end > 0; end = token.lastIndexOf('.', end - 1)) {
      const part = token.slice(0, end);
      if (uids.has(part)) surviving.add(part);
    }
  for (const uid of uids) if (/[^\d.]/.test(uid) && contains(text, uid)) surviving.add(uid);
  return surviving.size;
}

function inPixels(pixels: readonly LeafElement[], identifier: string): boolean {
  const wanted = Buffer.from(identifier, 'latin1');
  return pixels.some(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(wanted));
}

/** Bytes as text, a byte a character and in small letters, with a blank for some values. */
function withoutValues(bytes: Buffer, leaves: readonly LeafElement[]): string {
  const spans = leaves
    .map((leaf) => ({ start: leaf.bytes.byteOffset - bytes.byteOffset, length: leaf.bytes.byteLength }))
    .sort((a, b) => a.start - b.start);
  const parts: string[] = [];
  let at = 0;
  for (const { start, length } of spans) {
    parts.push(bytes.toString('latin1', at, start));
    at = start + length;
  }
  parts.push(bytes.toString('latin1', at));
  return parts.join('\n').toLowerCase();
}

export function leavesOf(elements: readonly DicomElement[]): LeafElement[] {
  return elements.flatMap((element) => (isSequence(element) ? element.items.flatMap(leavesOf) : [element]));
}
