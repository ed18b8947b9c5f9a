import { Option, type Command } from 'commander';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import type { PreparedScan, Triple } from '../../imaging/index.ts';
import type { Reconstruction, ReconstructionNumbers } from '../../inference/reconstruct.ts';
import { numberBetween } from '../arguments.ts';
import { startChosenBackend } from '../backend.ts';
import { repairOption, repairsOf, withRepair, type RepairChoice } from '../repair-option.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

interface ReconstructCliOptions {
  readonly model: string;
  readonly out: string;
  readonly maskRatio?: number;
  readonly repair?: readonly RepairChoice[];
  readonly view?: 'global' | 'local' | 'crop';
  readonly center?: readonly string[];
}

export const reconstructVerb: Verb = {
  name: 'reconstruct',
  summary: 'one masked view of a scan: input, mask, reconstruction, error',
  writes: 'NIfTI of each, one PNG sheet, numbers',
  define: (command: Command) =>
    command
      .argument('<scan>', 'a scan')
      .requiredOption('--model <run>', 'folder of a pre-training run')
      .requiredOption('--out <dir>', 'folder for the results')
      .option('--mask-ratio <f>', 'share of the patches that is masked; as in the pre-training unless given', numberBetween(0.05, 0.95))
      .addOption(
        new Option('--view <name>', 'which view, of those that the run took; its first kind unless given').choices([
          'global',
          'local',
          'crop',
        ]),
      )
      .addOption(repairOption())
      .option('--center <voxel...>', 'middle of the view as voxel I J K of the scan; the middle of the scan unless given'),
  run,
};

async function run(session: Session, args: readonly string[], options: ReconstructCliOptions): Promise<void> {
  const scanPath = args[0] ?? '';
  const voxel = options.center === undefined ? undefined : centerOf(options.center);
  const { prepareScan, readScan } = await import('../../imaging/index.ts');
  const { nameOfScan } = await import('../scan-arguments.ts');
  const { loadPretrainedRun } = await import('../../learning/index.ts');
  const { reconstruct } = await import('../../inference/reconstruct.ts');
  const { disposeParameters } = await import('../../model/parameters.ts');
  const { volume, findings } = await readScan(scanPath, { signal: session.task.signal, repairs: repairsOf(options.repair) });
  for (const finding of findings) if (finding.repair !== undefined) session.note(`tessera: ${withRepair(finding)}`);
  await startChosenBackend(session);
  const { settings, parameters, step } = await loadPretrainedRun(options.model);
  try {
    if (settings.encoder.channels !== 1)
      throw new TesseraError('bad-model', `was trained on ${settings.encoder.channels} channels; a view of one scan has one.`, {
        subject: options.model,
      });
    const scan = prepareScan([volume], settings.preparation);
    const center = voxel === undefined ? undefined : await centerInPrepared(volume.geometry, voxel, scan);
    const result = await reconstruct(scan, parameters, settings, {
      ...(options.view === undefined ? {} : { view: options.view }),
      ...(center === undefined ? {} : { center }),
      maskRatio: options.maskRatio ?? settings.maskRatio,
      seed: session.options.seed,
    });
    session.throwIfCancelled();
    const files = await writeAll(join(options.out, nameOfScan(scanPath)), result);
    const { numbers, note, view } = result;
    const { method } = settings;
    session.answer(
      { scan: scanPath, model: options.model, step, method, view, numbers, ...(note === undefined ? {} : { note }), files },
      [...linesOf(numbers), ...(note === undefined ? [] : [note]), `Pictures: ${files['sheet'] ?? ''}`].join('\n'),
    );
  } finally {
    disposeParameters(parameters);
  }
}

/** The network beside the two guesses (method: reconstruction of one view). */
function linesOf(numbers: ReconstructionNumbers): string[] {
  const row = (name: string, mse: number, improvement?: number): string =>
    `  ${name.padEnd(26)}${mse.toPrecision(4).padStart(10)}${improvement === undefined ? '' : `   the network is ${percent(improvement)}`}`;
  return [
    `${String(numbers.masked)} of ${String(numbers.patches)} patches masked. Mean squared error over them, of ${numbers.of}:`,
    row('the network', numbers.mse),
    row('mean of what is visible', numbers.meanOfVisibleMse, numbers.improvement),
    row('nearest visible patch', numbers.nearestVisibleMse, numbers.improvementOnNearest),
  ];
}

function percent(improvement: number): string {
  return `${(100 * Math.abs(improvement)).toFixed(1)} % ${improvement < 0 ? 'worse' : 'better'}`;
}

function centerOf(parts: readonly string[]): Triple {
  const [i, j, k, ...rest] = parts.flatMap((part) => part.split(',')).map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (i === undefined || j === undefined || k === undefined || rest.length > 0 || ![i, j, k].every(Number.isInteger))
    throw new TesseraError('usage', 'takes three whole numbers, the voxel I J K.', {
      subject: '--center',
      advice: 'Write for example --center 17 25 17.',
    });
  return [i, j, k];
}

/** The voxel of the prepared scan (its axes run Right, Anterior, Superior) at the place of a voxel of the scan itself. */
async function centerInPrepared(own: PreparedScan['geometry'], voxel: Triple, scan: PreparedScan): Promise<Triple> {
  const { indexIJK, indexToPoint, pointToIndex } = await import('../../imaging/index.ts');
  if (voxel.some((at, axis) => at < 0 || at >= (own.dims[axis] ?? 0)))
    throw new TesseraError('usage', `${voxel.join(' ')} lies outside the scan of ${own.dims.join(' × ')} voxels.`, { subject: '--center' });
  const [i, j, k] = pointToIndex(scan.geometry, indexToPoint(own, indexIJK(...voxel)));
  return [Math.round(i), Math.round(j), Math.round(k)];
}

async function writeAll(stem: string, result: Reconstruction): Promise<Record<string, string>> {
  const { writeNifti } = await import('../../imaging/index.ts');
  const { sheetPng } = await import('../../report/index.ts');
  const { reconstructionSheet } = await import('../reconstruction-sheet.ts');
  const files: Record<string, string> = {};
  for (const part of ['input', 'masked', 'mask', 'reconstruction', 'error'] as const) {
    files[part] = `${stem}.${part}.nii.gz`;
    await writeNifti(files[part], result[part], { description: `Tessera ${part}` });
  }
  files['sheet'] = `${stem}.png`;
  await writeFileAtomic(files['sheet'], sheetPng(reconstructionSheet(result)));
  files['numbers'] = `${stem}.json`;
  await writeFileAtomic(
    files['numbers'],
    `${JSON.stringify({ ...result.numbers, ...(result.note === undefined ? {} : { note: result.note }) }, null, 2)}\n`,
  );
  return files;
}
