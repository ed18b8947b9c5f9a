import type { Session, WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import { isAppPage, isAppUrl } from '../../electron/app-origin.ts';
import { lockContents, lockSession } from '../../electron/lockdown.ts';
import { FakeContents, FakeEvent, FakeSession } from './support/fake-electron.ts';

const elsewhere = [
  'https://evil.example/',
  'http://127.0.0.1:8080/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'blob:tessera://app/0e8b',
  'about:blank',
  'devtools://devtools/bundled/inspector.html',
  'tessera://other/',
  'tessera://app.evil.example/',
  'tessera://user@app/',
  'tessera://app:80/',
  'tessera-app://app/',
  'view-source:tessera://app/',
  'not an address',
  '',
];

it.each(elsewhere)('%s is not our page', (address) => {
  expect(isAppPage(address)).toBe(false);
});

it('our page is, and nothing below it', () => {
  expect(['tessera://app/', 'tessera://app/index.html', 'tessera://app/?view=1#2'].every(isAppPage)).toBe(true);
  expect(isAppPage('tessera://app/api/scans')).toBe(false);
  expect(isAppUrl('tessera://app/api/scans')).toBe(true);
});

describe('a locked page', () => {
  const locked = (): FakeContents => {
    const contents = new FakeContents();
    lockContents(contents as unknown as WebContents);
    return contents;
  };
  const leaves = (name: string, details: object): boolean => {
    const event = new FakeEvent(details);
    locked().emit(name, event);
    return !event.defaultPrevented;
  };

  it('opens no window', () => {
    expect(locked().openHandler?.()).toEqual({ action: 'deny' });
  });

  it.each(elsewhere)('does not go to %s', (url) => {
    expect(leaves('will-navigate', { url, isMainFrame: true })).toBe(false);
    expect(leaves('will-redirect', { url, isMainFrame: true })).toBe(false);
    expect(leaves('will-frame-navigate', { url, isMainFrame: true })).toBe(false);
  });

  it('loads itself anew, and no frame', () => {
    expect(leaves('will-navigate', { url: 'tessera://app/', isMainFrame: true })).toBe(true);
    expect(leaves('will-frame-navigate', { url: 'tessera://app/', isMainFrame: true })).toBe(true);
    expect(leaves('will-frame-navigate', { url: 'tessera://app/', isMainFrame: false })).toBe(false);
  });

  it('holds no webview, and tells no address of this computer', () => {
    expect(leaves('will-attach-webview', {})).toBe(false);
    expect(locked().webRtc).toBe('disable_non_proxied_udp');
  });
});

describe('a locked session', () => {
  const session = new FakeSession();
  lockSession(session as unknown as Session);
  const downloads = (address: string): boolean => {
    const event = new FakeEvent();
    session.emit('will-download', event, { getURL: () => address });
    return !event.defaultPrevented;
  };

  it('grants nothing', () => {
    expect(session.granted).toEqual({ request: false, check: false, device: false, display: {} });
    expect(session.spellChecker).toBe(false);
  });

  it('saves what the page made, and nothing else', () => {
    expect(downloads('blob:tessera://app/0e8b')).toBe(true);
    expect(downloads('tessera://app/api/report')).toBe(true);
    expect(downloads('https://evil.example/program.exe')).toBe(false);
    expect(downloads('blob:https://evil.example/0e8b')).toBe(false);
    expect(downloads('data:text/plain,x')).toBe(false);
  });
});
