import type { TrainingDataset } from '../imaging/index.ts';
import type { Session } from './session.ts';

const MOST_NOTES = 5;

/** The cases of a data folder that training may see; what was left out of it is told. @throws TesseraError as `findTrainingCases` */
export async function requireScans(session: Session, folder: string): Promise<TrainingDataset> {
  const { findTrainingCases } = await import('../imaging/index.ts');
  const dataset = await findTrainingCases(folder);
  if (dataset.lock !== undefined) session.note(`${dataset.lock.file} locks ${dataset.lock.test.length} cases away for testing.`);
  for (const { file, message } of dataset.problems.slice(0, MOST_NOTES)) session.note(`${file}: ${message}`);
  const more = dataset.problems.length - MOST_NOTES;
  if (more > 0) session.note(`… and ${more} more files were left out or need a look (tessera info ${folder} lists them).`);
  return dataset;
}
