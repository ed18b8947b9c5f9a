import type { CommandLine, Session } from 'electron';
import { isAppUrl } from './app-origin.ts';

/** Switches that keep Chromium's own services silent; no name is ever looked up. Set before the app is ready. */
export function silenceChromium(commandLine: Pick<CommandLine, 'appendSwitch'>): void {
  commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  commandLine.appendSwitch('disable-background-networking');
  commandLine.appendSwitch('disable-component-update');
  commandLine.appendSwitch('disable-domain-reliability');
  commandLine.appendSwitch('no-pings');
}

/** Cancels every request of the session that is not for the page's own host: the window is offline by construction. */
export function guardNetwork(
  session: { readonly webRequest: Pick<Session['webRequest'], 'onBeforeRequest'> },
  developerTools: boolean,
): void {
  session.webRequest.onBeforeRequest(({ url, resourceType }, decide) => decide({ cancel: !isInside(url, resourceType, developerTools) }));
}

/** Whether an address leads to nowhere outside this program. */
export function isInside(address: string, resourceType: string, developerTools: boolean): boolean {
  if (isAppUrl(address)) return true;
  if (address.startsWith('blob:')) return isAppUrl(address.slice('blob:'.length));
  // Small pictures inside style sheets; the policy of the page allows data nowhere else.
  if (address.startsWith('data:')) return resourceType === 'image';
  return developerTools && address.startsWith('devtools://devtools/');
}
