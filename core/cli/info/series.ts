import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, listDicomSeries, mayBeDicom, type DicomSeries } from '../../imaging/index.ts';
import { readable, rowsText } from './rows.ts';
import { describeScan } from './scan.ts';

/**
 * The DICOM series of a folder, from their headers; of a folder that holds one volume and nothing else, all that is known of the scan.
 * @returns undefined for a folder without DICOM files, or of a data set
 */
export async function seriesInfo(
  path: string,
  volume: number | undefined,
  signal: AbortSignal,
): Promise<{ document: object; text: string } | undefined> {
  if (existsSync(join(path, 'images')) || existsSync(join(path, 'imagesTr'))) return undefined;
  const files = (await filesOf(path)).filter(mayBeDicom);
  const { series, damaged, files: count } = await listDicomSeries(files, signal);
  if (series.length === 0) return undefined;
  const [only] = series;
  if (volume !== undefined || (series.length === 1 && only?.role === 'volume' && only.volumes === 1))
    return describeScan(path, volume, signal);
  const rows: (readonly [string, string])[] = [
    ['folder', path],
    ['DICOM files', String(count)],
    ...series.flatMap(rowsOf),
    ...damaged.map(({ subject, message }) => ['damaged', `${subject ?? ''}: ${message}`] as const),
  ];
  return {
    document: {
      kind: 'series',
      path,
      files: count,
      series,
      damaged: damaged.map(({ code, subject, message }) => ({ code, subject, message })),
    },
    text: rowsText(rows),
  };
}

const roles = { volume: '', scout: ', localizer', unplaced: ', without positions', colour: ', in colour' } as const;

function rowsOf(series: DicomSeries): (readonly [string, string])[] {
  const { modality, role, description, dims, volumes, spacing, files, findings } = series;
  const number = series.seriesNumber === undefined ? '' : ` ${series.seriesNumber}`;
  const size = `${dims.join(' × ')}${volumes > 1 ? `, ${volumes} volumes` : ''}`;
  const millimetres = spacing === undefined ? '' : `, ${spacing.map(readable).join(' × ')} mm`;
  return [
    ['series', series.path],
    ['', `${modality}${number}${roles[role]}${description === '' ? '' : ` "${description}"`}: ${size}${millimetres}, ${files} files`],
    ...findings.map(({ severity, message }) => [`  ${severity}`, message] as const),
  ];
}
