// What the desktop window needs beside the program itself: Electron's binary, and the shell bundled into dist/electron.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run, say } from './prepare.mjs';

const packageFolder = join(root, 'node_modules', 'electron');
/** Longer than a slow line needs for 120 MB, and not for ever. */
const FETCH_WITHIN = 600_000;
const DAY = 86_400_000;

/** Why no window can be opened on this machine, whatever is fetched; undefined where nothing speaks against it. */
export function whyNoWindow({ platform = process.platform, env = process.env, uid = process.getuid?.() } = {}) {
  if (platform !== 'linux') return undefined;
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display here';
  // Its sandbox cannot confine root, and it is never turned off.
  if (uid === 0) return 'Electron does not run as root';
  return undefined;
}

/** Electron's program, where it is there: in ELECTRON_OVERRIDE_DIST_PATH, or fetched earlier. */
export function findElectron({ platform = process.platform, env = process.env, folder = packageFolder } = {}) {
  const name = { darwin: join('Electron.app', 'Contents', 'MacOS', 'Electron'), win32: 'electron.exe' }[platform] ?? 'electron';
  const own = env.ELECTRON_OVERRIDE_DIST_PATH;
  const program = join(own || join(folder, 'dist'), name);
  if (!existsSync(program)) return undefined;
  return own || isWantedVersion(folder) ? program : undefined;
}

/** One that was fetched for an older version of the package is fetched anew. */
function isWantedVersion(folder) {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return (
      readFileSync(join(folder, 'dist', 'version'), 'utf8')
        .trim()
        .replace(/^v/, '') === version
    );
  } catch {
    // No version is written in a folder that was not unpacked to its end.
    return false;
  }
}

/**
 * Fetches Electron's binary as its own `install-electron` does, which honours ELECTRON_MIRROR and the download cache of this user.
 * @returns why it cannot be had, in a few words; undefined when it is there
 */
export async function fetchElectron({ within = FETCH_WITHIN, installer = join(packageFolder, 'install.js'), note = failureNote() } = {}) {
  const remembered = recentFailure(note);
  if (remembered !== undefined) return remembered;
  say('Fetching Electron (about 120 MB) …');
  const problem = await install(installer, within);
  if (problem === undefined) rmSync(note, { force: true });
  else {
    mkdirSync(dirname(note), { recursive: true });
    writeFileSync(note, JSON.stringify({ time: Date.now(), problem }));
  }
  return problem;
}

function install(installer, within) {
  return new Promise((resolve) => {
    const env = { ELECTRON_GET_USE_PROXY: 'true', ...process.env };
    const child = spawn(process.execPath, [installer], { env, stdio: ['ignore', 2, 'pipe'], timeout: within, killSignal: 'SIGKILL' });
    let words = '';
    child.stderr.on('data', (chunk) => (words += chunk));
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) => {
      if (status === 0) resolve(undefined);
      else resolve(signal === 'SIGKILL' ? `it was not fetched within ${within / 60_000} minutes` : reason(words));
    });
  });
}

/** The first line of a stack of errors that says something to a person. */
function reason(words) {
  const line = words.split('\n').find((text) => /error|cannot|could not|denied/i.test(text)) ?? 'the download failed';
  const text = line.trim().replace(/^(\w*Error): /, '');
  // All that Node's fetch says when there is no network.
  return text === 'fetch failed' ? 'its download server cannot be reached' : text.slice(0, 200);
}

/** Beside the binary it is about: a fresh `npm ci` asks anew. */
function failureNote() {
  return join(root, 'node_modules', '.cache', 'tessera-electron-failure.json');
}

/** Without network, not every start should wait for it again. */
function recentFailure(note) {
  try {
    const { time, problem } = JSON.parse(readFileSync(note, 'utf8'));
    return Date.now() - time < DAY ? `${problem}; it is tried again tomorrow, or when ${note} is deleted` : undefined;
  } catch {
    // No note: nothing failed.
    return undefined;
  }
}

/** Bundles the shell into dist/electron when a source of it changed. @returns whether it is there */
export async function prepareShell() {
  const stamp = join(root, 'dist', '.tessera-shell');
  const fingerprint = shellFingerprint();
  const outputs = ['main.js', 'preload.cjs'].map((name) => join(root, 'dist', 'electron', name));
  if (outputs.every((path) => existsSync(path)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return true;
  say('Bundling the desktop shell …');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  for (const config of ['main.vite.config.ts', 'preload.vite.config.ts'])
    if ((await run(process.execPath, [vite, 'build', '--config', join('electron', config)], { quiet: true })) !== 0) return false;
  writeFileSync(stamp, fingerprint);
  return true;
}

function shellFingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  };
  add('package-lock.json');
  // What the shell takes from core/ lies in these folders.
  for (const folder of ['electron', join('core', 'base'), join('core', 'service', 'api')])
    for (const name of readdirSync(join(root, folder)).sort()) add(join(folder, name));
  return hash.digest('hex');
}
