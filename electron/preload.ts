// Runs before the page, in a world of its own; bundled into one CommonJS file, the only kind a sandboxed preload may be.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { createDesktopApi } from './desktop-bridge.ts';

contextBridge.exposeInMainWorld('tessera', createDesktopApi({ ipcRenderer, webUtils, platform: process.platform }));
