import type { IpcMain, WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import type { RequestName } from '../../electron/channels.ts';
import { answerRequests } from '../../electron/ipc.ts';
import { FakeContents, FakeIpcMain } from './support/fake-electron.ts';

const PAGE = 'tessera://app/';

function answering(): { ask: (name: RequestName, argument: unknown, event?: object) => Promise<unknown>; contents: FakeContents } {
  const ipcMain = new FakeIpcMain();
  const contents = new FakeContents();
  contents.mainFrame.url = PAGE;
  const chosen = { source: 'a'.repeat(32), title: 'x.nii.gz' };
  answerRequests(ipcMain as unknown as IpcMain, () => contents as unknown as WebContents, {
    'pick-files': () => Promise.resolve(chosen),
    'pick-folder': () => Promise.resolve(chosen),
    'register-dropped': () => Promise.resolve(chosen),
    reveal: () => Promise.resolve(undefined),
    'save-report': () => Promise.resolve(true),
    'window-state': () => Promise.resolve({ focused: true, maximized: false, fullScreen: false }),
    'take-opened': () => Promise.resolve([]),
  });
  const ask = async (
    name: RequestName,
    argument: unknown,
    event: object = { sender: contents, senderFrame: contents.mainFrame },
  ): Promise<unknown> => ipcMain.handlers.get(name)?.(event, argument);
  return { ask, contents };
}

const proper: [RequestName, unknown][] = [
  ['pick-files', 'scans'],
  ['pick-folder', 'labels'],
  ['register-dropped', ['/a', '/b']],
  ['reveal', { what: 'scan', id: '0123456789abcdef' }],
  ['save-report', '0123456789abcdef'],
  ['window-state', null],
  ['take-opened', null],
];

describe.each(proper)('%s', (name, argument) => {
  it('is answered to our page', async () => {
    await expect(answering().ask(name, argument)).resolves.not.toThrow();
  });

  it('is refused to a frame in it', async () => {
    const { ask, contents } = answering();
    await expect(ask(name, argument, { sender: contents, senderFrame: { url: PAGE } })).rejects.toThrow('Only the window');
  });

  it('is refused to a frame that is gone', async () => {
    const { ask, contents } = answering();
    await expect(ask(name, argument, { sender: contents, senderFrame: null })).rejects.toThrow('Only the window');
  });

  it('is refused to another window', async () => {
    const other = new FakeContents();
    other.mainFrame.url = PAGE;
    await expect(answering().ask(name, argument, { sender: other, senderFrame: other.mainFrame })).rejects.toThrow('Only the window');
  });

  it.each(['https://evil.example/', 'file:///page.html', 'tessera://other/', 'about:blank', 'tessera://app.evil.example/'])(
    'is refused to %s in our window',
    async (address) => {
      const { ask, contents } = answering();
      contents.mainFrame.url = address;
      await expect(ask(name, argument)).rejects.toThrow('Only the window');
    },
  );
});

it.each<[RequestName, unknown]>([
  ['pick-files', 'everything'],
  ['pick-files', { properties: ['showHiddenFiles'] }],
  ['register-dropped', '/etc/passwd'],
  ['register-dropped', []],
  ['register-dropped', [{}]],
  ['register-dropped', ['']],
  ['reveal', '/etc/passwd'],
  ['reveal', { what: 'scan', id: '../../etc' }],
  ['reveal', { what: 'anything' }],
  ['save-report', '../../etc'],
  ['save-report', '0123456789abcdef/../x'],
  ['save-report', { evaluation: '0123456789abcdef' }],
  ['window-state', {}],
  ['take-opened', 1],
])('%s with %j is refused', async (name, argument) => {
  await expect(answering().ask(name, argument)).rejects.toThrow('in a way it does not know');
});
