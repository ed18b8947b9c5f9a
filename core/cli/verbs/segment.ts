import { Option, type Command } from 'commander';
import { describeError, isTesseraError, TesseraError } from '../../base/errors.ts';
import { numberBetween, repeated } from '../arguments.ts';
import { startChosenBackend } from '../backend.ts';
import { repairOption, repairsOf, withRepair, type RepairChoice } from '../repair-option.ts';
import { errorDocument } from '../run.ts';
import type { ScanToDo } from '../scan-arguments.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';
import type { CleanUp, Removed } from '../../imaging/index.ts';
import type { Segmentation } from '../../inference/segment.ts';
import type { SavedModel } from '../../model/saved-model.ts';

interface SegmentCliOptions {
  readonly model: string;
  readonly out: string;
  readonly overlap: number;
  readonly blend: 'gaussian' | 'constant';
  readonly mirror: boolean;
  readonly skipEmpty: boolean;
  readonly probabilities: boolean;
  readonly entropy: boolean;
  readonly keepLargest?: readonly string[];
  readonly removeSmallerThan?: number;
  readonly connectivity: '6' | '18' | '26';
  readonly format: 'nifti' | 'dicom-seg';
  readonly preset?: string;
  readonly repair?: readonly RepairChoice[];
}

interface SegmentedScan {
  readonly scan: string;
  readonly labels: string;
  readonly probabilities?: string;
  readonly entropy?: string;
  /** What clean-up turned into background. */
  readonly removed: readonly Removed[];
  readonly findings: readonly string[];
  readonly segments: readonly { readonly value: number; readonly name: string; readonly ml: number }[];
  /** Volumes of regions, each a union of labels, where the model has them. */
  readonly regions?: readonly { readonly name: string; readonly ml: number }[];
}

export const segmentVerb: Verb = {
  name: 'segment',
  summary: "sliding-window segmentation; the label map lies on the scan's own grid",
  writes: '`DIR/<scan name>.nii.gz`, or `.seg.dcm` (+ `<scan name>.probabilities.safetensors`, `<scan name>.entropy.nii.gz`)',
  define: (command: Command) =>
    command
      .argument('<scan...>', 'scans, or folders whose scans are all taken')
      .requiredOption('--model <folder>', 'folder of a model (model.json), or of a fine-tuning run')
      .requiredOption('--out <dir>', 'folder for the label maps')
      .option('--overlap <f>', 'share of a window that the next one covers again', numberBetween(0, 0.95), 0.5)
      .addOption(new Option('--blend <name>', 'weights of a window in the average').choices(['gaussian', 'constant']).default('gaussian'))
      .option('--mirror', 'average over the eight mirrored copies of each window: eight times as long', false)
      .option('--no-skip-empty', 'also run windows that hold nothing but air or padding')
      .option('--probabilities', 'also write the probabilities of every class', false)
      .option('--entropy', 'also write how uncertain each voxel is, from 0 to 1', false)
      .option('--keep-largest <label>', 'of this label (value or name; or all) keep only the largest component; repeatable', repeated)
      .option('--remove-smaller-than <ml>', 'remove components smaller than this', numberBetween(0, 1e6))
      .addOption(
        new Option('--connectivity <n>', 'neighbours by which voxels form components: faces 6, edges too 18, corners too 26')
          .choices(['6', '18', '26'])
          .default('26'),
      )
      .addOption(new Option('--format <name>', 'of the labels; dicom-seg for DICOM scans').choices(['nifti', 'dicom-seg']).default('nifti'))
      .option('--preset <name>', 'of dicom-seg: what the label values mean, where names do not tell; see export')
      .addOption(repairOption()),
  run,
};

