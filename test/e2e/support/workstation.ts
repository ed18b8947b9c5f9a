import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterEach, describe, expect } from 'vitest';
import { describeInChromium, launchChromium } from '../../support/chromium.ts';
import { HostProcess } from './host-process.ts';
import { root } from './places.ts';

/** Work of the engine on a busy machine; only what hangs takes so long. */
export const LONG = 240_000;
/** For a hook or a test of several such steps. */
export const VERY_LONG = 600_000;
/** As wide as a picture in the documents. */
const VIEWPORT = { width: 1000, height: 680 };

/** A `describe` that drives the built program in Chromium. */
export function describeStory(name: string, fn: () => void): void {
  const missing = ['core/cli/main.js', 'renderer/index.html'].filter((file) => !existsSync(join(root, 'dist', file)));
  if (missing.length === 0) describeInChromium(name, fn);
  else describe.skip(`${name} (skipped: dist/ is absent, run npm test)`, fn);
}

/** Keeps what the page showed when a test failed, in out/pictures/failed. */
export function keepFailures(station: () => Workstation | undefined): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const folder = join(root, 'out', 'pictures', 'failed');
    mkdirSync(folder, { recursive: true });
    await station()?.page.screenshot({ path: join(folder, `${task.name.replaceAll(/\W+/g, '-').slice(0, 80)}.png`) });
  });
}

/** The whole workstation: a workspace of its own, the real host and engine, and the page in a browser. */
export class Workstation {
  readonly folder: string;
  readonly workspace: string;
  /** What the page complained about: console errors and uncaught exceptions. */
  readonly complaints: string[] = [];
  /** Requests that went elsewhere than to the host. */
  readonly strayRequests: string[] = [];
  readonly page: Page;
  readonly context: BrowserContext;
  host: HostProcess;
  readonly #browser: Browser;

  private constructor(folder: string, host: HostProcess, browser: Browser, context: BrowserContext, page: Page) {
    this.folder = folder;
    this.workspace = join(folder, 'workspace');
    this.host = host;
    this.#browser = browser;
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(LONG);
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`${message.text()} ${message.location().url}`);
    });
    const { origin } = host;
    context.on('request', (request) => {
      // What the page made itself and holds in memory goes nowhere.
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) this.strayRequests.push(url);
    });
  }

  /** @param prepare fills the folder of the workspace before the host opens it */
  static async open(prepare?: (workspace: string) => Promise<void>): Promise<Workstation> {
    const folder = mkdtempSync(join(tmpdir(), 'tessera-e2e-'));
    const workspace = join(folder, 'workspace');
    await prepare?.(workspace);
    const host = await HostProcess.start(workspace);
    let browser: Browser | undefined;
    try {
      browser = await launchChromium();
      const context = await browser.newContext({ viewport: VIEWPORT, locale: 'en', timezoneId: 'UTC', reducedMotion: 'reduce' });
      const opened = new Workstation(folder, host, browser, context, await context.newPage());
      await opened.page.goto(host.address);
      await opened.page.getByRole('navigation').waitFor();
      return opened;
    } catch (error) {
      await browser?.close();
      await host.kill();
      throw error;
    }
  }

  /** @returns after checking that the page complained of nothing and asked nobody but its host */
  async close(): Promise<void> {
    await this.#browser.close();
    await this.host.stop();
    rmSync(this.folder, { recursive: true, force: true });
    expect(this.complaints).toEqual([]);
    expect(this.strayRequests).toEqual([]);
  }

  /** Asks the host what the page could ask it. */
  async api<T>(path: string, body?: object): Promise<T> {
    const url = `${this.host.origin}/api${path}`;
    const answer = await (body === undefined ? this.context.request.get(url) : this.context.request.post(url, { data: body }));
    expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
    return (await answer.json()) as T;
  }

  /** Chooses files, or a folder, for a file input. */
  async give(input: 'Import files' | 'Import a folder' | 'Import labels' | 'Import a model', paths: string | string[]): Promise<void> {
    await this.page.locator(`input[type=file][aria-label="${input}"]`).first().setInputFiles(paths);
  }

  async goTo(room: 'Library' | 'Reading' | 'Inspect' | 'Work' | 'Train' | 'Models'): Promise<void> {
    await this.page.getByRole('navigation').getByRole('button', { name: room }).click();
  }

  /** Closes the notices, which lie over other things. */
  async dismissNotices(): Promise<void> {
    const notices = this.page.getByRole('log').getByRole('button', { name: 'Close' });
    while ((await notices.count()) > 0)
      await notices
        .first()
        .click({ timeout: 2000 })
        .catch(() => undefined);
  }

  /** Waits until two pictures of the window in a row are the same: everything that was to be drawn is drawn. */
  async still(): Promise<void> {
    let before = await this.page.screenshot();
    for (;;) {
      // Two frames, in which whatever waits is drawn.
      await this.page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
      const now = await this.page.screenshot();
      if (now.equals(before)) return;
      before = now;
    }
  }

  row(title: string): Locator {
    return this.page.getByRole('row').filter({ hasText: title });
  }

  /** Opens a scan from the library and waits until all of it is there. */
  async read(title: string): Promise<void> {
    await this.goTo('Library');
    await this.row(title).click();
    const details = this.page.getByRole('complementary', { name: 'Details' });
    await details.getByRole('heading', { name: title, exact: true }).waitFor();
    await details.getByRole('button', { name: 'Open' }).click();
    await this.whole();
  }

  /** Waits until the open scan was read to its last voxel. */
  async whole(): Promise<void> {
    await this.page.locator('[role=group][aria-label=Views][aria-busy=false]').waitFor();
    await this.page.getByRole('application', { name: 'Axial view' }).waitFor();
  }

  view(plane: 'Axial' | 'Coronal' | 'Sagittal' | '3D'): Locator {
    return this.page.getByRole('application', { name: `${plane} view`, exact: true });
  }

  /** The pane that a view stands in, with its letters, caption and marks. */
  pane(plane: 'axial' | 'coronal' | 'sagittal' | '3d'): Locator {
    return this.page.locator(`[data-pane="${plane}"]`);
  }

  /** What the bar under the views says of the place under the pointer, or of the crosshair. */
  probe(what: 'Voxel' | 'Position' | 'Value' | 'Organ' | 'Entropy'): Locator {
    return this.page.locator('dl[aria-label="Under the pointer"] > div').filter({ hasText: what }).locator('dd');
  }
}
