import { note, warning, type Finding } from '../finding.ts';
import { dot } from '../affine.ts';
import { normalOf, type DicomFrame } from './image.ts';

/** The pictures of a stack in order. */
export interface Arrangement {
  /** For each volume (time point, echo, kind of picture) its slices by position along the normal, ascending. */
  readonly volumes: readonly (readonly DicomFrame[])[];
  /** Millimetres of each slice along the normal; of the pictures' numbers where they have no position. */
  readonly positions: readonly number[];
  readonly findings: readonly Finding[];
}

/** Slices closer than this, in millimetres, are at one place. */
const SAME_POSITION = 0.01;

/** Sorts the pictures of a stack along its normal, and those at one place by kind and time into volumes. */
export function arrange(frames: readonly DicomFrame[]): Arrangement {
  const [first] = frames;
  if (first?.axes === undefined || first.position === undefined) return arrangeByNumber(frames);
  const normal = normalOf(first.axes);
  const placed = frames.map((frame) => ({ frame, at: dot(frame.position ?? [0, 0, 0], normal) })).sort((a, b) => a.at - b.at);
  const places: { at: number; frames: DicomFrame[] }[] = [];
  for (const { frame, at } of placed) {
    const last = places.at(-1);
    if (last !== undefined && at - last.at < SAME_POSITION) last.frames.push(frame);
    else places.push({ at, frames: [frame] });
  }
  const order = timeOrder(frames);
  for (const place of places) place.frames.sort(order);
  const findings: Finding[] = [];
  const count = volumeCount(
    places.map((place) => place.frames.length),
    findings,
  );
  return {
    volumes: Array.from({ length: count }, (_, t) => places.flatMap((place) => place.frames[t] ?? [])),
    positions: places.map(({ at }) => at),
    findings,
  };
}

/** Pictures without places: all one volume, by their numbers. */
function arrangeByNumber(frames: readonly DicomFrame[]): Arrangement {
  const sorted = [...frames].sort((a, b) => a.image.instanceNumber - b.image.instanceNumber || a.index - b.index);
  const spacing = sorted[0]?.sliceSpacing ?? 1;
  const findings =
    sorted.length === 1
      ? [warning('no-position', 'The picture has no position in the patient; orientation and place are a guess.')]
      : [
          warning(
            'no-position',
            'The pictures have no positions in the patient; they were put in the order of their numbers, which may be wrong.',
          ),
        ];
  return { volumes: [sorted], positions: sorted.map((_, k) => k * spacing), findings };
}

/** Kinds of picture (magnitude, phase, field map) in the order of their first picture, then echo, time point, number. */
function timeOrder(frames: readonly DicomFrame[]): (a: DicomFrame, b: DicomFrame) => number {
  const ranks = new Map<string, number>();
  const byNumber = [...frames].sort((a, b) => a.image.instanceNumber - b.image.instanceNumber || a.index - b.index);
  for (const { kind } of byNumber) if (!ranks.has(kind)) ranks.set(kind, ranks.size);
  return (a, b) => {
    const rank = (ranks.get(a.kind) ?? 0) - (ranks.get(b.kind) ?? 0);
    if (rank !== 0) return rank;
    const at = a.times.findIndex((time, i) => time !== b.times[i]);
    return at < 0 ? 0 : (a.times[at] ?? 0) - (b.times[at] ?? 0);
  };
}

function volumeCount(counts: readonly number[], findings: Finding[]): number {
  const occurrences = new Map<number, number>();
  for (const count of counts) occurrences.set(count, (occurrences.get(count) ?? 0) + 1);
  const [usual = 1] = [...occurrences].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [];
  const fewest = Math.min(...counts);
  const many = counts.filter((count) => count > usual).length;
  if (usual === 1) {
    if (many > 0) {
      const [is, has] = many === 1 ? ['1 position', 'has'] : [`${many} positions`, 'have'];
      const after = counts.findIndex((count) => count > 1) + 1;
      findings.push(
        warning('duplicate-slices', `${is} ${has} more than one picture (first at slice ${after}); the first of each was taken.`),
      );
    }
    return 1;
  }
  if (fewest < usual || many > 0) {
    const odd = counts.filter((count) => count !== usual).length;
    findings.push(
      warning(
        'incomplete-volumes',
        `${odd} of ${counts.length} positions have not ${usual} pictures as the others; ${fewest} complete ${fewest === 1 ? 'volume was' : 'volumes were'} taken.`,
      ),
    );
  } else {
    findings.push(
      note('volumes', `The series holds ${usual} volumes of ${counts.length} slices (time points, echoes or kinds of picture).`),
    );
  }
  return Math.min(fewest, usual);
}
