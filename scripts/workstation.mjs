// `npm run workstation`, as `npm start` does: opens the workstation in a desktop window; where there can be none, in the browser.
// `npm run workstation -- FOLDER` opens that workspace; `-- --browser` goes to the browser at once.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchElectron, findElectron, prepareShell, whyNoWindow } from './prepare-desktop.mjs';
import { prepareProgram, root, run, say } from './prepare.mjs';

const program = join(root, 'dist', 'core', 'cli', 'main.js');

/** Opens it when everything else is prepared. @returns the exit status */
export async function openWorkstation(args = []) {
  const asked = args.includes('--browser');
  const others = args.filter((argument) => argument !== '--browser');
  if (asked) return openBrowser(others);
  const problem = await openWindow(others);
  if (typeof problem === 'number') return problem;
  say(`The workstation is shown in the browser, not in a window of its own: ${problem}.`);
  return openBrowser(others);
}

/** @returns the exit status; or why no window could be opened */
async function openWindow(args) {
  const impossible = whyNoWindow();
  if (impossible !== undefined) return impossible;
  const absent = findElectron() === undefined ? await fetchElectron() : undefined;
  if (absent !== undefined) return `Electron cannot be had (${absent})`;
  const electron = findElectron();
  if (electron === undefined) return 'Electron was fetched but is not where it should be';
  if (!(await prepareShell())) return 'its program could not be bundled';

  return runElectron(electron, [join(root, 'dist', 'electron', 'main.js')], args);
}

/** @returns the exit status; or why there was no window: one that was shown and crashed later is not opened again in the browser */
export async function runElectron(electron, script, args) {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-start-'));
  const shown = join(folder, 'shown');
  try {
    const status = await run(electron, [...script, `--node-program=${process.execPath}`, `--shown-file=${shown}`, ...args]);
    if (status === 0 || existsSync(shown)) return status;
    return `Electron ended at once (status ${status}); its words are above`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openBrowser([workspace]) {
  const where = workspace === undefined ? [] : ['--workspace', workspace];
  return run(process.execPath, [program, 'serve', '--open', ...where]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await prepareProgram();
  process.exitCode = await openWorkstation(process.argv.slice(2));
}
