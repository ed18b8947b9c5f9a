import { TesseraError } from '../../base/errors.ts';
import type { Task } from '../../base/task.ts';
import { answeredTags, checkUid, type FilterKeyword, type PacsAnswer, type PacsQuery, type PacsMatch } from '../query.ts';
import { DicomJsonError, readDicomJson, textOf, type DicomJson } from './dicom-json.ts';
import { addressOf, webRequest } from './request.ts';
import type { WebServer } from './server.ts';

const LARGEST_ANSWER = 64 * 1024 ** 2;

/** Asks for one study and throws the answer away: address, credentials and certificates are right. @returns milliseconds */
export async function webEcho(server: WebServer, task: Task): Promise<number> {
  const started = performance.now();
  await webFind(server, { level: 'study', filters: {}, limit: 1 }, task);
  return performance.now() - started;
}

/**
 * QIDO-RS (PS3.18 10.6).
 * @throws TesseraError of {@link webRequest}; `bad-setting` for what is no UID
 */
export async function webFind(server: WebServer, query: PacsQuery, { signal }: Task): Promise<PacsAnswer> {
  const { path, left } = pathOf(query);
  const parameters = new URLSearchParams();
  for (const [keyword, value] of Object.entries(left)) parameters.set(keyword, value);
  for (const keyword of Object.keys(answeredTags[query.level])) parameters.append('includefield', keyword);
  // One more than wanted tells whether there are more.
  parameters.set('limit', String(query.limit + 1));
  const answer = await webRequest(server, { method: 'GET', path, query: parameters, accept: 'application/dicom+json' }, signal);
  try {
    const found = await readDicomJson(answer, LARGEST_ANSWER);
    return { matches: found.slice(0, query.limit).map((dataSet) => matchOf(dataSet, query)), more: found.length > query.limit };
  } catch (cause) {
    if (!(cause instanceof DicomJsonError)) throw cause;
    throw new TesseraError('server-failed', `answers a query with what ${cause.message}.`, {
      subject: addressOf(server.url),
      advice: 'Check that --url is the root of DICOMweb, and make the query narrower.',
      cause,
    });
  }
}

/** Study and series are named in the path, as every server must take them; other filters stay. */
function pathOf({ level, filters }: PacsQuery): { readonly path: string; readonly left: Partial<Record<FilterKeyword, string>> } {
  const { StudyInstanceUID: study, SeriesInstanceUID: series, ...left } = filters;
  if (study !== undefined) checkUid(study, '--study');
  if (series !== undefined) checkUid(series, '--series');
  const last = { study: 'studies', series: 'series', instance: 'instances' }[level];
  if (level === 'study' || study === undefined) return { path: `/${last}`, left: filters };
  if (level === 'series' || series === undefined)
    return { path: `/studies/${study}/${last}`, left: series === undefined ? left : { ...left, SeriesInstanceUID: series } };
  return { path: `/studies/${study}/series/${series}/${last}`, left };
}

function matchOf(dataSet: DicomJson, { level, filters }: PacsQuery): PacsMatch {
  // Servers may leave out what the path has said.
  const said = Object.entries(filters).filter(([keyword]) => keyword === 'StudyInstanceUID' || keyword === 'SeriesInstanceUID');
  const answered = Object.entries({ ...answeredTags[level] }).flatMap(([keyword, tag]): [string, string][] => {
    const text = textOf(dataSet, tag);
    return text === undefined ? [] : [[keyword, text]];
  });
  return { ...Object.fromEntries(said), ...Object.fromEntries(answered) };
}
