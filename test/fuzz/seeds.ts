import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import type { Wrapping } from './inside.ts';
import { folderFormats, formats, type Format } from './open.ts';

/** A valid file, with the files that belong to it, and what is opened. */
export interface Seed {
  readonly format: Format;
  readonly name: string;
  /** By path below a folder, with '/'. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Which of the files is changed. */
  readonly changes: string;
  /** What is opened: a file, or '' for the whole folder. */
  readonly opens: string;
  readonly wrapping?: Wrapping;
}

/** Larger files of others are left out: many small steps find more than few large ones. */
const LARGEST = 100 * 1024;

/**
 * The files that mutations start from: those made by our own writers, in `seeds/`; and, where they are wanted, samples and shared data.
 * @param root of the project
 * @param ownOnly only `seeds/`, which are the same on every machine
 */
export async function loadSeeds(root: string, wanted: readonly Format[], ownOnly: boolean): Promise<readonly Seed[]> {
  const own = join(root, 'test', 'fuzz', 'seeds');
  const seeds: Seed[] = [];
  for (const format of formats) {
    if (!wanted.includes(format)) continue;
    seeds.push(...(await seedsIn(join(own, format === 'journal' ? 'workspace' : format), format)));
    if (ownOnly) continue;
    for (const place of others[format] ?? []) seeds.push(...(await seedsIn(join(root, ...place.split('/')), format)));
  }
  return seeds;
}

const data = '../shared/data';
const others: Partial<Record<Format, readonly string[]>> = {
  dicom: [`${data}/dicom_transfer_syntaxes`, `${data}/dicom_odd/pydicom`, `${data}/dicom_odd/cornerstone`, `${data}/dicom_series`],
  nifti: ['resources/samples/hippocampus/labels', `${data}/nifti_edge`],
  nrrd: [`${data}/nrrd_mha`],
  metaimage: [`${data}/nrrd_mha`],
  seg: [`${data}/dicom_seg_rt`],
  rtstruct: [`${data}/dicom_seg_rt`],
};

const ENDINGS: Readonly<Record<Format, RegExp>> = {
  dicom: /(\.dcm|\.ima|\/[^./]+)$/i,
  series: /\.dcm$/i,
  nifti: /\.(nii|hdr)(\.gz)?$/i,
  nrrd: /\.(nrrd|nhdr)$/i,
  metaimage: /\.(mha|mhd)$/i,
  zip: /\.zip$/i,
  seg: /(seg_|labelmap|liver_|binary|deflated)[^/]*\.dcm$/i,
  rtstruct: /(rt|structures)\.dcm$/i,
  workspace: /[^/]$/,
  journal: /[^/]$/,
  safetensors: /\.safetensors$/i,
};

/** Files of the shared data that are refused as they are; a change of them would tell little. */
const REFUSED = /\/(SC_|rt|report|test-SR|no-p|UN_|priv|GDCMJ2K_T|IM-0001-|complex64|nibabel_|air)[^/]*$/;

/** Of a folder with many alike, such as the slices of a series, the first few are enough. */
const MOST_OF_A_FOLDER = 4;

async function seedsIn(folder: string, format: Format): Promise<Seed[]> {
  if (!existsSync(folder)) return [];
  const paths = await filesIn(folder);
  if (folderFormats.includes(format)) return folderSeeds(folder, paths, format);
  const taken = new Map<string, number>();
  const seeds: Seed[] = [];
  const fitting = (path: string): boolean => ENDINGS[format].test(path) && (format === 'rtstruct' || !REFUSED.test(path));
  for (const path of paths.filter((one) => fitting(one.split(sep).join('/')))) {
    const alike = `${dirname(path)} ${extname(path)}`;
    const count = taken.get(alike) ?? 0;
    if (count >= MOST_OF_A_FOLDER && !path.includes(`${sep}seeds${sep}`) && !path.includes('pydicom')) continue;
    taken.set(alike, count + 1);
    const files = new Map<string, Uint8Array>();
    for (const companion of paths.filter((other) => dirname(other) === dirname(path) && stem(other) === stem(path)))
      files.set(basename(companion), await readFile(companion));
    const name = basename(path);
    seeds.push({ format, name, files, changes: name, opens: name, ...wrapped(path) });
  }
  return seeds;
}

const stem = (path: string): string => basename(path).replace(/\..*$/, '');

/** One seed for each file in each of the folders. */
async function folderSeeds(parent: string, paths: readonly string[], format: Format): Promise<Seed[]> {
  const seeds: Seed[] = [];
  for (const group of new Set(paths.map((path) => relative(parent, path).split(sep)[0] ?? ''))) {
    const members = paths.filter((path) => path.startsWith(join(parent, group) + sep));
    const inside = (path: string): string => relative(join(parent, group), path).split(sep).join('/');
    const files = new Map(await Promise.all(members.map(async (path) => [inside(path), await readFile(path)] as const)));
    for (const path of members)
      seeds.push({ format, name: `${group}/${inside(path)}`, files, changes: inside(path), opens: '', ...wrapped(path) });
  }
  return seeds.filter(({ wrapping }) => format === 'series' || (wrapping === 'journal') === (format === 'journal'));
}

function wrapped(path: string): { readonly wrapping?: Wrapping } {
  if (path.endsWith('.gz')) return { wrapping: 'gzip' };
  if (path.endsWith('.zip')) return { wrapping: 'zip' };
  if (basename(path) === 'deflated.dcm') return { wrapping: 'deflated-dicom' };
  if (/journal-\d+\.bin$/.test(path)) return { wrapping: 'journal' };
  return path.endsWith('.safetensors') ? { wrapping: 'safetensors' } : {};
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return paths.filter((path, i) => (sizes[i] ?? 0) > 0 && (sizes[i] ?? 0) <= LARGEST && !path.endsWith('SUMS')).sort();
}
