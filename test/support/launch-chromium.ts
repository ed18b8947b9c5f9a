import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

export const INSTALL_CHROMIUM = 'apt-get install -y chromium, or set CHROMIUM to the path of one';

/** The browser that draws in the tests: the setting CHROMIUM, or Debian's. */
export function chromiumPath(): string | undefined {
  return [process.env['CHROMIUM'], '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path));
}

/** Starts Chromium without a window; the processor draws (SwiftShader), so that every machine shows the same pixels. */
export function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error(`chromium missing: ${INSTALL_CHROMIUM}`);
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const drawing = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...quiet, ...drawing] });
}
