import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, CDPSession, Locator, Page } from 'playwright-core';
import type { HostProcess } from '../e2e/support/host-process.ts';
import { pageProbe } from './page-probe.ts';

/** Work of the engine on a busy machine. */
const LONG = 600_000;

export interface Shown {
  /** Milliseconds to the first drawing. */
  readonly first: number;
  /** Milliseconds until everything was there. */
  readonly whole: number;
}

/** Bytes. */
export interface PageMemory {
  /** JavaScript's objects and buffers, after a garbage collection. */
  readonly heap: number;
  /** Of the page's process, now and at most so far; Linux only. */
  readonly resident: number | undefined;
  readonly peak: number | undefined;
}

/** What the probe puts on the window of the page. */
declare const bench: { time(element: unknown, drawnIn: string, whole: string, chosen?: string): Promise<Shown> };

const VIEWS = '[role=group][aria-label=Views]';
const PICTURES = '[role=group][aria-label="Pictures of the reconstruction"]';

/** The page of a host in a browser profile of its own, with nothing in its caches. */
export class BenchPage {
  readonly page: Page;
  readonly session: CDPSession;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, session: CDPSession) {
    this.#context = context;
    this.page = page;
    this.session = session;
  }

  /** @returns once the library has painted the row of a scan */
  static async open(browser: Browser, host: HostProcess, row: string): Promise<BenchPage> {
    const viewport = { width: 1400, height: 900 };
    const context = await browser.newContext({ viewport, locale: 'en', reducedMotion: 'reduce' });
    await context.addInitScript(pageProbe);
    const page = await context.newPage();
    page.setDefaultTimeout(LONG);
    await page.goto(host.address);
    const opened = new BenchPage(context, page, await context.newCDPSession(page));
    await opened.#row(row).waitFor();
    await opened.frames();
    return opened;
  }

  close(): Promise<void> {
    return this.#context.close();
  }

  /** Opens a scan from the library in the reading room. */
  async read(title: string): Promise<Shown> {
    await this.#room('Library').click();
    await this.#row(title).click();
    const details = this.page.getByRole('complementary', { name: 'Details' });
    await details.getByRole('heading', { name: title, exact: true }).waitFor();
    return this.#time(details.getByRole('button', { name: 'Open' }), VIEWS);
  }

  /** Goes from the reading room to the inspection room, which looks into the same scan with the newest model. */
  async inspect(): Promise<Shown> {
    return this.#time(this.#room('Inspect'), PICTURES);
  }

  /** Asks for other masks. */
  async inspectAgain(): Promise<Shown> {
    return this.#time(this.page.getByRole('button', { name: 'New mask' }), PICTURES);
  }

  /** Chooses another scan in the inspection room. */
  async inspectOther(title: string): Promise<Shown> {
    return this.#time(this.page.getByLabel('Scan', { exact: true }), PICTURES, title);
  }

  /** Until what was asked for is drawn. */
  async frames(): Promise<void> {
    await this.page.evaluate('bench.frames()');
  }

  /** What WebGL holds for the page. */
  alive(): Promise<{ readonly contexts: number; readonly textures: number; readonly buffers: number }> {
    return this.page.evaluate('bench.alive()');
  }

  async memory(): Promise<PageMemory> {
    // What a first collection sets free may hold more.
    for (let n = 0; n < 2; n++) await this.session.send('HeapProfiler.collectGarbage');
    const heap: { usedSize: number; embedderHeapUsedSize?: number; backingStorageSize?: number } =
      await this.session.send('Runtime.getHeapUsage');
    const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = heap;
    return { heap: usedSize + embedderHeapUsedSize + backingStorageSize, ...(await this.#resident()) };
  }

  #room(name: string): Locator {
    return this.page.getByRole('navigation').getByRole('button', { name });
  }

  #row(title: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByText(title, { exact: true }) });
  }

  /** @param chosen of a list; a button is pressed */
  async #time(element: Locator, group: string, chosen?: string): Promise<Shown> {
    const whole = `${group}[aria-busy=false]`;
    return element.evaluate((found: unknown, args) => bench.time(found, ...args), [group, whole, chosen] as const);
  }

  /** Of the process that takes most memory among those that show pages: the others are spares. */
  async #resident(): Promise<Pick<PageMemory, 'resident' | 'peak'>> {
    const none = { resident: undefined, peak: undefined };
    const browser = this.#context.browser();
    if (process.platform !== 'linux' || browser === null) return none;
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    await session.detach();
    const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => statusOf(id));
    return pages.reduce<Pick<PageMemory, 'resident' | 'peak'>>((most, one) => ((one.peak ?? 0) > (most.peak ?? 0) ? one : most), none);
  }
}

function statusOf(pid: number): Pick<PageMemory, 'resident' | 'peak'> {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
}
