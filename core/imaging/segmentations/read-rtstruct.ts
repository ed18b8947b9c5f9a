import { isTesseraError, TesseraError } from '../../base/errors.ts';
import * as data from '../dicom/data-set.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { readDicomHeader, type DicomHeader } from '../dicom/read-header.ts';
import { note, warning, type Finding } from '../finding.ts';
import { segmentByName } from '../organ-presets/presets.ts';
import type { Triple } from '../volume.ts';
import { decodedText } from './character-set.ts';
import { plainSegment, type SegmentDescription } from './codes.ts';
import type { PlanePoint } from './contours.ts';
import { fillContours } from './fill-polygon.ts';
import { checkFrameOfReference, type LabelTarget } from './label-target.ts';
import { IndexList, LayerStack } from './layers.ts';
import { overlapFinding, type ReadLabels, type ReadLabelsOptions } from './read-seg.ts';
import { slicePlacer, type SlicePlacer } from './contour-placement.ts';
import { lookingInto } from './seg-header.ts';
import { RTSTRUCT_STORAGE } from './write-rtstruct.ts';

export interface ReadStructuresOptions extends Omit<ReadLabelsOptions, 'scan' | 'threshold'> {
  /** Contours have no grid of their own. */
  readonly scan: LabelTarget;
}

/** Points in all; a structure set of a whole body has some hundred thousand. */
const MOST_POINTS = 5_000_000;

/** One structure with its contours in LPS millimetres. */
interface Structure {
  readonly number: number;
  readonly name: string;
  /** As the program that drew it shows it. */
  readonly colour: Triple | undefined;
  readonly contours: readonly (readonly Triple[])[];
  /** Points, open lines and the like, which enclose nothing. */
  readonly skipped: number;
}

export const isStructureSet = ({ dataSet, path }: DicomHeader): boolean =>
  lookingInto(path, () => data.text(dataSet, 'x00080016') === RTSTRUCT_STORAGE);

/**
 * Reads an RT structure set onto the grid of its scan: a voxel belongs to a structure when its centre lies within the contours of its
 * slice. Contours between slices count for the slices that they are nearest to. Structures that overlap lie in further label maps.
 * @throws TesseraError `grid-mismatch` when it belongs to another frame of reference, or contours cross slices, and `resample` does not allow
 * the former; `bad-file`, `unsupported-file`, `not-found`, `too-large`
 */
export function readStructureSet(path: string, options: ReadStructuresOptions): ReadLabels {
  const header = readDicomHeader(path);
  if (header === undefined || !isStructureSet(header))
    throw new TesseraError('unsupported-file', 'is no RT structure set.', { subject: path, advice: 'Give a DICOM RTSTRUCT file.' });
  const findings: Finding[] = [...lookingInto(path, () => checkFrames(header, options))];
  const structures = lookingInto(path, () => structuresOf(header));
  const values = valuesOf(structures);
  const placer = slicePlacer(path, options.scan);
  const stack = new LayerStack(options.scan.geometry, Math.max(1, ...values));
  structures.forEach((structure, i) => {
    const { indices, found } = voxelsOf(structure, placer, options.scan, path);
    stack.add(values[i] ?? 0, indices);
    findings.push(...found);
  });
  const layers = stack.finish();
  return {
    layers,
    segments: structures.map((structure, i) => describe(structure, values[i] ?? 0)),
    findings: [...findings, ...overlapFinding(layers)],
  };
}

function describe({ name, colour }: Structure, value: number): SegmentDescription {
  const segment = segmentByName(value, name) ?? plainSegment(value, name);
  return colour === undefined ? segment : { ...segment, colour };
}

/** The numbers of the structures where they can be label values, else 1, 2, 3. */
function valuesOf(structures: readonly Structure[]): readonly number[] {
  const numbers = structures.map(({ number }) => number);
  const usable = numbers.every((n) => Number.isInteger(n) && n >= 1 && n <= 65535) && new Set(numbers).size === numbers.length;
  return usable ? numbers : structures.map((_, i) => i + 1);
}

