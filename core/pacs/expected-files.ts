import { isTesseraError, TesseraError } from '../base/errors.ts';
import type { PacsAnswer, PacsQuery, PacsTarget } from './query.ts';

/**
 * How many files a PACS says it has of what is asked for, so that a short answer is noticed.
 * @param find asks the PACS
 * @param subject the PACS, for errors
 * @returns undefined when it does not say; a PACS may give files and answer no queries
 * @throws TesseraError `not-found` when it answers that it has nothing; what keeps it from answering at all
 */
export async function expectedFiles(
  find: (query: PacsQuery) => Promise<PacsAnswer>,
  { study, series, instance }: PacsTarget,
  subject: string,
): Promise<number | undefined> {
  const level = instance !== undefined ? 'instance' : series !== undefined ? 'series' : 'study';
  const filters = {
    StudyInstanceUID: study,
    ...(series === undefined ? {} : { SeriesInstanceUID: series }),
    ...(instance === undefined ? {} : { SOPInstanceUID: instance }),
  };
  let match;
  try {
    [match] = (await find({ level, filters, limit: 1 })).matches;
  } catch (error) {
    if (isTesseraError(error) && mayStillGive.has(error.code)) return undefined;
    throw error;
  }
  if (match === undefined)
    throw new TesseraError('not-found', `has no such ${level}.`, { subject, advice: 'Look for it with tessera pacs find.' });
  if (level === 'instance') return 1;
  const count = Number(match[level === 'study' ? 'NumberOfStudyRelatedInstances' : 'NumberOfSeriesRelatedInstances']);
  return Number.isInteger(count) && count > 0 ? count : undefined;
}

const mayStillGive: ReadonlySet<string> = new Set(['server-failed', 'not-found', 'no-connection']);
