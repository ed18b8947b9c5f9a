// What must be there before the program or its tests can run: packages, compiled code, the TensorFlow runtime.
// Nothing is installed yet when this runs, so it uses Node alone. Everything it says goes to standard error.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const oldestNode = [20, 19];

/** Ends the process with one line when this Node is too old. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  say(
    `Tessera needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}. Install a current one from https://nodejs.org.`,
  );
  process.exit(1);
}

/** Everything that the program needs before it can run. Ends the process where it cannot be had. */
export async function prepareProgram() {
  checkNode();
  await preparePackages();
  if (!(await prepareBuild())) fail('The sources do not compile; the errors are above.');
  await prepareRuntime();
}

/** Runs `npm ci` when the packages that package-lock.json asks for are not installed. */
export async function preparePackages() {
  if (arePackagesInstalled(root)) return;
  const seconds = stopwatch();
  say('Installing packages (npm ci) …');
  if ((await npmCi(root)) !== 0) fail('npm ci failed; its words are above. Check the network or your npm registry setting.');
  say(`Installed packages in ${seconds()}`);
}

/** Other versions of Node, for the tests that load TensorFlow on each. Those tests are skipped where they cannot be had. */
export async function prepareOtherNodes() {
  const folder = join(root, 'test', 'node-versions');
  if (process.platform !== 'linux' || process.arch !== 'x64' || arePackagesInstalled(folder)) return;
  const seconds = stopwatch();
  say('Fetching other versions of Node to test with …');
  const status = await npmCi(folder, '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=0');
  say(status === 0 ? `Fetched them in ${seconds()}` : 'They could not be fetched; the tests that need them are skipped.');
}

/** Programs of others that judge what we write (DICOM objects) and draw (pages), and the Debian packages that have them. */
const judges = [
  ['dciodvfy', 'dicom3tools'],
  ['dcmdump', 'dcmtk'],
  ['Orthanc', 'orthanc'],
  ['chromium', 'chromium'],
];

/**
 * Installs the outside judges of the tests where that needs nobody's leave: as root on Debian. It never fails the run; a test that misses
 * one says so itself.
 */
export function prepareJudges() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) return;
  const missing = judges.filter(([program]) => !onPath(program)).map(([, name]) => name);
  if (!succeeds('/usr/bin/python3', '-c', 'import pydicom, numpy')) missing.push('python3-pydicom', 'python3-numpy');
  if (!existsSync('/usr/share/orthanc/plugins/libOrthancDicomWeb.so')) missing.push('orthanc-dicomweb');
  if (missing.length === 0) return;
  const seconds = stopwatch();
  say(`Installing judges of the tests (${missing.join(', ')}) …`);
  const install = () => succeeds('apt-get', 'install', '-y', '--no-install-recommends', ...missing);
  // The lists of packages may never have been fetched.
  const installed = install() || (succeeds('apt-get', 'update') && install());
  say(installed ? `Installed them in ${seconds()}` : `They could not be installed; try: apt-get install -y ${missing.join(' ')}`);
}

function succeeds(program, ...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(program, args, { stdio: 'ignore', env, timeout: 600_000 }).status === 0;
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function npmCi(folder, ...flags) {
  // npm names itself to its scripts; without it (plain `node scripts/start.mjs`) it is looked up, which Windows does through a shell.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--loglevel=error', ...flags];
  return npm === undefined
    ? run('npm', args, { cwd: folder, shell: process.platform === 'win32', quiet: true })
    : run(process.execPath, [npm, ...args], { cwd: folder, quiet: true });
}

/** npm writes what it installed into a hidden lock file, last of all: equal versions there mean that nothing is to be done. */
function arePackagesInstalled(folder) {
  try {
    const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([path, entry]) => path === '' || installed[path]?.version === entry.version || !isNeededHere(entry),
    );
  } catch {
    // One of the two is missing or broken off: install.
    return false;
  }
}

/** An optional package is missed only when it was made for this kind of machine; npm leaves others, and what only they need, out. */
function isNeededHere({ optional, os, cpu, libc }) {
  const named = (wanted, actual) => [wanted].flat().includes(actual);
  return optional !== true || (named(os, process.platform) && named(cpu, process.arch) && libc === undefined);
}

/** Compiles core/ and the programs of test/bench and test/fuzz into dist/ when a source changed. @returns whether dist/ is whole */
export async function prepareBuild() {
  const stamp = join(root, 'dist', '.tessera-sources');
  const fingerprint = sourcesFingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return preparePage();
  const seconds = stopwatch();
  say('Compiling TypeScript …');
  // Types are checked by `npm test`, not by everyone who starts the program: that takes three times as long.
  const status = await run(process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tsconfig.build.json',
    '--noCheck',
  ]);
  if (status !== 0) return false;
  writeFileSync(stamp, fingerprint);
  say(`Compiled TypeScript in ${seconds()}`);
  return preparePage();
}