/** Some programs invent a frame of reference but name the images that they drew on: those are then as good a proof. */
function checkFrames({ dataSet, path }: DicomHeader, { scan, resample = false }: ReadStructuresOptions): readonly Finding[] {
  const frames = data.items(dataSet, 'x30060010');
  const uids = [...frames, ...data.items(dataSet, 'x30060020')]
    .map((item) => data.text(item, 'x00200052') || data.text(item, 'x30060024'))
    .filter((uid) => uid !== '');
  if (uids.includes(scan.frameOfReference ?? '')) return [];
  try {
    return checkFrameOfReference(path, uids[0] ?? '', scan);
  } catch (error) {
    if (!isTesseraError(error)) throw error;
    const own = new Set(scan.slices?.flatMap(({ sopInstance }) => sopInstance ?? []));
    if (referencedImages(frames).some((uid) => own.has(uid)))
      return [
        note(
          'other-frame-of-reference',
          'It names another frame of reference than the scan, but the scan’s own images: it was taken as drawn on them.',
        ),
      ];
    if (!resample) throw error;
    return [warning('other-frame-of-reference', 'It was made in another frame of reference; its positions were taken as the scan’s.')];
  }
}

function referencedImages(frames: readonly DataSet[]): readonly string[] {
  return frames
    .flatMap((frame) => data.items(frame, 'x30060012'))
    .flatMap((study) => data.items(study, 'x30060014'))
    .flatMap((series) => data.items(series, 'x30060016'))
    .map((image) => data.text(image, 'x00081155'));
}

function structuresOf({ dataSet, path }: DicomHeader): readonly Structure[] {
  const contours = new Map(data.items(dataSet, 'x30060039').map((item) => [data.number(item, 'x30060084'), item]));
  let points = 0;
  return data.items(dataSet, 'x30060020').map((item, i) => {
    const number = data.number(item, 'x30060022');
    const name = decodedText(item, 'x30060026').replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
    const closed: (readonly Triple[])[] = [];
    let skipped = 0;
    const drawn = number === undefined ? undefined : contours.get(number);
    for (const contour of data.items(drawn, 'x30060040')) {
      if (!/^CLOSED_?PLANAR/.test(data.text(contour, 'x30060042'))) {
        skipped++;
        continue;
      }
      const triples = pointsOf(contour, path);
      points += triples.length;
      if (points > MOST_POINTS)
        throw new TesseraError('too-large', 'holds more contour points than any structure set has.', {
          subject: path,
          advice: 'Export it again.',
        });
      if (triples.length >= 3) closed.push(triples);
    }
    return { number: number ?? NaN, name: name === '' ? `structure ${i + 1}` : name, colour: colourOf(drawn), contours: closed, skipped };
  });
}

/** Red, green, blue from 0 to 255 (PS3.3 C.8.8.6). */
function colourOf(drawn: DataSet | undefined): Triple | undefined {
  const colour = drawn === undefined ? undefined : data.triple(drawn, 'x3006002a');
  return colour?.every((channel) => Number.isInteger(channel) && channel >= 0 && channel <= 255) === true ? colour : undefined;
}

function pointsOf(contour: DataSet, path: string): readonly Triple[] {
  if (data.text(contour, 'x30060050') === '') return [];
  const values = data.numbers(contour, 'x30060050');
  if (values === undefined || values.length % 3 !== 0)
    throw new TesseraError('bad-file', 'has a contour whose points are not three numbers each.', {
      subject: path,
      advice: 'Export it again.',
    });
  return Array.from({ length: values.length / 3 }, (_, p): Triple => [
    values[3 * p] as number,
    values[3 * p + 1] as number,
    values[3 * p + 2] as number,
  ]);
}

function voxelsOf(
  { name, contours, skipped }: Structure,
  placer: SlicePlacer,
  scan: LabelTarget,
  path: string,
): { indices: Uint32Array; found: Finding[] } {
  const [columns, rows] = scan.geometry.dims;
  const { slices, findings } = placer(contours, name);
  const found = [...findings];
  const list = new IndexList();
  let repeated = 0;
  for (const [k, polygons] of slices) {
    const filled = fill(polygons, columns, rows, path);
    repeated += filled.repeated;
    for (const pixel of filled.pixels) list.push(pixel + columns * rows * k);
  }
  if (skipped > 0)
    found.push(note('skipped-contours', `${name}: points and open lines, which enclose nothing, were left out (${skipped}).`));
  if (repeated > 0) found.push(note('repeated-contours', `${name}: contours that repeat others were counted once (${repeated}).`));
  if (contours.length > 0 && list.indices.length === 0)
    found.push(warning('empty-structure', `${name}: its contours enclose no voxel of the scan.`));
  return { indices: list.indices, found };
}

function fill(polygons: readonly (readonly PlanePoint[])[], columns: number, rows: number, path: string): ReturnType<typeof fillContours> {
  try {
    return fillContours(polygons, columns, rows);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TesseraError('bad-file', 'has contours that no person or program drew.', {
      subject: path,
      advice: 'Export it again.',
      cause,
    });
  }
}
