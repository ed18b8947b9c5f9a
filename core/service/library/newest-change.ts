import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds since 1970 of the latest change of a file in a folder; 0 where there is none. */
export async function newestChange(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const times = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.round(Math.max(0, ...times));
}
