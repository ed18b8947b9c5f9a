// The program of Electron's main process. It alone takes functions from Electron; all others are handed what they use.
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, screen, session, shell } from 'electron';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startDesktop } from './start-desktop.ts';
import { findHostProgram } from './host-program.ts';

const SHOWN_FLAG = '--shown-file=';

app.setName('Tessera');
const { isPackaged } = app;
// Bundled into dist/electron.
const project = resolve(import.meta.dirname, '..', '..');
// From source, Electron's own first argument is this script.
const given = process.argv.slice(isPackaged ? 1 : 2);
const shownFile = given.find((argument) => argument.startsWith(SHOWN_FLAG))?.slice(SHOWN_FLAG.length);

startDesktop(
  { app, BrowserWindow, dialog, ipcMain, Menu, protocol, screen, session, shell },
  {
    program: findHostProgram({
      isPackaged,
      resources: process.resourcesPath,
      project,
      platform: process.platform,
      env: process.env,
      arguments: given,
    }),
    preload: join(import.meta.dirname, 'preload.cjs'),
    icon: join(project, 'resources', 'icons', 'tessera.png'),
    developerTools: !isPackaged,
    arguments: given,
    log: (line) => void process.stderr.write(`${line}\n`),
    ...(shownFile === undefined || isPackaged ? {} : { onShown: () => writeFileSync(shownFile, '') }),
  },
);
