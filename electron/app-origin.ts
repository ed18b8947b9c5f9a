/** The scheme under which the page is shown; `tessera://app/…` is the one address that exists. */
export const SCHEME = 'tessera';
export const APP_ORIGIN = 'tessera://app';
export const APP_PAGE = `${APP_ORIGIN}/`;

/** Whether an address is one of ours, written plainly: no user, no port. */
export function isAppUrl(address: string | undefined): boolean {
  const url = parse(address);
  return url?.protocol === `${SCHEME}:` && url.host === 'app' && url.username === '' && url.password === '';
}

/** Whether an address is that of the page itself, and not of some other file or answer of the host. */
export function isAppPage(address: string | undefined): boolean {
  return isAppUrl(address) && ['/', '/index.html'].includes(parse(address)?.pathname ?? '');
}

function parse(address: string | undefined): URL | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
}
