import type { Session } from 'electron';
import { expect, it } from 'vitest';
import { guardNetwork, silenceChromium } from '../../electron/network-guard.ts';
import { FakeSession } from './support/fake-electron.ts';

/** Whether a request of the page gets out of the guard. */
function leaves(url: string, resourceType = 'xhr', developerTools = false): boolean {
  const session = new FakeSession();
  guardNetwork(session as unknown as Session, developerTools);
  let cancelled: boolean | undefined;
  session.onBeforeRequest?.({ url, resourceType }, ({ cancel }) => (cancelled = cancel));
  // A guard that never decides would hold the request for ever.
  expect(cancelled).toBeTypeOf('boolean');
  return cancelled === false;
}

it.each([
  'https://example.com/',
  'http://localhost:8080/api/status',
  'http://127.0.0.1/',
  'ws://127.0.0.1:9229/',
  'wss://example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'chrome://gpu/',
  'chrome-extension://abc/page.html',
  'https://redirector.gvt1.com/edgedl/chrome/dict/en-us-10-1.bdic',
  'https://clients2.google.com/time/1/current',
  'tessera://elsewhere/',
  'tessera:app',
  'blob:https://example.com/1',
  'devtools://devtools/bundled/inspector.html',
  'nonsense',
  '',
])('%s is cancelled', (address) => {
  for (const type of ['mainFrame', 'subFrame', 'script', 'image', 'xhr', 'webSocket', 'ping', 'other'])
    expect(leaves(address, type)).toBe(false);
});

it('the page reaches its host, what it made itself, and small pictures', () => {
  expect(leaves('tessera://app/api/scans')).toBe(true);
  expect(leaves('blob:tessera://app/1', 'script')).toBe(true);
  expect(leaves('data:image/svg+xml,x', 'image')).toBe(true);
  expect(leaves('data:text/javascript,x', 'script')).toBe(false);
  expect(leaves('data:text/html,x', 'mainFrame')).toBe(false);
});

it('developer tools open from source only', () => {
  expect(leaves('devtools://devtools/bundled/inspector.html', 'mainFrame', true)).toBe(true);
  expect(leaves('devtools://elsewhere/', 'mainFrame', true)).toBe(false);
});

it("Chromium's own services look up no name", () => {
  const switches = new Map<string, string | undefined>();
  silenceChromium({ appendSwitch: (name, value) => void switches.set(name, value) });
  expect(switches.get('host-resolver-rules')).toBe('MAP * ~NOTFOUND');
  expect([...switches.keys()]).toEqual(
    expect.arrayContaining(['disable-background-networking', 'disable-component-update', 'disable-domain-reliability', 'no-pings']),
  );
});
