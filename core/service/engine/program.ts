import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectFolder } from '../../base/project-folder.ts';

/** The engine's program: beside this file, compiled as this file is. From TypeScript source (tests) it is the one compiled before. */
export function engineProgram(): string {
  if (!import.meta.url.endsWith('.ts')) return fileURLToPath(new URL('./main.js', import.meta.url));
  const compiled = join(projectFolder(), 'dist', 'core', 'service', 'engine', 'main.js');
  if (existsSync(compiled)) return compiled;
  return fileURLToPath(new URL('./main.ts', import.meta.url));
}
