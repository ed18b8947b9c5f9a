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