async function run(session: Session, args: readonly string[], options: SegmentCliOptions): Promise<void> {
  const { scansOf, resultPath } = await import('../scan-arguments.ts');
  const scans = await scansOf(args);
  if (options.format === 'dicom-seg' && options.repair !== undefined)
    throw new TesseraError('usage', 'makes a new grid, on which no DICOM segmentation of the original images can lie.', {
      subject: '--repair',
      advice: 'Leave it out, or use --format nifti.',
    });
  if (options.format === 'dicom-seg') (await import('../export/segmented.ts')).requireDicom(scans, options.preset);
  const endings = ['.nii.gz', ...(options.entropy ? ['.entropy.nii.gz'] : [])];
  for (const scan of scans) for (const ending of endings) resultPath(options.out, scan, ending, scans);
  const { modelFolder } = await import('../model-folder.ts');
  const folder = modelFolder(options.model);
  await startChosenBackend(session);
  const { loadModel, closeModel } = await import('../../model/saved-model.ts');
  const model = await loadModel(folder);
  const outputs: SegmentedScan[] = [];
  const failed: { readonly scan: string; readonly error: ReturnType<typeof errorDocument> }[] = [];
  try {
    const clean = cleanUpOf(options, model);
    for (const [index, scan] of scans.entries()) {
      session.throwIfCancelled();
      try {
        outputs.push(await segmentOne(session, scan, scans, index, model, options, clean));
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
  // A DICOM segmentation cannot be empty.
  'bad-labels',
]);

/** @throws TesseraError `bad-setting` for a label that the model has not */
function cleanUpOf({ keepLargest = [], removeSmallerThan, connectivity }: SegmentCliOptions, model: SavedModel): CleanUp {
  const segments = model.document.labels.filter(({ value }) => value !== 0);
  const values = keepLargest.flatMap((wanted) => {
    const found = segments.filter(({ value, name }) => wanted === 'all' || String(value) === wanted || name === wanted);
    if (found.length === 0)
      throw new TesseraError('bad-setting', `the model has no label ${wanted}.`, {
        subject: '--keep-largest',
        advice: `Give all, or one of ${segments.map(({ value, name }) => `${value} (${name})`).join(', ')}.`,
      });
    return found.map(({ value }) => value);
  });
  const neighbours = { 6: 6, 18: 18, 26: 26 } as const;
  return {
    keepLargest: values,
    connectivity: neighbours[connectivity],
    ...(removeSmallerThan === undefined ? {} : { removeSmallerThanMl: removeSmallerThan }),
  };
}

async function segmentOne(
  session: Session,
  scan: ScanToDo,
  all: readonly ScanToDo[],
  index: number,
  model: SavedModel,
  options: SegmentCliOptions,
  clean: CleanUp,
): Promise<SegmentedScan> {
  const { segmentScan } = await import('../../inference/segment.ts');
  const { cleanUp, INTENT_LABEL, writeNifti } = await import('../../imaging/index.ts');
  const { resultPath } = await import('../scan-arguments.ts');
  const stage = `segment ${scan.name}${all.length > 1 ? ` (${index + 1} of ${all.length})` : ''}`;
  const task = {
    ...session.task,
    progress: (update: Parameters<typeof session.task.progress>[0]) => session.task.progress({ ...update, stage }),
  };
  const { overlap, blend, mirror, skipEmpty, probabilities, entropy } = options;
  const result = await segmentScan(
    scan.paths,
    model,
    { overlap, blend, mirror, skipEmpty, probabilities, entropy, repairs: repairsOf(options.repair) },
    task,
  );
  for (const finding of result.findings) session.note(`tessera: ${withRepair(finding)}`);
  const { voxels, geometry } = result.labels;
  const removed = cleanUp(voxels, geometry, clean);
  // Probabilities and entropy first: a label map says that its scan is done.
  const probabilitiesPath = resultPath(options.out, scan, '.probabilities.safetensors', all);
  if (result.probabilities !== undefined) {
    const { writeProbabilities } = await import('../probabilities.ts');
    await writeProbabilities(probabilitiesPath, result.probabilities, model.document.regions ?? model.document.labels);
  }
  const entropyPath = resultPath(options.out, scan, '.entropy.nii.gz', all);
  if (result.entropy !== undefined) await writeNifti(entropyPath, result.entropy, { description: 'Tessera normalised entropy' });
  const path = resultPath(options.out, scan, options.format === 'nifti' ? '.nii.gz' : '.seg.dcm', all);
  if (options.format === 'nifti') await writeNifti(path, result.labels, { intentCode: INTENT_LABEL, description: 'Tessera segmentation' });
  else await (await import('../export/segmented.ts')).writeSegmented(path, result.labels, scan, model.document.labels, options.preset);
  return {
    scan: scan.paths[0] ?? scan.name,
    labels: path,
    ...(result.probabilities === undefined ? {} : { probabilities: probabilitiesPath }),
    ...(result.entropy === undefined ? {} : { entropy: entropyPath }),
    removed,
    findings: result.findings.map(({ message }) => message),
    ...(await volumes(result, model)),
  };
}

async function volumes({ labels }: Segmentation, { document }: SavedModel): Promise<Pick<SegmentedScan, 'segments' | 'regions'>> {
  const { voxelVolume } = await import('../../imaging/index.ts');
  const counts = new Float64Array(65536);
  for (const value of labels.voxels) counts[value] = (counts[value] as number) + 1;
  const ml = (values: readonly number[]): number =>
    (values.reduce((sum, value) => sum + (counts[value] ?? 0), 0) * voxelVolume(labels.geometry)) / 1000;
  return {
    segments: document.labels.filter(({ value }) => value !== 0).map(({ value, name }) => ({ value, name, ml: ml([value]) })),
    ...(document.regions === undefined ? {} : { regions: document.regions.map(({ name, values }) => ({ name, ml: ml(values) })) }),
  };
}

function inWords({ labels, segments, regions, removed }: SegmentedScan): string {
  const text = (ml: number): string => `${ml.toFixed(ml < 10 ? 2 : 1)} ml`;
  const pieces = removed.reduce((sum, { components }) => sum + components, 0);
  const cleaned = pieces === 0 ? '' : ` (without ${pieces} pieces of ${text(removed.reduce((sum, { ml }) => sum + ml, 0))})`;
  return `${labels}: ${(regions ?? segments).map(({ name, ml }) => `${name} ${text(ml)}`).join(', ')}${cleaned}`;
}
