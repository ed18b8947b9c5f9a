import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import type {
  LabelsOfScan,
  LabelTarget,
  SegmentDescription,
  SegmentNumbers,
  SourceSeries,
  WrittenSeg,
} from '../../imaging/segmentations/index.ts';
import { nameOfScan } from '../scan-arguments.ts';
import type { Session } from '../session.ts';
import type { ExportCliOptions } from '../verbs/export.ts';
import { needsDicom, type LabelFormat } from './formats.ts';

/** Brings labels onto their scan and writes them in another format. */
export async function exportLabels(session: Session, path: string, format: LabelFormat, options: ExportCliOptions): Promise<void> {
  if (!existsSync(path)) throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.' });
  const imaging = await import('../../imaging/segmentations/index.ts');
  const { target, source } = await targetOf(path, format, options);
  const { preset, resample } = options;
  const signal = session.task.signal;
  const labels = await imaging.readLabels(path, { scan: target, resample, signal, ...(preset === undefined ? {} : { preset }) });
  for (const { message } of labels.findings) session.note(`tessera: ${message}`);
  const scan =
    options.scan !== undefined && format === 'sr'
      ? (await (await import('../../imaging/index.ts')).readScan(options.scan)).volume
      : undefined;
  const numbers = labels.layers.flatMap((layer) => imaging.segmentNumbers(layer, scan));
  const written = new Output(path, options);
  if (format === 'nifti') await writeNiftis(written, labels);
  else if (format === 'stl' || format === 'obj') await writeSurfaces(written, labels, format, options.smooth);
  else if (source !== undefined) await writeDicom(written, labels, format, source, options, numbers);
  const segments = numbers.map((one) => ({
    ...describe(labels.segments, one.value),
    ml: one.cubicMillimetres / 1000,
    ...(one.mean === undefined ? {} : { mean: one.mean }),
  }));
  session.answer(
    {
      labels: path,
      scan: options.scan ?? null,
      format,
      files: written.files,
      segments,
      findings: labels.findings.map(({ message }) => message),
    },
    [...written.files, segments.map(({ name, ml }) => `${name} ${ml.toFixed(ml < 10 ? 2 : 1)} ml`).join(', ')].join('\n'),
  );
}

function describe(segments: readonly SegmentDescription[], value: number): { value: number; name: string; code: string } {
  const segment = segments.find((one) => one.value === value);
  return {
    value,
    name: segment?.name ?? `label ${value}`,
    code: segment === undefined ? '' : [...segment.modifiers, segment.type].map(({ meaning }) => meaning).join(' '),
  };
}

/** The grid that the labels go onto: that of `--scan`, else their own. */
async function targetOf(
  path: string,
  format: LabelFormat,
  { scan }: ExportCliOptions,
): Promise<{ target: LabelTarget; source?: SourceSeries }> {
  const { isDicomPath, readDicomLabels, readSourceSeries } = await import('../../imaging/segmentations/index.ts');
  if (scan !== undefined && isDicomPath(scan)) {
    const source = await readSourceSeries(scan);
    return { target: source, source };
  }
  if (needsDicom(format))
    throw new TesseraError(scan === undefined ? 'usage' : 'unsupported-file', `${format} must point at the DICOM images of its scan.`, {
      subject: scan ?? '--scan',
      advice: 'Give the folder of the DICOM series as --scan.',
    });
  const { readScan } = await import('../../imaging/index.ts');
  if (scan !== undefined) return { target: { geometry: (await readScan(scan)).volume.geometry, path: scan } };
  if (!isDicomPath(path)) return { target: { geometry: (await readScan(path)).volume.geometry } };
  const [layer] = (await readDicomLabels(path)).layers;
  if (layer === undefined) throw new RangeError('a segmentation without a grid');
  return { target: { geometry: layer.volume.geometry } };
}

/** Names the files that are written, and keeps them from overwriting what was given. */
class Output {
  readonly files: string[] = [];
  private readonly stem: string;
  private readonly inputs: readonly string[];
  private readonly out: string;

  constructor(labels: string, { out, scan }: ExportCliOptions) {
    this.out = out;
    this.stem = nameOfScan(labels).replace(/\.(seg|rtstruct)$/, '');
    this.inputs = [labels, ...(scan === undefined ? [] : [scan])].map((input) => resolve(input));
  }

  path(ending: string): string {
    const path = join(this.out, this.stem + ending);
    if (this.inputs.includes(resolve(path)))
      throw new TesseraError('usage', `would overwrite ${path}.`, { subject: '--out', advice: 'Choose another folder.' });
    this.files.push(path);
    return path;
  }
}

async function writeNiftis(output: Output, { layers }: LabelsOfScan): Promise<void> {
  const { INTENT_LABEL, writeNifti } = await import('../../imaging/index.ts');
  for (const [i, { geometry, labels }] of layers.entries()) {
    const path = output.path(i === 0 ? '.nii.gz' : `-${i + 1}.nii.gz`);
    await writeNifti(
      path,
      { geometry, voxels: labels, slope: 1, intercept: 0 },
      { intentCode: INTENT_LABEL, description: 'Tessera labels' },
    );
  }
}

async function writeSurfaces(output: Output, { layers, segments }: LabelsOfScan, format: 'stl' | 'obj', smoothing: number): Promise<void> {
  const { surfaceOf, writeObj, writeStl } = await import('../../imaging/segmentations/index.ts');
  const surfaces = layers.flatMap(({ labels, geometry, values }) =>
    values.map((value) => ({ value, name: describe(segments, value).name, surface: surfaceOf(labels, geometry, value, smoothing) })),
  );
  if (format === 'obj') {
    await writeObj(output.path('.obj'), surfaces);
    return;
  }
  for (const { name, value, surface } of surfaces) await writeStl(output.path(`-${slug(name, value)}.stl`), surface, name);
}

/** A segment's name as a part of a file name, its value added so that no two are one. */
function slug(name: string, value: number): string {
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return words === '' ? `label-${value}` : `${value}-${words}`;
}

async function writeDicom(
  output: Output,
  { layers, segments }: LabelsOfScan,
  format: LabelFormat,
  source: SourceSeries,
  { segType, compress }: ExportCliOptions,
  numbers: readonly SegmentNumbers[],
): Promise<void> {
  const { writeMeasurementReport, writeSegmentation, writeStructureSet } = await import('../../imaging/segmentations/index.ts');
  if (format === 'rtstruct') {
    await writeStructureSet(output.path('.rtstruct.dcm'), layers, source, segments);
    return;
  }
  const seg: WrittenSeg = await writeSegmentation(output.path('.seg.dcm'), layers, source, segments, {
    kind: segType,
    compression: compress,
  });
  if (format === 'sr') await writeMeasurementReport(output.path('.sr.dcm'), numbers, segments, seg, source);
}
