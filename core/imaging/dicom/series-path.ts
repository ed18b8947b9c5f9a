import { existsSync, statSync } from 'node:fs';

/** A folder of DICOM files and, where it holds several series, which one. */
export interface SeriesPath {
  readonly folder: string;
  /** See `DicomStack.key`. */
  readonly key?: string;
  /** One volume of a series that holds several (time points, echoes, kinds of picture), from 0. */
  readonly volume?: number;
}

/**
 * A path that may name a series: a folder, `folder#key` for one of several in it, or `folder#key@2` for one volume of a series.
 * @returns undefined when it names no folder
 */
export function seriesPathOf(path: string): SeriesPath | undefined {
  if (existsSync(path)) return statSync(path).isDirectory() ? { folder: path } : undefined;
  const [, folder, key, volume] = /^(.+)#([0-9a-f]{8})(?:@(\d{1,6}))?$/.exec(path) ?? [];
  if (folder === undefined || key === undefined || !existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  return { folder, key, ...(volume === undefined ? {} : { volume: Number(volume) }) };
}

/** The path of one series of a folder that holds several, or of one of its volumes. */
export const seriesPath = (folder: string, key: string, volume?: number): string =>
  `${folder}#${key}${volume === undefined ? '' : `@${volume}`}`;