/** Builds the page into dist/renderer when a source of it changed. Of core/ it takes types only, which leave nothing in what is built. */
async function preparePage() {
  const stamp = join(root, 'dist', '.tessera-page');
  const fingerprint = pageFingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint && existsSync(join(root, 'dist', 'renderer'))) return true;
  const seconds = stopwatch();
  say('Building the page …');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const config = join('renderer', 'vite.config.ts');
  if ((await run(process.execPath, [vite, 'build', '--config', config, '--logLevel', 'error'], { quiet: true })) !== 0) return false;
  writeFileSync(stamp, fingerprint);
  say(`Built the page in ${seconds()}`);
  return true;
}

function pageFingerprint() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'renderer'), { recursive: true }).map((entry) => join('renderer', entry));
  for (const path of ['package-lock.json', ...sources.sort()]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function sourcesFingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  };
  for (const name of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) add(join(root, name));
  for (const folder of ['core', join('test', 'bench'), join('test', 'fuzz')])
    for (const entry of readdirSync(join(root, folder), { recursive: true }).sort())
      if (entry.endsWith('.ts')) add(join(root, folder, entry));
  return hash.digest('hex');
}

/** Installs the TensorFlow runtime when it is missing; without it the program goes on with WebAssembly, and one line says so. */
export async function prepareRuntime() {
  if (process.env.TESSERA_RUNTIME === 'none') return;
  const folder = join(root, 'dist', 'core', 'compute', 'runtime');
  const load = (name) => import(pathToFileURL(join(folder, `${name}.js`)).href);
  const [{ findRuntime }, { ensureBuilt }, { runtimesFolder }] = await Promise.all([load('locate'), load('build'), load('cache-folder')]);
  const failureNote = join(runtimesFolder(), 'last-failure.json');
  const seconds = stopwatch();
  // Ctrl+C ends the installation and clears away what it had unpacked.
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  try {
    const runtime = findRuntime();
    if (runtime !== undefined) {
      const { kernelsProblem } = await ensureBuilt(runtime.folder, { report: say, signal: interrupted.signal });
      if (kernelsProblem !== undefined) say(`Going on without fused kernels: ${kernelsProblem}`);
      return;
    }
    const remembered = recentFailure(failureNote);
    if (remembered !== undefined) {
      say(`Going on with WebAssembly, which is much slower: TensorFlow could not be installed (${remembered})`);
      return;
    }
    const { installTensorflow } = await load('install');
    const { version, variant } = await installTensorflow({ variant: 'auto', report: say, signal: interrupted.signal });
    rmSync(failureNote, { force: true });
    say(`Installed TensorFlow ${version} (${variant}) in ${seconds()}`);
  } catch (error) {
    if (interrupted.signal.aborted) process.exit(130);
    const { describeError } = await import(pathToFileURL(join(root, 'dist', 'core', 'base', 'errors.js')).href);
    const message = describeError(error);
    mkdirSync(dirname(failureNote), { recursive: true });
    writeFileSync(failureNote, JSON.stringify({ time: Date.now(), message }));
    say(`Going on with WebAssembly, which is much slower: ${message}`);
    say(`The installation is tried again tomorrow, or when ${failureNote} is deleted.`);
  } finally {
    process.off('SIGINT', interrupt);
  }
}

/** What failed within the last day: without network, not every start should wait for it again. */
function recentFailure(path) {
  try {
    const { time, message } = JSON.parse(readFileSync(path, 'utf8'));
    return Date.now() - time < 86_400_000 ? message : undefined;
  } catch {
    // No note: nothing failed.
    return undefined;
  }
}

/**
 * Runs a program in the project's folder with its output on this terminal. @returns its exit status, 128 + N when ended by signal N
 * @param {{ cwd?: string, shell?: boolean, quiet?: boolean }} [options] quiet: its standard output goes to standard error
 */
export function run(program, args, { cwd = root, shell = false, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, shell, stdio: ['inherit', quiet ? 2 : 'inherit', 'inherit'] });
    // Ctrl+C reaches the child too; it decides what to finish, and its status is ours.
    const wait = () => undefined;
    // A termination reaches this process alone.
    const terminate = () => child.kill('SIGTERM');
    process.on('SIGINT', wait).on('SIGTERM', terminate);
    const done = (status) => {
      process.off('SIGINT', wait).off('SIGTERM', terminate);
      resolve(status);
    };
    child.on('error', (error) => {
      say(`${program}: ${error.message}`);
      done(127);
    });
    child.on('exit', (status, signal) => done(status ?? 128 + signalNumber(signal)));
  });
}

function signalNumber(signal) {
  return { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1;
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

export function fail(line) {
  say(line);
  process.exit(1);
}

function stopwatch() {
  const started = performance.now();
  return () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
