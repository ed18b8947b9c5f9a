import { basename } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import { warning, type Finding } from '../finding.ts';
import type { DicomIndex } from './index-files.ts';
import { seriesPath } from './series-path.ts';
import type { DicomStack, StackRole } from './stacks.ts';

/** Stray pictures of a series, such as one of another size, are at most this share of its main stack. */
const STRAY_SHARE = 0.1;

/**
 * The stack of a folder that a scan is made of: the one asked for, else the only one; stray pictures beside it are told of.
 * @param roles what may be taken, the first that is there
 * @throws TesseraError `no-data` when there is none, `bad-setting` when there are several or the one asked for does not exist,
 * `unsupported-file` when all are in colour
 */
export function chooseStack(
  index: DicomIndex,
  path: string,
  key?: string,
  roles: readonly StackRole[] = ['volume', 'unplaced'],
): { stack: DicomStack; findings: readonly Finding[] } {
  const { stacks } = index;
  if (key !== undefined) {
    const asked = stacks.find((stack) => stack.key === key);
    if (asked !== undefined) return { stack: asked, findings: [] };
    throw new TesseraError('bad-setting', `has no series ${key}.`, {
      subject: path,
      advice: 'List them with `tessera info` on the folder.',
    });
  }
  const candidates = roles.map((role) => stacks.filter((stack) => stack.role === role)).find((list) => list.length > 0);
  const [largest, ...others] = [...(candidates ?? [])].sort((a, b) => b.frames.length - a.frames.length);
  if (largest === undefined) throw nothing(index, path);
  const isStray = (stack: DicomStack): boolean =>
    stack.series === largest.series &&
    stack.frames.length <= Math.max(1, STRAY_SHARE * largest.frames.length) &&
    largest.frames.length >= 3;
  const rivals = others.filter((stack) => !isStray(stack));
  if (rivals.length > 0) throw several([largest, ...rivals], path);
  return { stack: largest, findings: [...strays(stacks, largest), ...damagedFiles(index)] };
}

function strays(stacks: readonly DicomStack[], chosen: DicomStack): Finding[] {
  const left = stacks.filter((stack) => stack !== chosen && stack.series === chosen.series);
  const count = (role: DicomStack['role']): number => left.filter((s) => s.role === role).reduce((n, s) => n + s.frames.length, 0);
  const what = [
    [count('volume'), 'of another size, spacing or orientation'],
    [count('unplaced'), 'without a position'],
    [count('scout'), 'to plan the scan on (localizer)'],
    [count('colour'), 'in colour'],
  ] as const;
  const parts = what.filter(([n]) => n > 0).map(([n, words]) => `${n} ${words}`);
  if (parts.length === 0) return [];
  return [warning('images-left-out', `Pictures of the series were left out: ${parts.join(', ')}.`)];
}

function damagedFiles({ damaged }: DicomIndex): Finding[] {
  const [first] = damaged;
  if (first === undefined) return [];
  const name = basename(first.subject ?? '');
  const which = damaged.length === 1 ? name : `${name} and ${damaged.length - 1} more`;
  return [
    warning('damaged-files', `${damaged.length} DICOM ${damaged.length === 1 ? 'file is' : 'files are'} damaged and left out (${which}).`),
  ];
}

function nothing({ stacks, files, damaged, others }: DicomIndex, path: string): TesseraError {
  const [error] = [...damaged, ...others];
  // Of a single file, or a folder with one, its own fault says more than a count.
  if (files === 1 && error !== undefined) return error;
  if (stacks.some(({ role }) => role === 'colour'))
    return new TesseraError('unsupported-file', 'holds pictures in colour.', {
      subject: path,
      advice: 'Give the grey images of a CT or MR series.',
    });
  const what =
    files === 0
      ? 'holds no DICOM file.'
      : stacks.length > 0
        ? 'holds only localizers.'
        : `holds ${files} DICOM files, none of them an image of a scan.`;
  return new TesseraError('no-data', what, { subject: path, advice: 'Give a folder with the images of a CT or MR series.' });
}

function several(stacks: readonly DicomStack[], path: string): TesseraError {
  const names = stacks.slice(0, 4).map(({ key, modality, frames }) => `${seriesPath(path, key)} (${modality}, ${frames.length} images)`);
  return new TesseraError('bad-setting', `holds ${stacks.length} series or parts of series.`, {
    subject: path,
    advice: `Choose one: ${names.join(', ')}${stacks.length > 4 ? ', …' : ''}.`,
  });
}
