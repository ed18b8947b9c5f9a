// Lays out the host's program as an installed Tessera carries it: a plain folder that a stock Node runs, outside Electron's archive.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from './prepare.mjs';

/** Folders and files of the project that the program reads when it runs. */
const PARTS = [
  join('dist', 'core'),
  join('dist', 'renderer'),
  // Compiled on the user's machine, for its processor.
  join('core', 'compute', 'native'),
  join('resources', 'recipes'),
  join('resources', 'samples'),
  join('resources', 'models'),
  'LICENSE',
  'NOTICE',
];

/** Fields of package.json that the program or a reader needs. */
const FIELDS = ['name', 'version', 'description', 'license', 'private', 'type', 'engines'];

/** Copies the host into an empty folder. @returns the packages that it carries, as paths below node_modules */
export function stageHost(folder, { project = root } = {}) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS)
    if (existsSync(join(project, part))) cpSync(join(project, part), join(folder, part), { recursive: true, filter: isNeeded });
  const description = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const kept = Object.fromEntries(FIELDS.map((name) => [name, description[name]]));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(kept, null, 2)}\n`);
  const packages = runtimePackages(project);
  for (const path of packages) copyPackage(join(project, path), join(folder, path));
  return packages;
}

/** What package-lock.json installs for the program itself and not for working on it, where it was made for this kind of machine. */
export function runtimePackages(project = root) {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true && existsSync(join(project, path)))
    .map(([path]) => path);
}

/** Its own packages come by themselves: they may be for working on it. */
function copyPackage(from, to) {
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) => path === from || (basename(path) !== 'node_modules' && isNeeded(path)),
  });
}

/** Maps back to the sources help who works on a program, and are half of its size. */
function isNeeded(path) {
  return !path.endsWith('.map') && !path.endsWith('.tsbuildinfo') && basename(dirname(path)) !== '.bin';
}
