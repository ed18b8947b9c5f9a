import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import { silentTask, throwIfCancelled, type Task } from '../../base/task.ts';
import { isLabelObject, readCaseLabels } from '../case-labels.ts';
import type { LabelNames } from '../label-names.ts';
import { checkLabels } from '../labels.ts';
import { INTENT_LABEL, writeNifti } from '../nifti/write.ts';
import { readScan } from '../read-scan.ts';
import type { Geometry, Volume } from '../volume.ts';
import { labelsOnGrid } from './on-grid.ts';

/** One case of a data set tree: its channels and its label map, by path. */
export interface TreeCase {
  readonly id: string;
  readonly images: readonly string[];
  readonly label: string;
}

export interface TreeOptions {
  /** `msd`: Medical Segmentation Decathlon. `nnunet`: nnU-Net 2. Both have imagesTr/, labelsTr/ and dataset.json. */
  readonly layout: 'msd' | 'nnunet';
  readonly name: string;
  /** Names of channels from 0; 'CT' for the first unless given. */
  readonly channelNames?: LabelNames;
  readonly labelNames?: LabelNames;
  readonly task?: Task;
}

export interface WrittenTree {
  readonly files: readonly string[];
  /** Label value before → value written: nnU-Net wants 1, 2, 3 without gaps. */
  readonly values: ReadonlyMap<number, number>;
}

/**
 * Writes cases as the folder tree that nnU-Net and the Decathlon's programs train on. Scans are written as NIfTI in their stored type; label
 * maps lie on their scan's grid.
 * @throws TesseraError `no-data` without cases; `unsupported-file` for several channels in a Decathlon tree; what reading and writing throws
 */
export async function writeDatasetTree(cases: readonly TreeCase[], out: string, options: TreeOptions): Promise<WrittenTree> {
  const { layout, labelNames = {}, channelNames = { 0: 'CT' }, task = silentTask } = options;
  if (cases.length === 0)
    throw new TesseraError('no-data', 'there is no case with a label map.', { advice: 'Give a folder with scans and label maps.' });
  const names = fileNames(cases);
  const values = await valuesOf(cases, layout, labelNames);
  const files: string[] = [];
  for (const [i, one] of cases.entries()) {
    throwIfCancelled(task);
    task.progress({ stage: `write ${layout}`, done: i, total: cases.length });
    if (layout === 'msd' && one.images.length > 1)
      throw new TesseraError('unsupported-file', 'has several channels in files of their own.', {
        subject: one.id,
        advice: 'Choose the nnU-Net layout (--format nnunet), which takes them.',
      });
    files.push(...(await writeCase(one, names[i] ?? '', out, layout, values, labelNames)));
  }
  const path = join(out, 'dataset.json');
  await writeFileAtomic(path, `${JSON.stringify(document(names, values, labelNames, channelNames, options), null, 2)}\n`);
  return { files: [...files, path], values };
}

/** File names without what a file system or the programs may stumble over. */
function fileNames(cases: readonly TreeCase[]): readonly string[] {
  const names = cases.map(({ id }) => id.replace(/[^A-Za-z0-9.-]+/g, '_'));
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name}_${i}`));
}

/** @param geometry of the first channel, where it was read already */
async function labelVolume({ images: [path = ''], label }: TreeCase, labelNames: LabelNames, geometry?: Geometry): Promise<Volume> {
  if (!isLabelObject(label)) return (await readScan(label)).volume;
  return (await readCaseLabels(label, { path, geometry: geometry ?? (await readScan(path)).volume.geometry }, labelNames)).volume;
}

async function labelsOf(one: TreeCase, labelNames: LabelNames): Promise<{ scans: readonly Volume[]; labels: Volume }> {
  const { images, label } = one;
  const scans: Volume[] = [];
  for (const image of images) scans.push((await readScan(image)).volume);
  const [first] = scans;
  if (first === undefined) throw new RangeError('a case without a scan');
  const { labels } = labelsOnGrid(await labelVolume(one, labelNames, first.geometry), first.geometry, {
    labelName: label,
    scanName: images[0] ?? '',
  });
  return { scans, labels: { geometry: first.geometry, voxels: labels, slope: 1, intercept: 0 } };
}

async function valuesOf(
  cases: readonly TreeCase[],
  layout: TreeOptions['layout'],
  labelNames: LabelNames,
): Promise<ReadonlyMap<number, number>> {
  const values = new Set(Object.keys(labelNames).map(Number));
  for (const one of cases) {
    const { counts } = checkLabels(await labelVolume(one, labelNames), undefined, { labelName: one.label });
    for (const { value } of counts) values.add(value);
  }
  const sorted = [...values].filter((value) => value > 0).sort((a, b) => a - b);
  return new Map(sorted.map((value, i) => [value, layout === 'nnunet' ? i + 1 : value]));
}

async function writeCase(
  one: TreeCase,
  name: string,
  out: string,
  layout: TreeOptions['layout'],
  values: ReadonlyMap<number, number>,
  labelNames: LabelNames,
): Promise<readonly string[]> {
  const { scans, labels } = await labelsOf(one, labelNames);
  const images = scans.map((_, channel) =>
    join(out, 'imagesTr', layout === 'nnunet' ? `${name}_${String(channel).padStart(4, '0')}.nii.gz` : `${name}.nii.gz`),
  );
  for (const [channel, scan] of scans.entries()) await writeNifti(images[channel] ?? '', scan);
  const labelPath = join(out, 'labelsTr', `${name}.nii.gz`);
  const voxels = labels.voxels.map((value) => values.get(value) ?? 0);
  await writeNifti(labelPath, { ...labels, voxels }, { intentCode: INTENT_LABEL });
  return [...images, labelPath];
}

function document(
  names: readonly string[],
  values: ReadonlyMap<number, number>,
  labelNames: LabelNames,
  channelNames: LabelNames,
  { layout, name }: TreeOptions,
): object {
  const labels = [...values].map(([value, written]): [string, number] => [labelNames[value] ?? `label ${value}`, written]);
  if (layout === 'nnunet')
    return {
      name,
      channel_names: channelNames,
      labels: { background: 0, ...Object.fromEntries(labels) },
      numTraining: names.length,
      file_ending: '.nii.gz',
    };
  return {
    name,
    tensorImageSize: '3D',
    modality: channelNames,
    labels: { 0: 'background', ...Object.fromEntries(labels.map(([label, value]) => [value, label])) },
    numTraining: names.length,
    numTest: 0,
    training: names.map((one) => ({ image: `./imagesTr/${one}.nii.gz`, label: `./labelsTr/${one}.nii.gz` })),
    test: [],
  };
}
