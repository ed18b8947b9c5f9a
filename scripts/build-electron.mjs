// Bundles the desktop shell into dist/electron: main.js (a module) and preload.cjs (one CommonJS file, which is what a sandboxed preload must be).
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
const external = ['electron', ...builtinModules, /^node:/];

/** Main process: everything but Electron and Node inside, so the installed program needs no packages beside it. */
export const mainBundle = bundle('main.ts', 'main.js', 'es');
export const preloadBundle = bundle('preload.ts', 'preload.cjs', 'cjs');

function bundle(entry, fileName, format) {
  return {
    configFile: false,
    root: join(root, 'electron'),
    logLevel: 'warn',
    // Packages are bundled as they are for Node, not for browsers.
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(root, 'electron', entry),
      target: 'node22',
      outDir: join(root, 'dist', 'electron'),
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { external, output: { format, entryFileNames: fileName, codeSplitting: false } },
    },
  };
}

export async function buildElectron() {
  await build(mainBundle);
  await build(preloadBundle);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildElectron();
