import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { byName } from '../list-files.ts';
import type { Triple } from '../volume.ts';
import type { DicomContent, DicomFrame, DicomImage } from './image.ts';

/**
 * - `volume`: slices with places, from which a scan can be made.
 * - `scout`: pictures to plan the scan on (localizers).
 * - `unplaced`: pictures without a position in the patient.
 * - `colour`: pictures in colour, or by a palette.
 */
export type StackRole = 'volume' | 'scout' | 'unplaced' | 'colour';

/** Pictures of one series with one size, orientation and kind of pixels. */
export interface DicomStack {
  /** Eight hexadecimal digits that stay the same for the same series, and say nothing of the patient. */
  readonly key: string;
  readonly role: StackRole;
  readonly series: string;
  readonly seriesNumber: number | undefined;
  readonly modality: string;
  readonly description: string;
  /** The folder that holds its files, the first by name where there are several. */
  readonly folder: string;
  /** In no particular order. */
  readonly frames: readonly DicomFrame[];
}

/** Pictures whose direction cosines differ by more lie in other planes: 1e-3 is 0.25 mm at 250 mm. */
const SAME_AXES = 1e-3;
const SAME_SPACING = 1e-3;

/**
 * Sorts pictures into stacks: by series, size, pixel spacing, orientation and kind of pixels; localizers apart. A copy of a file that is
 * there already counts once. Series without a UID are told apart by folder.
 * @returns the stacks by series number, then key
 */
export function stacksOf(contents: readonly DicomContent[]): DicomStack[] {
  const groups = new Map<string, DicomFrame[][]>();
  const seen = new Set<string>();
  for (const { image, frames } of [...contents].sort((a, b) => byName(a.image.path, b.image.path))) {
    const instance = image.sopInstance === '' ? image.path : `${seriesOf(image)} ${image.sopInstance}`;
    if (seen.has(instance)) continue;
    seen.add(instance);
    for (const frame of frames) {
      const name = groupName(frame);
      const clusters = groups.get(name) ?? [];
      groups.set(name, clusters);
      const cluster = clusters.find(([first]) => first !== undefined && fitsTo(first, frame));
      if (cluster === undefined) clusters.push([frame]);
      else cluster.push(frame);
    }
  }
  const stacks = [...groups.values()].flat().flatMap((frames) => stackOf(frames));
  return stacks.sort((a, b) => (a.seriesNumber ?? Infinity) - (b.seriesNumber ?? Infinity) || byName(a.key, b.key));
}

/** A series by its UID, or by its folder where the UID was removed. */
const seriesOf = (image: DicomImage): string => (image.series === '' ? `folder ${dirname(image.path)}` : image.series);

const isScout = ({ imageType }: DicomImage): boolean => imageType.some((value) => value === 'LOCALIZER' || value === 'SCOUT');

/** Monochrome pictures only can be one number a voxel. */
export const isGrey = ({ pixels }: DicomImage): boolean => pixels.samples === 1 && /^(MONOCHROME[12])?$/.test(pixels.photometric);

function groupName(frame: DicomFrame): string {
  const { image, columns, rows } = frame;
  const placed = frame.position !== undefined && frame.axes !== undefined;
  return [seriesOf(image), columns, rows, isScout(image), isGrey(image), image.pixels.photometric, placed].join(' ');
}

function fitsTo(first: DicomFrame, frame: DicomFrame): boolean {
  const close = (a: Triple, b: Triple): boolean => a.every((v, i) => Math.abs(v - (b[i] ?? NaN)) < SAME_AXES);
  if (first.axes !== undefined && frame.axes !== undefined) {
    if (!close(first.axes[0], frame.axes[0]) || !close(first.axes[1], frame.axes[1])) return false;
  } else if (first.axes !== frame.axes) return false;
  const [a, b] = [first.pixelSpacing, frame.pixelSpacing];
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(a[0] / b[0] - 1) < SAME_SPACING && Math.abs(a[1] / b[1] - 1) < SAME_SPACING;
}

function stackOf(frames: readonly DicomFrame[]): DicomStack[] {
  const [first] = frames;
  if (first === undefined) return [];
  const { image } = first;
  const role: StackRole = !isGrey(image)
    ? 'colour'
    : isScout(image)
      ? 'scout'
      : first.position === undefined || first.axes === undefined
        ? 'unplaced'
        : 'volume';
  const what = [groupName(first), first.axes?.flat().map((v) => v.toFixed(2)), first.pixelSpacing?.map((v) => v.toFixed(2))];
  return [
    {
      key: createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 8),
      role,
      series: image.series,
      seriesNumber: image.seriesNumber,
      modality: image.modality,
      description: image.description,
      folder: dirname(image.path),
      frames,
    },
  ];
}
