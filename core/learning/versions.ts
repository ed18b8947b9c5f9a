import { readFile } from 'node:fs/promises';
import type { Backend } from '../compute/index.ts';
import { projectFolder } from '../base/project-folder.ts';
import { join } from 'node:path';

/** What a result depends on besides settings and data. */
export async function versions(backend: Backend): Promise<Record<string, string>> {
  const { version } = JSON.parse(await readFile(join(projectFolder(), 'package.json'), 'utf8')) as { readonly version: string };
  return {
    tessera: version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    backend: `${backend.version} (${backend.device}${backend.fused ? ', fused operations' : ''}, ${String(backend.threads)} threads)`,
  };
}
