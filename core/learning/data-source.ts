import { findTrainingCases, type TrainingDataset } from '../imaging/index.ts';

/** Where scans come from: a data folder, or cases that were found already, with the test cases left out. */
export type DataSource = string | TrainingDataset;

/** @throws TesseraError as `findTrainingCases` */
export async function trainingCases(data: DataSource): Promise<TrainingDataset> {
  return typeof data === 'string' ? findTrainingCases(data) : data;
}
