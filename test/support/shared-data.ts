import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/** The path of a file or folder of the shared test data, or undefined where it is not on this machine. */
export function sharedData(relative: string): string | undefined {
  const path = join(root, relative);
  return existsSync(path) ? path : undefined;
}

/** A `describe` that is skipped, with the reason in its name, where the shared data it needs are absent. */
export function describeWithSharedData(name: string, relativePaths: readonly string[], fn: () => void): void {
  const missing = relativePaths.filter((path) => sharedData(path) === undefined);
  if (missing.length === 0) describe(name, fn);
  else describe.skip(`${name} (skipped: shared data absent: ${missing.join(', ')})`, fn);
}
