import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { JsonFile } from './json-file.ts';

const recentFile = z.object({ workspaces: z.array(z.string().refine((path) => isAbsolute(path))).max(100) });
const MOST = 10;

export interface RecentWorkspace {
  readonly id: string;
  readonly path: string;
  /** The folder's own name. */
  readonly name: string;
}

/** The workspaces that were open, the last first. They are kept here and not in the system's own list, which other programs read. */
export class RecentWorkspaces {
  readonly #file: JsonFile<z.infer<typeof recentFile>>;
  readonly #exists: (path: string) => boolean;
  #paths: readonly string[] = [];

  constructor(path: string, exists: (path: string) => boolean = existsSync) {
    this.#file = new JsonFile(path, recentFile);
    this.#exists = exists;
  }

  async load(): Promise<void> {
    this.#paths = (await this.#file.read())?.workspaces ?? [];
  }

  /** Those that are there now; one on a disk that is not mounted is hidden, not forgotten. */
  list(): RecentWorkspace[] {
    return this.#paths
      .filter((path) => this.#exists(join(path, 'workspace.json')))
      .map((path) => ({ id: createHash('sha256').update(path).digest('hex').slice(0, 16), path, name: basename(path) }));
  }

  add(path: string): Promise<void> {
    return this.#keep([path, ...this.#paths.filter((other) => other !== path)].slice(0, MOST));
  }

  clear(): Promise<void> {
    return this.#keep([]);
  }

  #keep(paths: readonly string[]): Promise<void> {
    this.#paths = paths;
    return this.#file.write({ workspaces: [...paths] });
  }
}
