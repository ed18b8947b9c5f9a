import * as z from 'zod';
import { TesseraError } from '../base/errors.ts';
import { personName } from './work-list.ts';

// How long readers worked on a scan: on disk, on the wire and in the page. Nothing here needs Node.

/** One sitting: from opening a scan for labelling to leaving it. */
export const sitting = z.object({
  /** A random name, given by the window, so that the same time is never counted twice. */
  id: z.string().regex(/^[0-9a-f]{8,64}$/),
  reader: personName,
  /** In which something was done, of all that passed. */
  seconds: z.number().int().min(0).max(86_400),
  began: z.iso.datetime(),
  ended: z.iso.datetime(),
});
export type Sitting = z.infer<typeof sitting>;

export const MOST_SITTINGS = 5000;

export const readingTimes = z.object({ sequence: z.number().int().min(0), sittings: z.array(sitting).max(MOST_SITTINGS) });
export type ReadingTimesDocument = z.infer<typeof readingTimes>;

export const NO_TIMES: ReadingTimesDocument = { sequence: 0, sittings: [] };

/**
 * Notes how long a sitting has been until now. It only ever grows, so a late or repeated message takes nothing away.
 * @throws TesseraError `too-large`, `bad-setting` when the sitting is another reader's
 */
export function noteSitting(
  now: ReadingTimesDocument,
  { id, reader, seconds }: Pick<Sitting, 'id' | 'reader' | 'seconds'>,
  time: string,
): ReadingTimesDocument {
  const at = now.sittings.findIndex((other) => other.id === id);
  const before = now.sittings[at];
  if (before === undefined) {
    if (now.sittings.length >= MOST_SITTINGS)
      throw new TesseraError('too-large', `A scan has ${MOST_SITTINGS} sittings at most.`, {
        subject: 'reading times',
        advice: 'Switch the measuring of time off.',
      });
    const began = new Date(Date.parse(time) - seconds * 1000).toISOString();
    return { ...now, sittings: [...now.sittings, { id, reader, seconds, began, ended: time }] };
  }
  if (before.reader !== reader)
    throw new TesseraError('bad-setting', 'The sitting is that of another reader.', { subject: id, advice: 'Begin a new one.' });
  if (seconds <= before.seconds) return now;
  return { ...now, sittings: now.sittings.with(at, { ...before, seconds, ended: time }) };
}

/** Seconds of each reader. */
export function secondsByReader({ sittings }: ReadingTimesDocument): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const one of sittings) seconds.set(one.reader, (seconds.get(one.reader) ?? 0) + one.seconds);
  return seconds;
}
