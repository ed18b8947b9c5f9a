import { readSafetensors } from '../../core/compute/safetensors.ts';
import { findScans, pointLPS, readScan, scanInfo, type Geometry } from '../../core/imaging/index.ts';
import { labelsOnGrid, readDicomLabels, readLabels, readSourceSeries } from '../../core/imaging/segmentations/index.ts';
import { openEverything } from './open-workspace.ts';

/** The grid of the made segmentations and structure sets, onto which all others are brought too. */
export const SCAN_GEOMETRY: Geometry = {
  dims: [8, 7, 5],
  spacing: [1, 2, 3],
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

/** One thing that the program does with a file; it may refuse. */
export type Opening = () => Promise<unknown>;

/** What the program does with files of each format, by the functions that it uses itself. @param path the file, or the folder of a format of folders */
export const openings: Readonly<Record<Format, (path: string) => readonly Opening[]>> = {
  dicom: (path) => [() => scanInfo(path), () => readSourceSeries(path), () => importAll(path)],
  series: (path) => [() => readScan(path, { volumeIndex: 0 }), () => readSourceSeries(path), () => importAll(path)],
  nifti: (path) => [() => scanInfo(path)],
  nrrd: (path) => [() => scanInfo(path)],
  metaimage: (path) => [() => scanInfo(path)],
  zip: (path) => [() => scanInfo(path), () => importAll(path)],
  seg: (path) => [() => readLabels(path, { scan: { geometry: SCAN_GEOMETRY }, resample: true }), () => ownLabels(path)],
  rtstruct: (path) => [() => readLabels(path, { scan: { geometry: SCAN_GEOMETRY }, resample: true })],
  workspace: (path) => [() => openEverything(path)],
  journal: (path) => [() => openEverything(path)],
  safetensors: (path) => [() => readAllTensors(path)],
};

export const formats = [
  'dicom',
  'series',
  'nifti',
  'nrrd',
  'metaimage',
  'zip',
  'seg',
  'rtstruct',
  'workspace',
  'journal',
  'safetensors',
] as const;
export type Format = (typeof formats)[number];

/** Formats of which a whole folder is opened. */
export const folderFormats: readonly Format[] = ['series', 'workspace', 'journal'];

async function importAll(path: string): Promise<void> {
  const found = await findScans([path]);
  try {
    for (const scan of found.scans) {
      await scan.read();
      await scan.sources();
    }
  } finally {
    await found.close();
  }
}

async function ownLabels(path: string): Promise<void> {
  const { layers } = await readDicomLabels(path);
  for (const { volume } of layers) labelsOnGrid(volume, volume.geometry, { labelName: path });
}

async function readAllTensors(path: string): Promise<void> {
  const file = await readSafetensors(path);
  try {
    for (const name of file.names) await file.read(name);
  } finally {
    await file.close();
  }
}
