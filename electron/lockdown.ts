import type { Session, WebContents } from 'electron';
import { isAppPage, isAppUrl } from './app-origin.ts';

/** Nothing a page does leads out of it: no other page, no window, no webview. Called for every web contents there is, before it loads. */
export function lockContents(contents: Pick<WebContents, 'on' | 'setWindowOpenHandler' | 'setWebRTCIPHandlingPolicy'>): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (details) => {
    if (!isAppPage(details.url)) details.preventDefault();
  });
  contents.on('will-redirect', (details) => {
    if (!isAppPage(details.url)) details.preventDefault();
  });
  // Also frames inside the page, of which there are none.
  contents.on('will-frame-navigate', (details) => {
    if (!details.isMainFrame || !isAppPage(details.url)) details.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}

type LockedSession = Pick<
  Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setDisplayMediaRequestHandler'
  | 'setSpellCheckerEnabled'
  | 'on'
>;

/** No camera, place, device, notification or anything else a page can ask for; downloads only of what the page itself made. */
export function lockSession(session: LockedSession): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, decide) => decide({}));
  // It fetches its dictionaries from the network.
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event, item) => {
    if (!isOwnDownload(item.getURL())) event.preventDefault();
  });
}

function isOwnDownload(address: string): boolean {
  return isAppUrl(address) || (address.startsWith('blob:') && isAppUrl(address.slice('blob:'.length)));
}
