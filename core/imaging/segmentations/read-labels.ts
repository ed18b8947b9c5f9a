import { dirname } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import { describeDataset, type LabelNames } from '../label-names.ts';
import { organPreset, presetNames, segmentByName } from '../organ-presets/presets.ts';
import { readScan } from '../read-scan.ts';
import { plainSegment, type SegmentDescription } from './codes.ts';
import { labelsOnGrid, type GridLabels } from './on-grid.ts';
import { readDicomLabels, type ReadApartOptions } from './read-apart.ts';
import type { Finding } from '../finding.ts';
import type { LabelTarget } from './label-target.ts';
import { isDicomPath } from './source-series.ts';

/** Labels of any format on the grid of their scan. */
export interface LabelsOfScan {
  /** More than one where segments overlap. */
  readonly layers: readonly GridLabels[];
  readonly segments: readonly SegmentDescription[];
  readonly findings: readonly Finding[];
}

export interface LabelsOfScanOptions extends ReadApartOptions {
  readonly scan: LabelTarget;
  /** What the values of a label map mean, by the name of a preset; else names beside the file, else names alone. */
  readonly preset?: string;
}

/**
 * Reads labels of any kind onto the grid of their scan: DICOM SEG and RTSTRUCT, or a label map in any format that scans are read from. The
 * meaning of values comes from the DICOM object, or from `preset`, `labels.json` or `dataset.json` beside a label map or one folder up.
 * @throws TesseraError `bad-setting` for an unknown preset; `grid-mismatch`, `bad-labels` and what the readers throw
 */
export async function readLabels(path: string, options: LabelsOfScanOptions): Promise<LabelsOfScan> {
  const { scan, resample = false } = options;
  const preset = presetSegments(options.preset);
  const onGrid = { resample, labelName: path, ...(scan.path === undefined ? {} : { scanName: scan.path }) };
  if (!isDicomPath(path)) {
    const { signal, timeoutSeconds } = options;
    const file = await readScan(path, {
      ...(signal === undefined ? {} : { signal }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    });
    const labels = labelsOnGrid(file.volume, scan.geometry, onGrid);
    const names = await namesBeside(path);
    return { layers: [labels], segments: describeValues(labels.values, names, preset), findings: [...file.findings, ...labels.findings] };
  }
  const read = await readDicomLabels(path, options);
  const layers = read.layers.map(({ volume }) => labelsOnGrid(volume, scan.geometry, onGrid));
  const empty = layers.every(({ values }) => values.length === 0);
  return {
    layers,
    segments:
      preset === undefined
        ? read.segments
        : describeValues(
            read.segments.map(({ value }) => value),
            {},
            preset,
          ),
    findings: [...read.findings, ...(empty ? (layers[0]?.findings ?? []) : [])],
  };
}

/** The segments of a preset. @throws TesseraError `bad-setting` for an unknown one */
export function presetSegments(name: string | undefined): readonly SegmentDescription[] | undefined {
  if (name === undefined) return undefined;
  const found = organPreset(name);
  if (found !== undefined) return found.segments;
  throw new TesseraError('bad-setting', `there is no preset ${name}.`, {
    subject: '--preset',
    advice: `Choose one of ${presetNames.join(', ')}.`,
  });
}

async function namesBeside(path: string): Promise<LabelNames> {
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    const { labelNames } = await describeDataset(folder);
    if (Object.keys(labelNames).length > 0) return labelNames;
  }
  return {};
}

/** What label values mean: by the preset, else by their names, which often tell the concept, else tissue under the value. */
export function describeValues(values: readonly number[], names: LabelNames, preset?: readonly SegmentDescription[]): SegmentDescription[] {
  return values.map((value) => {
    const name = names[value] ?? `label ${value}`;
    return preset?.find((segment) => segment.value === value) ?? segmentByName(value, name) ?? plainSegment(value, name);
  });
}
