import { expect, it } from 'vitest';
import { Dialogs } from '../../electron/dialogs.ts';
import { asWindow, FakeDialog, FakeWindow } from './support/fake-electron.ts';

const window = asWindow(new FakeWindow());

function dialogs(choice: string[]): { dialog: FakeDialog; dialogs: Dialogs; registered: (readonly string[])[] } {
  const dialog = new FakeDialog();
  dialog.choice = choice;
  const registered: (readonly string[])[] = [];
  const registerSource = (paths: readonly string[]): Promise<string> => Promise.resolve(`source-${registered.push(paths)}`);
  return { dialog, dialogs: new Dialogs(dialog, { registerSource }), registered };
}

it('chosen files become a source; the page learns its name and no path', async () => {
  const { dialogs: shown, dialog, registered } = dialogs(['/scans/head.nii.gz']);
  expect(await shown.pickFiles(window, 'scans')).toEqual({ source: 'source-1', title: 'head.nii.gz' });
  expect(registered).toEqual([['/scans/head.nii.gz']]);
  expect(dialog.opened[0]).toMatchObject({ properties: ['openFile', 'multiSelections'] });
  // DICOM files have any ending, or none.
  expect(dialog.opened[0]?.filters?.[0]?.extensions).toEqual(['*']);
});

it('folders are chosen apart: a system may not have one dialog for both', async () => {
  const { dialogs: shown, dialog } = dialogs(['/scans/a', '/scans/b']);
  expect(await shown.pickFolder(window, 'labels')).toEqual({ source: 'source-1', title: '2 files and folders' });
  expect(dialog.opened[0]?.properties).toEqual(['openDirectory', 'multiSelections']);
});

it('nothing is registered where nothing is chosen', async () => {
  const { dialogs: shown, registered } = dialogs([]);
  expect(await shown.pickFiles(window, 'model')).toBeNull();
  expect(await shown.pickFolder(window, 'model')).toBeNull();
  expect(await shown.pickWorkspace(window, 'existing')).toBeUndefined();
  expect(registered).toEqual([]);
});

it('a new workspace may be a new folder', async () => {
  const { dialogs: shown, dialog } = dialogs(['/new']);
  expect(await shown.pickWorkspace(window, 'new')).toBe('/new');
  expect(dialog.opened[0]?.properties).toContain('createDirectory');
});
