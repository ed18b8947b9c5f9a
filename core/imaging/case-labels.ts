import { isTesseraError, TesseraError } from '../base/errors.ts';
import { seriesPathOf } from './dicom/series-path.ts';
import { note, warning, type Finding } from './finding.ts';
import { formatOf } from './formats.ts';
import type { LabelNames } from './label-names.ts';
import { readScan } from './read-scan.ts';
import type { LabelsOfScan } from './segmentations/index.ts';
import type { Geometry, Volume } from './volume.ts';

/** One label map of a scan; values that no label can have are not looked for yet (`checkLabels`). */
export interface CaseLabels {
  readonly volume: Volume;
  /** Value → name, where the file itself names its labels (DICOM). */
  readonly names: LabelNames;
  readonly findings: readonly Finding[];
}

/** Whether a label file is a DICOM object (segmentation, structure set) and no label map. */
export function isLabelObject(path: string): boolean {
  const format = formatOf(path)?.format.name;
  return (format === undefined || format === 'DICOM') && seriesPathOf(path) === undefined;
}

/**
 * Reads the labels of a scan as one label map. A map in a format of scans is read as it is, on its own grid. A DICOM segmentation or RT
 * structure set is brought onto the scan, exactly or not at all. Its labels take the values that `names` gives their names, without regard
 * to case and spelling of blanks, and those that it does not name are left out; without names they keep the values that the object gives
 * them. Where structures overlap, the highest value wins, and a finding says so.
 * @param options `resample`: the user's word that a DICOM object on another grid may be resampled (nearest voxel)
 * @param scan path and grid of the scan; the path of a DICOM series makes frames of reference count
 * @throws TesseraError `grid-mismatch` when they do not lie on the scan's grid; `bad-labels` when `names` names none of them; else as the
 * readers
 */
export async function readCaseLabels(
  path: string,
  scan: { readonly path: string; readonly geometry: Geometry },
  names: LabelNames = {},
  options: { readonly signal?: AbortSignal; readonly resample?: boolean } = {},
): Promise<CaseLabels> {
  const { signal, resample = false } = options;
  if (!isLabelObject(path)) {
    const { volume, findings } = await readScan(path, signal === undefined ? {} : { signal });
    return { volume, names: {}, findings };
  }
  const { labelTargetOf, readLabels } = await import('./segmentations/index.ts');
  const target = await labelTargetOf(scan.path, scan.geometry);
  try {
    return oneMap(await readLabels(path, { scan: target, resample, ...(signal === undefined ? {} : { signal }) }), path, names);
  } catch (error) {
    if (!isTesseraError(error) || error.code !== 'grid-mismatch') throw error;
    throw new TesseraError('grid-mismatch', error.message, {
      subject: path,
      advice: `Check that the two belong together; \`tessera export ${path} --scan ${scan.path} --format nifti --resample --out DIR\` makes a label map on the scan's grid.`,
      cause: error,
    });
  }
}

const spelled = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();

function oneMap({ layers, segments, findings }: LabelsOfScan, path: string, names: LabelNames): CaseLabels {
  const wanted = new Map(Object.entries(names).map(([value, name]) => [spelled(name), Number(value)]));
  wanted.delete('background');
  const valueOf = new Map(segments.map(({ value, name }) => [value, wanted.size === 0 ? value : (wanted.get(spelled(name)) ?? 0)]));
  const left = segments.filter(({ value }) => valueOf.get(value) === 0).map(({ name }) => name);
  if (segments.length > 0 && left.length === segments.length)
    throw new TesseraError('bad-labels', `holds none of the wanted labels (${list([...wanted.keys()])}), but ${list(left)}.`, {
      subject: path,
      advice: 'Name labels alike: in labels.json or dataset.json of the data folder, and in the DICOM objects.',
    });
  const [first] = layers;
  if (first === undefined) throw new RangeError('labels without a grid');
  const { voxels, overlaps } = merged(layers, valueOf);
  return {
    volume: { geometry: first.geometry, voxels, slope: 1, intercept: 0 },
    names: Object.fromEntries(
      segments.flatMap(({ value, name }) => (valueOf.get(value) === 0 ? [] : [[valueOf.get(value) ?? value, name]])),
    ),
    findings: [
      ...findings.filter(({ code }) => code !== 'overlapping-segments'),
      ...(left.length === 0 ? [] : [note('labels-left-out', `Left out, as nothing names them: ${list(left)}.`)]),
      ...(overlaps === 0
        ? []
        : [warning('overlapping-labels', `Labels overlap in ${overlaps} voxels, which have the highest value of theirs now.`)]),
    ],
  };
}

function merged(
  layers: LabelsOfScan['layers'],
  valueOf: ReadonlyMap<number, number>,
): { readonly voxels: Uint8Array | Uint16Array; readonly overlaps: number } {
  const table = new Uint16Array(65536);
  for (const [from, to] of valueOf) table[from] = to;
  const length = layers[0]?.labels.length ?? 0;
  const voxels = Math.max(0, ...valueOf.values()) > 255 ? new Uint16Array(length) : new Uint8Array(length);
  let overlaps = 0;
  for (const { labels } of layers) {
    for (let i = 0; i < length; i++) {
      const value = table[labels[i] as number] as number;
      if (value === 0) continue;
      const before = voxels[i] as number;
      if (before !== 0 && before !== value) overlaps++;
      if (value > before) voxels[i] = value;
    }
  }
  return { voxels, overlaps };
}

const MOST_NAMES = 8;

const list = (names: readonly string[]): string =>
  names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '');
