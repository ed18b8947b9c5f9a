import { describe, it } from 'vitest';
import { chromiumPath, INSTALL_CHROMIUM } from './launch-chromium.ts';

export { chromiumPath, launchChromium } from './launch-chromium.ts';

/** A `describe` that needs Chromium. Without one it fails where CI=true, and is skipped elsewhere, naming the command that installs it. */
export function describeInChromium(name: string, fn: () => void): void {
  if (chromiumPath() !== undefined) describe(name, fn);
  else if (process.env['CI'] === 'true') {
    it(name, () => {
      throw new Error(`chromium missing: ${INSTALL_CHROMIUM}`);
    });
  } else describe.skip(`${name} (skipped: chromium missing: ${INSTALL_CHROMIUM})`, fn);
}
