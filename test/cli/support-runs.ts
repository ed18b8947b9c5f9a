import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cli, json, smallDataset, temporaryFolder, tinyFinetuning, tinyPretraining } from './support.ts';

/** A small pre-training run, and a fine-tuning run that starts from it, for the tests of verbs that need such. */
export interface TrainedRuns {
  readonly data: string;
  /** A folder for whatever a test writes. */
  readonly work: string;
  readonly pretrained: string;
  readonly finetuned: string;
  /** The arguments that made `pretrained`, for another folder. */
  pretrain(out: string, epochs: number): string[];
  remove(): void;
}

/** Two scans a step, three scans: two steps an epoch. */
export const tinyPretrain = (data: string, out: string, epochs: number): string[] => [
  ...['pretrain', '--data', data, '--out', out],
  ...['--epochs', String(epochs), '--seed', '5'],
  ...tinyPretraining,
];

export async function trainedRuns(): Promise<TrainedRuns> {
  const data = smallDataset(3);
  const work = temporaryFolder();
  const [pretrained, finetuned] = [join(work, 'pretrained'), join(work, 'finetuned')];
  const pretrain = (out: string, epochs: number): string[] => tinyPretrain(data, out, epochs);
  const first = await cli([...pretrain(pretrained, 2), '--json']);
  expect(first.stderr).not.toContain('tessera:');
  expect(json(first)).toMatchObject({ run: pretrained, steps: 4 });
  const finetune = ['finetune', '--data', data, '--out', finetuned, '--init', pretrained, '--epochs', '2', '--json'];
  const second = await cli([...finetune, ...tinyFinetuning]);
  expect(second.stderr).not.toContain('tessera:');
  expect(json(second)).toMatchObject({ model: join(finetuned, 'model') });
  const remove = (): void => {
    for (const folder of [data, work]) rmSync(folder, { recursive: true, force: true });
  };
  return { data, work, pretrained, finetuned, pretrain, remove };
}
