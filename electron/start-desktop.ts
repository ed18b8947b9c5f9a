import { SCHEME } from './app-origin.ts';
import { noteHelperDeaths } from './crash-recovery.ts';
import { Desktop, type DesktopSettings, type ElectronFunctions } from './desktop.ts';
import { lockContents } from './lockdown.ts';
import { silenceChromium } from './network-guard.ts';
import { readOpenArguments } from './open-with.ts';

/** Starts the desktop program; called before Electron is ready, for some things can only be said then. */
export function startDesktop(electron: ElectronFunctions, settings: DesktopSettings): void {
  const { app, protocol } = electron;
  app.enableSandbox();
  silenceChromium(app.commandLine);
  const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges }]);
  // The first instance is told what the second was to open.
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  const desktop = new Desktop(electron, settings);
  app.on('web-contents-created', (_event, contents) => lockContents(contents));
  app.on('second-instance', (_event, argv, folder) => void desktop.reopen(readOpenArguments(argv.slice(1), folder)));
  // macOS hands over files this way, the first ones before the program is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    desktop.openPath(path);
  });
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', (event) => desktop.stopBefore(event));
  noteHelperDeaths(app, settings.log);
  void app.whenReady().then(() => desktop.open());
}
