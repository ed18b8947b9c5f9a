import type { BrowserWindow, Dialog, FileFilter, OpenDialogOptions } from 'electron';
import { basename } from 'node:path';
import type { ChosenSource, PickPurpose } from './desktop-api.ts';

export interface SourceRegistry {
  registerSource(paths: readonly string[]): Promise<string>;
}

const ANY: FileFilter = { name: 'All files', extensions: ['*'] };
const FILTERS: Record<PickPurpose, FileFilter[]> = {
  // DICOM files often have no ending at all, so everything is offered first.
  scans: [ANY, { name: 'Scans and archives', extensions: ['nii', 'gz', 'dcm', 'nrrd', 'nhdr', 'mha', 'mhd', 'hdr', 'zip'] }],
  labels: [ANY, { name: 'Label maps, DICOM SEG and RTSTRUCT', extensions: ['nii', 'gz', 'nrrd', 'mha', 'dcm'] }],
  model: [ANY, { name: 'Weights', extensions: ['safetensors', 'pt', 'pth', 'zip'] }],
};
const TITLES: Record<PickPurpose, { files: string; folder: string }> = {
  scans: { files: 'Import scans', folder: 'Import a folder of scans' },
  labels: { files: 'Import labels', folder: 'Import a folder of labels' },
  model: { files: 'Import a model', folder: 'Import the folder of a model' },
};

/** The system's dialogs. What they give goes to the host, and the page learns a name for it. */
export class Dialogs {
  readonly #dialog: Pick<Dialog, 'showOpenDialog'>;
  readonly #sources: SourceRegistry;

  constructor(dialog: Pick<Dialog, 'showOpenDialog'>, sources: SourceRegistry) {
    this.#dialog = dialog;
    this.#sources = sources;
  }

  async pickFiles(window: BrowserWindow, purpose: PickPurpose): Promise<ChosenSource | null> {
    return this.#register(
      await this.#choose(window, { title: TITLES[purpose].files, filters: FILTERS[purpose] }, ['openFile', 'multiSelections']),
    );
  }

  async pickFolder(window: BrowserWindow, purpose: PickPurpose): Promise<ChosenSource | null> {
    return this.#register(await this.#choose(window, { title: TITLES[purpose].folder }, ['openDirectory', 'multiSelections']));
  }

  /** @returns the folder of a workspace, which the shell opens itself */
  async pickWorkspace(window: BrowserWindow, kind: 'existing' | 'new'): Promise<string | undefined> {
    const title = kind === 'new' ? 'New workspace: choose an empty folder' : 'Open a workspace';
    const [folder] = await this.#choose(window, { title }, kind === 'new' ? ['openDirectory', 'createDirectory'] : ['openDirectory']);
    return folder;
  }

  /** Paths that came otherwise: dropped, "open with". */
  async register(paths: readonly string[]): Promise<ChosenSource> {
    const [first = ''] = paths;
    const title = paths.length === 1 ? basename(first) : `${paths.length} files and folders`;
    return { source: await this.#sources.registerSource(paths), title };
  }

  async #register(paths: readonly string[]): Promise<ChosenSource | null> {
    return paths.length === 0 ? null : this.register(paths);
  }

  async #choose(
    window: BrowserWindow,
    options: OpenDialogOptions,
    properties: NonNullable<OpenDialogOptions['properties']>,
  ): Promise<string[]> {
    const { canceled, filePaths } = await this.#dialog.showOpenDialog(window, { ...options, properties });
    return canceled ? [] : filePaths;
  }
}
