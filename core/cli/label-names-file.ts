import { basename, dirname } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { describeDataset, type LabelNames } from '../imaging/label-names.ts';

/** Label names of a `labels.json` or `dataset.json` that a user named. @throws TesseraError `bad-file` when it names no label */
export async function readLabelNames(path: string): Promise<LabelNames> {
  if (!['labels.json', 'dataset.json'].includes(basename(path)))
    throw new TesseraError('usage', 'is neither a labels.json nor a dataset.json.', {
      subject: path,
      advice: 'Rename it, or write the names parted by commas.',
    });
  const { labelNames, problems } = await describeDataset(dirname(path));
  if (Object.keys(labelNames).length > 0) return labelNames;
  throw new TesseraError('bad-file', problems[0]?.message ?? 'names no label.', { subject: path });
}
