import { Option, type Command } from 'commander';
import { describeError, isTesseraError, TesseraError } from '../../base/errors.ts';
import { numberBetween } from '../arguments.ts';
import { startChosenBackend } from '../backend.ts';
import { errorDocument } from '../run.ts';
import type { ScanToDo } from '../scan-arguments.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';
import type { Segmentation } from '../../inference/segment.ts';
import type { SavedModel } from '../../model/saved-model.ts';

interface SegmentCliOptions {
  readonly model: string;
  readonly out: string;
  readonly overlap: number;
  readonly blend: 'gaussian' | 'constant';
  readonly probabilities: boolean;
  readonly format: 'nifti' | 'dicom-seg';
}

interface SegmentedScan {
  readonly scan: string;
  readonly labels: string;
  readonly probabilities?: string;
  readonly segments: readonly { readonly value: number; readonly name: string; readonly ml: number }[];
}

export const segmentVerb: Verb = {
  name: 'segment',
  summary: "sliding-window segmentation; the label map lies on the scan's own grid",
  writes: '`DIR/<scan name>.nii.gz` (+ `<scan name>.probabilities.safetensors`)',
  define: (command: Command) =>
    command
      .argument('<scan...>', 'scans, or folders whose scans are all taken')
      .requiredOption('--model <folder>', 'folder of a model (model.json), or of a fine-tuning run')
      .requiredOption('--out <dir>', 'folder for the label maps')
      .option('--overlap <f>', 'share of a window that the next one covers again', numberBetween(0, 0.95), 0.5)
      .addOption(new Option('--blend <name>', 'weights of a window in the average').choices(['gaussian', 'constant']).default('gaussian'))
      .option('--probabilities', 'also write the probabilities of every class', false)
      .addOption(new Option('--format <name>', 'nifti; dicom-seg comes later').choices(['nifti', 'dicom-seg']).default('nifti')),
  run,
};

async function run(session: Session, args: readonly string[], options: SegmentCliOptions): Promise<void> {
  if (options.format !== 'nifti')
    throw new TesseraError('usage', `${options.format} is not there yet.`, { subject: '--format', advice: 'Use --format nifti.' });
  const { scansOf, resultPath } = await import('../scan-arguments.ts');
  const scans = await scansOf(args);
  for (const scan of scans) resultPath(options.out, scan, '.nii.gz', scans);
  const { modelFolder } = await import('../model-folder.ts');
  const folder = modelFolder(options.model);
  await startChosenBackend(session);
  const { loadModel, closeModel } = await import('../../model/saved-model.ts');
  const model = await loadModel(folder);
  const outputs: SegmentedScan[] = [];
  const failed: { readonly scan: string; readonly error: ReturnType<typeof errorDocument> }[] = [];
  try {
    for (const [index, scan] of scans.entries()) {
      session.throwIfCancelled();
      try {
        outputs.push(await segmentOne(session, scan, scans, index, model, options));
      } catch (error) {
        // One bad file among many must not cost the others; alone it is the answer.
        if (scans.length === 1 || !isTesseraError(error) || !aboutOneScan.has(error.code)) throw error;
        session.note(`tessera: ${describeError(error)}`);
        failed.push({ scan: scan.paths[0] ?? scan.name, error: errorDocument(error) });
      }
    }
  } finally {
    closeModel(model);
  }
  if (failed.length > 0) {
    session.status = 1;
    session.note(`tessera: ${failed.length} of ${scans.length} scans could not be segmented; the reasons are above.`);
  }
  session.answer({ model: folder, outputs, failed }, outputs.map(inWords).join('\n'));
}

const aboutOneScan: ReadonlySet<string> = new Set([
  'not-found',
  'bad-file',
  'unsupported-file',
  'too-large',
  'bad-geometry',
  'grid-mismatch',
  'bad-setting',
  'timeout',
]);

async function segmentOne(
  session: Session,
  scan: ScanToDo,
  all: readonly ScanToDo[],
  index: number,
  model: SavedModel,
  options: SegmentCliOptions,
): Promise<SegmentedScan> {
  const { segmentScan } = await import('../../inference/segment.ts');
  const { INTENT_LABEL, writeNifti } = await import('../../imaging/index.ts');
  const { resultPath } = await import('../scan-arguments.ts');
  const stage = `segment ${scan.name}${all.length > 1 ? ` (${index + 1} of ${all.length})` : ''}`;
  const task = {
    ...session.task,
    progress: (update: Parameters<typeof session.task.progress>[0]) => session.task.progress({ ...update, stage }),
  };
  const { overlap, blend, probabilities } = options;
  const result = await segmentScan(scan.paths, model, { overlap, blend, probabilities }, task);
  const path = resultPath(options.out, scan, '.nii.gz', all);
  // Probabilities first: a label map says that its scan is done.
  const probabilitiesPath = resultPath(options.out, scan, '.probabilities.safetensors', all);
  if (result.probabilities !== undefined) {
    const { writeProbabilities } = await import('../probabilities.ts');
    await writeProbabilities(probabilitiesPath, result.probabilities, model.document.labels);
  }
  await writeNifti(path, result.labels, { intentCode: INTENT_LABEL, description: 'Tessera segmentation' });
  return {
    scan: scan.paths[0] ?? scan.name,
    labels: path,
    ...(result.probabilities === undefined ? {} : { probabilities: probabilitiesPath }),
    segments: await volumes(result, model),
  };
}

async function volumes({ labels }: Segmentation, model: SavedModel): Promise<SegmentedScan['segments']> {
  const { voxelVolume } = await import('../../imaging/index.ts');
  const counts = new Float64Array(65536);
  for (const value of labels.voxels) counts[value] = (counts[value] as number) + 1;
  const ml = voxelVolume(labels.geometry) / 1000;
  return model.document.labels
    .filter(({ value }) => value !== 0)
    .map(({ value, name }) => ({ value, name, ml: (counts[value] ?? 0) * ml }));
}

function inWords({ labels, segments }: SegmentedScan): string {
  return `${labels}: ${segments.map(({ name, ml }) => `${name} ${ml.toFixed(ml < 10 ? 2 : 1)} ml`).join(', ')}`;
}
