import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { launchChromium } from '../../support/chromium.ts';
import type { Scenarios } from './scenarios.ts';

/** The test page, built by Vite and open in Chromium. */
export class HarnessPage {
  readonly page: Page;
  /** What the page complained about: console errors and uncaught exceptions. */
  readonly complaints: string[] = [];
  readonly #close: () => Promise<void>;

  private constructor(page: Page, close: () => Promise<void>) {
    this.page = page;
    this.#close = close;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async open(): Promise<HarnessPage> {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-scene-'));
    await build({
      configFile: false,
      root: import.meta.dirname,
      base: './',
      logLevel: 'error',
      worker: { format: 'es' },
      build: {
        outDir: folder,
        emptyOutDir: true,
        target: 'es2022',
        minify: false,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 1e6,
      },
    });
    const server = await serve(folder);
    let browser: Browser | undefined;
    const close = async (): Promise<void> => {
      await browser?.close();
      server.close();
      await rm(folder, { recursive: true, force: true });
    };
    try {
      browser = await launchChromium();
      const page = await browser.newPage({ viewport: { width: 1000, height: 700 } });
      const harness = new HarnessPage(page, close);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
      await page.waitForFunction(() => 'scenarios' in window);
      return harness;
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Runs one of the page's scenarios; arguments and result travel as JSON. */
  run<Name extends keyof Scenarios>(name: Name, ...args: Parameters<Scenarios[Name]>): Promise<Awaited<ReturnType<Scenarios[Name]>>> {
    return this.page.evaluate(([scenario, values]) => window.scenarios.run(scenario, values), [name, args] as const) as Promise<
      Awaited<ReturnType<Scenarios[Name]>>
    >;
  }

  close(): Promise<void> {
    return this.#close();
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

/** The built files on a free port of this machine, with the headers the host sends. */
function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    readFile(join(folder, path)).then(
      (body) => {
        response.writeHead(200, {
          'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Cross-Origin-Embedder-Policy': 'require-corp',
        });
        response.end(body);
      },
      () => {
        response.writeHead(404);
        response.end();
      },
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
