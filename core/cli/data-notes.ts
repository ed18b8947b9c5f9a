import { TesseraError } from '../base/errors.ts';
import type { Dataset } from '../imaging/index.ts';
import type { Session } from './session.ts';

const MOST_NOTES = 5;

/** The cases of a data folder; what was left out of it is told. @throws TesseraError as `findCases` */
export async function requireScans(session: Session, folder: string): Promise<Dataset> {
  const { findCases } = await import('../imaging/index.ts');
  const dataset = await findCases(folder);
  for (const { file, message } of dataset.problems.slice(0, MOST_NOTES)) session.note(`${file}: ${message}`);
  const more = dataset.problems.length - MOST_NOTES;
  if (more > 0) session.note(`… and ${more} more files were left out or need a look (tessera info ${folder} lists them).`);
  return dataset;
}

/** A file that a user named, as text. @throws TesseraError `not-found` or `bad-file` */
export async function readTextFile(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new TesseraError(missing ? 'not-found' : 'bad-file', missing ? 'does not exist.' : 'cannot be read.', {
      subject: path,
      advice: 'Check the path.',
      cause,
    });
  }
}
