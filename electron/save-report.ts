import type { BrowserWindow, BrowserWindowConstructorOptions, Dialog } from 'electron';
import { writeFileAtomic } from '../core/base/atomic-file.ts';
import { TesseraError } from '../core/base/errors.ts';
import { APP_PAGE } from './app-origin.ts';
import { confined } from './confined.ts';

export interface ReportToSave {
  readonly Window: typeof BrowserWindow;
  readonly dialog: Pick<Dialog, 'showSaveDialog'>;
  /** That the question belongs to. */
  readonly window: BrowserWindow;
  /** Id of an evaluation. */
  readonly evaluation: string;
}

/**
 * Asks where to, prints the report of an evaluation as a PDF, and writes it whole or not at all.
 * @returns false when the user cancelled
 * @throws TesseraError `not-found`, `write-failed`
 */
export async function saveReport({ Window, dialog, window, evaluation }: ReportToSave): Promise<boolean> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Save the report',
    defaultPath: `evaluation-${evaluation}.pdf`,
    filters: [{ name: 'PDF', extensions: ['pdf'] }],
  });
  if (canceled || filePath === '') return false;
  await writeFileAtomic(filePath, await printed(Window, new URL(`api/evaluations/${evaluation}/page`, APP_PAGE).href));
  return true;
}

/** A page of ours in a window that nobody sees, with neither preload nor scripts. */
export const printOptions: BrowserWindowConstructorOptions = {
  show: false,
  webPreferences: {
    ...confined,
    javascript: false,
    devTools: false,
  },
};

async function printed(Window: typeof BrowserWindow, address: string): Promise<Uint8Array> {
  const window = new Window(printOptions);
  let status = 0;
  window.webContents.on('did-navigate', (_event, _url, code) => (status = code));
  try {
    await window.loadURL(address);
    // What the host says instead of a report is not to be printed.
    if (status !== 200)
      throw new TesseraError('not-found', 'The report cannot be made.', {
        advice: 'The evaluation may have been removed or be damaged; evaluate again.',
      });
    return await window.webContents.printToPDF({
      printBackground: true,
      preferCSSPageSize: true,
      generateTaggedPDF: true,
      generateDocumentOutline: true,
    });
  } finally {
    window.destroy();
  }
}
