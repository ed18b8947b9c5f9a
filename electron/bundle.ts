import { builtinModules } from 'node:module';
import { join } from 'node:path';
import type { InlineConfig } from 'vite';

/**
 * How a program of the shell becomes one file in dist/electron. Everything but Electron and Node goes into it, so that an installed program
 * needs no packages beside it.
 */
export function bundle(entry: string, fileName: string, format: 'es' | 'cjs'): InlineConfig {
  const folder = import.meta.dirname;
  return {
    root: folder,
    logLevel: 'warn',
    // Packages are taken as they are for Node, not for browsers.
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(folder, entry),
      target: 'node22',
      outDir: join(folder, '..', 'dist', 'electron'),
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        external: ['electron', ...builtinModules, /^node:/],
        output: { format, entryFileNames: fileName, codeSplitting: false },
      },
    },
  };
}
