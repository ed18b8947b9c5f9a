import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { describe, it } from 'vitest';

const INSTALL = 'apt-get install -y chromium, or set CHROMIUM to the path of one';

/** The browser that draws in the tests: the setting CHROMIUM, or Debian's. */
export function chromiumPath(): string | undefined {
  return [process.env['CHROMIUM'], '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path));
}

/** A `describe` that needs Chromium. Without one it fails where CI=true, and is skipped elsewhere, naming the command that installs it. */
export function describeInChromium(name: string, fn: () => void): void {
  if (chromiumPath() !== undefined) describe(name, fn);
  else if (process.env['CI'] === 'true') {
    it(name, () => {
      throw new Error(`chromium missing: ${INSTALL}`);
    });
  } else describe.skip(`${name} (skipped: chromium missing: ${INSTALL})`, fn);
}

/** Starts Chromium without a window; the processor draws (SwiftShader), so that every machine shows the same pixels. */
export function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error(`chromium missing: ${INSTALL}`);
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const drawing = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...quiet, ...drawing] });
}
