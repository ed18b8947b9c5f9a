import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import { isLabelObject } from '../../imaging/case-labels.ts';
import { seriesPathOf } from '../../imaging/dicom/series-path.ts';
import { wholeNumber } from '../arguments.ts';
import type { Verb } from '../verb.ts';

interface InfoCliOptions {
  readonly volume?: number;
}

export const infoVerb: Verb = {
  name: 'info',
  summary: 'geometry, type, intensity range, labels, findings, of a scan, a data folder, DICOM labels, a model, a run, a file of weights',
  writes: '–',
  define: (command: Command) =>
    command
      .argument(
        '<path>',
        'a scan, a folder of scans or DICOM files, a DICOM segmentation or structure set, the folder of a model or a run, or a .safetensors file',
      )
      .option('--volume <n>', 'which volume of a file that holds several, from 0', wholeNumber(0)),
  run: async (session, [path = ''], { volume }: InfoCliOptions) => {
    const status = await stat(seriesPathOf(path)?.folder ?? path).catch((cause: unknown) => {
      throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.', cause });
    });
    const { document, text } = await describe(
      path,
      status.isDirectory() && seriesPathOf(path)?.key === undefined,
      volume,
      session.task.signal,
    );
    session.answer(document, text);
  },
};

async function describe(
  path: string,
  folder: boolean,
  volume: number | undefined,
  signal: AbortSignal,
): Promise<{ document: object; text: string }> {
  if (folder && existsSync(join(path, 'model.json'))) return (await import('../info/model.ts')).modelInfo(path);
  if (folder && existsSync(join(path, 'run.json'))) return (await import('../info/run.ts')).runInfo(path);
  const series = folder ? await (await import('../info/series.ts')).seriesInfo(path, volume, signal) : undefined;
  if (series !== undefined) return series;
  if (folder) return (await import('../info/dataset.ts')).datasetInfo(path);
  // Pickled weights are refused there, with what to do.
  if (/\.(safetensors|pth?|ckpt|bin)$/i.test(path)) return (await import('../info/weights.ts')).weightsInfo(path);
  const labels = isLabelObject(path) ? (await import('../info/label-object.ts')).labelObjectInfo(path) : undefined;
  return labels ?? (await import('../info/scan.ts')).describeScan(path, volume, signal);
}
