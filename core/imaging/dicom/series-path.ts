import { existsSync, statSync } from 'node:fs';

/** A folder of DICOM files and, where it holds several series, which one. */
export interface SeriesPath {
  readonly folder: string;
  readonly key?: string;
}

/**
 * Takes a path apart that may name a series: a folder, or `folder#key` for one of several in it.
 * @returns undefined when it names no folder
 */
export function seriesPathOf(path: string): SeriesPath | undefined {
  if (existsSync(path)) return statSync(path).isDirectory() ? { folder: path } : undefined;
  const [, folder, key] = /^(.+)#([0-9a-f]{8})$/.exec(path) ?? [];
  if (folder === undefined || key === undefined || !existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  return { folder, key };
}

/** The path of one series of a folder that holds several. */
export const seriesPath = (folder: string, key: string): string => `${folder}#${key}`;
