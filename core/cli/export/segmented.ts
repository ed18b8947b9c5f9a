import { TesseraError } from '../../base/errors.ts';
import type { Volume } from '../../imaging/index.ts';
import {
  describeValues,
  isDicomPath,
  labelsOnGrid,
  presetSegments,
  readSourceSeries,
  writeSegmentation,
} from '../../imaging/segmentations/index.ts';
import type { ScanToDo } from '../scan-arguments.ts';

/** Before a model is loaded: @throws TesseraError `unsupported-file` when a scan is no DICOM scan, `bad-setting` for an unknown preset */
export function requireDicom(scans: readonly ScanToDo[], preset: string | undefined): void {
  presetSegments(preset);
  const other = scans.find(({ paths }) => !isDicomPath(paths[0] ?? ''));
  if (other !== undefined)
    throw new TesseraError('unsupported-file', 'is no DICOM scan, to whose images a DICOM segmentation must point.', {
      subject: other.paths[0] ?? other.name,
      advice: 'Give DICOM folders, or use --format nifti.',
    });
}

/** Writes what a model found as a DICOM segmentation of the scan, with the codes that the names of its labels tell. */
export async function writeSegmented(
  path: string,
  labels: Volume,
  scan: ScanToDo,
  names: readonly { readonly value: number; readonly name: string }[],
  preset: string | undefined,
): Promise<void> {
  const source = await readSourceSeries(scan.paths[0] ?? scan.name);
  const segments = describeValues(
    names.map(({ value }) => value).filter((value) => value !== 0),
    Object.fromEntries(names.map(({ value, name }) => [value, name])),
    presetSegments(preset),
  );
  await writeSegmentation(path, labelsOnGrid(labels, source.geometry, { labelName: path, scanName: source.path }), source, segments);
}
